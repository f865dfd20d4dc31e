package consent_test

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// office is everything that happens to one person's requests, under a random
// rule, at random moments. It keeps what the receipts say of each request: that
// alone, and not the standing, is what the checks go by.
type office struct {
	now      time.Time
	standing statement.Standing
	cat      *catalogue.Catalogue
	ids      int
	latest   map[string]statement.RequestStatement // by request, from the receipts
	answers  map[string]int                        // how many receipts state an answer, or an end
	started  map[string]int                        // how many receipts state that it was received
	seen     map[statement.RequestState]int

	confirmed map[string]bool   // the controller wrote to the person about it
	answered  map[string]string // the last day for an appeal, as the rule promises, from the day of the answer
	crowded   bool              // answers may have given way to requests
}

func newOffice(t *rapid.T) *office {
	rules := append(datarequest.Builtin(), "house")
	identity := rapid.SampledFrom([]string{datarequest.IdentityNever, datarequest.IdentityRuns, datarequest.IdentityRestarts, datarequest.IdentityPauses}).Draw(t, "identity of the house rule")
	return officeUnder(catalogue.DataRequests{
		Default:  string(rapid.SampledFrom(rules).Draw(t, "rule")),
		Timezone: rapid.SampledFrom([]string{"UTC", "Europe/Madrid", "America/Los_Angeles", "Pacific/Kiritimati"}).Draw(t, "zone"),
		Holidays: []string{"ES"},
		Own:      datarequest.Rules{"house": housePack(identity)},
	})
}

func officeUnder(terms catalogue.DataRequests) *office {
	cat := testCatalogues()["c1"]
	cat.DataRequests = terms
	return &office{
		now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), cat: cat,
		latest: map[string]statement.RequestStatement{}, answers: map[string]int{}, started: map[string]int{},
		seen: map[statement.RequestState]int{}, confirmed: map[string]bool{}, answered: map[string]string{},
	}
}

// housePack is a rule of the operator's that has everything a rule can have.
func housePack(identity string) datarequest.Pack {
	return datarequest.Pack{
		Law: "House rule", Read: "2026-11-24", Advice: datarequest.Advice, Complaint: "house rule 9",
		Clauses: []datarequest.Clause{
			{
				Types: statement.RequestTypes(), Source: "house rule 1", Identity: identity, Clarify: true, Deny: []string{"no"},
				Confirm: datarequest.Term{BusinessDays: 3}, Answer: datarequest.Term{Days: 10}, Appeal: datarequest.Term{Days: 5}, Quiet: datarequest.Term{Months: 6},
				Extensions: []datarequest.Extension{
					{Answer: datarequest.Term{Days: 20}, Reasons: []string{"much"}},
					{Answer: datarequest.Term{Days: 30, End: "working-day"}, Reasons: []string{"more"}},
				},
			},
			{Types: []statement.RequestType{statement.Appeal}, Source: "house rule 2", Identity: datarequest.IdentityRuns, Deny: []string{"no"}, Answer: datarequest.Term{Days: 7}},
		},
	}
}

// do decides, and checks the receipt against what earlier receipts said.
func (o *office) do(t rapid.TB, role statement.Role, cmd consent.Command) error {
	if o.now.Before(o.standing.At) { // as the registrar does
		o.now = o.standing.At
	}
	before := o.standing
	event, err := consent.Decide(before, cmd, consent.Context{
		Actor: statement.Actor{Role: role}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated},
	}, consent.World{
		Now: o.now, Subject: "subject", Current: "c", Catalogues: map[string]*catalogue.Catalogue{"c": o.cat},
		NewID: func() string { o.ids++; return fmt.Sprintf("id-%d", o.ids) },
	})
	if err != nil {
		if !consent.IsRefusal(err) {
			t.Fatalf("%s: not a typed refusal: %v", cmd.Operation(), err)
		}
		return err
	}
	for _, s := range event.Requests {
		last, known := o.latest[s.ID]
		switch {
		case known && event.Type == statement.EventRequestReceived: // it joins one that is open
			if len(before.Requests) < consent.MaxRequests || !s.Type.Stops() || !reflect.DeepEqual(s.Request, last.Request) {
				t.Fatalf("with %d requests, %+v joined %+v", len(before.Requests), s.Request, last.Request)
			}
		case s.State == statement.Received && event.Type == statement.EventRequestReceived:
			o.started[s.ID]++
		case !known:
			t.Fatalf("%s: %s came from nowhere", event.Type, s.ID)
		case !last.Open():
			t.Fatalf("%s: %s was %s and became %s", event.Type, s.ID, last.State, s.State)
		}
		if wanted := statement.EventType("request-" + s.State); !slices.Contains([]statement.EventType{wanted, statement.EventErasure, statement.EventRequestPart, statement.EventRequestReceived}, event.Type) {
			t.Fatalf("a receipt of %s says that a request is %s", event.Type, s.State)
		}
		if s.State == statement.Denied && s.Reason == "" {
			t.Fatalf("denied without a reason: %+v", s)
		}
		if !s.Open() {
			o.answers[s.ID]++
		}
		o.latest[s.ID] = s
		o.seen[s.State]++
		if step, ok := cmd.(consent.AdvanceRequest); ok && role != statement.RoleSubject && step.Act != datarequest.Miss || event.Type == statement.EventErasure {
			o.confirmed[s.ID] = true
		}
		if s.State == statement.Denied || s.State == statement.PartlyCompleted {
			o.answered[s.ID] = o.lastAppeal(s.Request)
		}
		if want := o.next(s.Request); s.Next != want {
			t.Fatalf("%s: the next date is %q, and should be %q: %+v", event.Type, s.Next, want, s.Request)
		}
		against := []statement.RequestState{statement.Denied, statement.PartlyCompleted, statement.Extended, statement.Overdue, statement.Lapsed}
		if tells := s.Complaint != nil && s.Complaint.Source != ""; tells != slices.Contains(against, s.State) && event.Type != statement.EventRequestPart {
			t.Fatalf("%s: told where to complain: %t", s.State, tells)
		}
	}
	o.crowded = o.crowded || len(event.Standing.Requests) >= consent.MaxRequests
	// what left the standing ended by a receipt, now or before
	for _, r := range before.Requests {
		if !slices.ContainsFunc(event.Standing.Requests, func(a statement.Request) bool { return a.ID == r.ID }) && o.latest[r.ID].Open() {
			t.Fatalf("%s: %s is gone, and the receipts say %s", event.Type, r.ID, o.latest[r.ID].State)
		}
	}
	o.standing = event.Standing
	return nil
}

// today is the controller's date.
func (o *office) today() time.Time {
	zone, _ := time.LoadLocation(o.cat.DataRequests.Timezone)
	now := o.now
	if now.Before(o.standing.At) {
		now = o.standing.At
	}
	return now.In(zone)
}

// lastAppeal is the last day on which an answer given today may be appealed against, by
// rules that know appeals; "" under others. Nobody appeals against the answer to an appeal.
func (o *office) lastAppeal(r statement.Request) string {
	days := 5
	switch state := strings.HasPrefix(string(r.Rule), "us-") && r.Rule != "us-ut"; {
	case r.Type == statement.Appeal || !state && r.Rule != "house":
		return ""
	case state:
		days = 90
	}
	zone, _ := time.LoadLocation(r.Timezone)
	y, m, d := o.today().In(zone).Date()
	return time.Date(y, m, d+days, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// next is the date that comes next for a request: receipt is to be confirmed, where the
// rule says so and nobody has written yet; then it is to be answered; then an answer that
// goes against the person may be appealed against.
func (o *office) next(r statement.Request) string {
	switch {
	case !r.Open():
		return o.answered[r.ID]
	case r.Confirm != "" && !o.confirmed[r.ID] && (r.Due == "" || r.Confirm < r.Due):
		return r.Confirm
	}
	return r.Due
}

// dated reports whether a request has a next date: an open one does, unless its rule sets
// none, or none any more, or is not in force yet.
func (o *office) dated(r statement.Request) bool {
	none := map[statement.Rule]bool{"us-ok": true, "us-la": true, "in-dpdp": true}[r.Rule] || r.Rule == "kr-pipa" && r.Type == statement.Portability ||
		r.Rule == "uk-gdpr" && r.Type == statement.Complain && o.confirmed[r.ID] // only the confirmation has a date
	return r.DueSet != nil || !none
}

// Check holds at every moment.
func (o *office) Check(t *rapid.T) {
	for id, s := range o.latest {
		i := slices.IndexFunc(o.standing.Requests, func(r statement.Request) bool { return r.ID == id })
		switch {
		case o.started[id] != 1:
			t.Fatalf("%s was received %d times", id, o.started[id])
		case o.answers[id] > 1:
			t.Fatalf("%s was answered %d times", id, o.answers[id])
		case s.Open() != (o.answers[id] == 0):
			t.Fatalf("%s is %s with %d answers", id, s.State, o.answers[id])
		case s.Open() && i < 0:
			t.Fatalf("%s is %s and not in the standing", id, s.State)
		case i >= 0 && !reflect.DeepEqual(o.standing.Requests[i], s.Request):
			t.Fatalf("the standing says %+v, the receipt %+v", o.standing.Requests[i], s.Request)
		}
	}
	for _, r := range o.standing.Requests {
		if _, err := time.Parse(time.DateOnly, r.Next); err != nil && o.dated(r) || r.Next != o.next(r) {
			t.Fatalf("the next date should be %q: %+v", o.next(r), r)
		}
		if r.Open() && r.Due != "" && r.NextDate() > r.Due {
			t.Fatalf("the next date comes after the deadline: %+v", r)
		}
	}
	if len(o.standing.Requests) > consent.MaxRequests+len(statement.StoppingTypes()) {
		t.Fatalf("%d requests", len(o.standing.Requests))
	}
}

func (o *office) TimePasses(t *rapid.T) {
	o.now = o.now.Add(rapid.SampledFrom([]time.Duration{
		-time.Hour, time.Second, 7 * time.Hour, 24 * time.Hour, 9 * 24 * time.Hour, 46 * 24 * time.Hour, 100 * 24 * time.Hour,
	}).Draw(t, "by"))
}

func (o *office) Ask(t *rapid.T) {
	kind := rapid.SampledFrom(statement.RequestTypes()).Draw(t, "type")
	_, err := o.cat.DataRequests.Own.Clause(statement.Rule(o.cat.DataRequests.Default), kind)
	full := len(o.standing.Requests) >= consent.MaxRequests && !slices.ContainsFunc(o.standing.Requests, func(r statement.Request) bool { return !r.Open() })
	switch got := o.do(t, statement.RoleSubject, consent.RequestData{Type: string(kind)}); {
	case err != nil && !errors.Is(got, consent.ErrInvalid):
		t.Fatalf("%s is not covered: %v", kind, got)
	case err == nil && (full && !kind.Stops()) != errors.Is(got, consent.ErrCap), err == nil && got != nil && !errors.Is(got, consent.ErrCap):
		t.Fatalf("%s with %d requests: %v", kind, len(o.standing.Requests), got)
	}
}

// Step takes an open request a step on that is possible.
func (o *office) Step(t *rapid.T) {
	var open []statement.Request
	for _, r := range o.standing.Requests {
		if r.Open() {
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		t.Skip("nothing is open")
	}
	r := rapid.SampledFrom(open).Draw(t, "request")
	calendar, err := o.cat.DataRequests.Calendar(r.Rule)
	if err != nil {
		t.Fatal(err)
	}
	by := rapid.SampledFrom([]datarequest.Party{datarequest.Staff, datarequest.Staff, datarequest.System}).Draw(t, "by")
	choices := slices.DeleteFunc(datarequest.Choices(r, by, o.today(), o.cat.DataRequests.Own, calendar), func(c datarequest.Choice) bool { return c.Act == datarequest.Erase })
	if len(choices) == 0 {
		t.Skip("nothing is possible")
	}
	choice := rapid.SampledFrom(choices).Draw(t, "act")
	step := consent.AdvanceRequest{ID: r.ID, Act: choice.Act, Case: "c-1"}
	if len(choice.Reasons) > 0 {
		step.Reason = choice.Reasons[0]
	}
	step.NothingHeld = choice.NothingHeld
	if choice.Withheld {
		step.Withheld = []statement.Withheld{{What: "the notes of a call", Why: step.Reason}}
	}
	if choice.Dates != nil {
		date := rapid.SampledFrom([]string{choice.Dates.From, choice.Dates.Until}).Draw(t, "date")
		if step.Received = date; choice.Act == datarequest.SetDue {
			step.Due, step.Received, step.Note = date, "", "why"
		}
	}
	role := map[datarequest.Party]statement.Role{datarequest.Staff: statement.RoleAgent, datarequest.System: statement.RoleSystem}[by]
	if err := o.do(t, role, step); err != nil || o.latest[r.ID].State != choice.Becomes {
		t.Fatalf("%s while %s: %v, now %s", choice.Act, r.State, err, o.latest[r.ID].State)
	}
}

// Act tries any act, by anybody, on any request there ever was, for any reason.
func (o *office) Act(t *rapid.T) {
	if len(o.latest) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(o.latest))).Draw(t, "request")
	was := o.latest[id]
	act := rapid.SampledFrom(datarequest.Acts()).Draw(t, "act")
	role := rapid.SampledFrom([]statement.Role{statement.RoleSubject, statement.RoleAgent, statement.RoleAgent, statement.RoleSystem}).Draw(t, "role")
	reasons := []string{"", "made-up"}
	if clause, err := o.cat.DataRequests.Own.Clause(was.Rule, was.Type); err == nil {
		reasons = append(reasons, clause.Deny[0])
		if was.Extended < len(clause.Extensions) {
			reasons = append(reasons, clause.Extensions[was.Extended].Reasons[0])
		}
	}
	reason := ""
	if act == datarequest.Deny || act == datarequest.Extend || act == datarequest.CompletePartly {
		reason = rapid.SampledFrom(reasons).Draw(t, "reason")
	}
	step := consent.AdvanceRequest{ID: id, Act: act, Reason: reason, Case: "c-1", NothingHeld: rapid.Bool().Draw(t, "nothing held")}
	if act == datarequest.CompletePartly {
		step.Withheld = []statement.Withheld{{What: "the notes of a call", Why: rapid.SampledFrom(reasons).Draw(t, "why")}}
	}
	err := o.do(t, role, step)
	if !was.Open() && err == nil {
		t.Fatalf("%s was %s, and %s was possible", id, was.State, act)
	}
	if err != nil && !reflect.DeepEqual(o.latest[id].Request, was.Request) {
		t.Fatalf("refused, and yet changed")
	}
}

// AddPart adds to any answer. Nothing but the count of parts changes.
func (o *office) AddPart(t *rapid.T) {
	if len(o.latest) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(o.latest))).Draw(t, "request")
	was := o.latest[id]
	err := o.do(t, statement.RoleAgent, consent.AddPart{ID: id, Case: "c-1", Part: statement.Part{
		Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Where: "at the branch",
	}})
	now := o.latest[id]
	if err == nil {
		if !was.Open() || now.Part == nil || now.Parts != was.Parts+1 {
			t.Fatalf("a part made %+v of %+v", now, was)
		}
		was.Parts++
	}
	if !reflect.DeepEqual(now.Request, was.Request) {
		t.Fatalf("a part (%v) made %+v of %+v", err, now.Request, was.Request)
	}
}

func (o *office) TakeBack(t *rapid.T) {
	if len(o.latest) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(o.latest))).Draw(t, "request")
	was := o.latest[id]
	var cmd consent.Command = consent.TakeBack{ID: id}
	if rapid.Bool().Draw(t, "by a request of its own") {
		cmd = consent.RequestData{Type: string(statement.Withdrawal), About: id}
	}
	err := o.do(t, statement.RoleSubject, cmd)
	if possible := was.Open() && was.State != statement.ToBeErased; possible != (err == nil) {
		t.Fatalf("take back while %s: %v", was.State, err)
	}
}

func (o *office) Appeal(t *rapid.T) {
	if len(o.latest) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(o.latest))).Draw(t, "request")
	was := o.latest[id]
	again := slices.ContainsFunc(slices.Collect(maps.Values(o.latest)), func(s statement.RequestStatement) bool { return s.AboutRequest == id })
	possible := !was.Open() && !again && o.today().Format(time.DateOnly) <= o.answered[id]
	err := o.do(t, statement.RoleSubject, consent.RequestData{Type: string(statement.Appeal), About: id})
	if err == nil && !possible || err != nil && possible && !o.crowded {
		t.Fatalf("appeal against %+v, appealed before: %t: %v", was.Request, again, err)
	}
}

func (o *office) Erase(t *rapid.T) {
	if err := o.do(t, statement.RoleSystem, consent.Erase{}); err != nil {
		t.Fatal(err)
	}
	for id, s := range o.latest {
		if s.Open() {
			t.Fatalf("%s is %s after the erasure", id, s.State)
		}
		delete(o.answered, id) // no appeal: nothing is left
	}
}

// Sweep acts as the timer does: every request with a due date in the past takes a step, or
// waits for staff in a state that shows it.
func (o *office) Sweep(t *rapid.T) {
	for _, r := range slices.Clone(o.standing.Requests) {
		zone, _ := time.LoadLocation(r.Timezone)
		today := max(o.now.In(zone).Format(time.DateOnly), o.standing.At.In(zone).Format(time.DateOnly))
		act, after, ok := datarequest.Lapse(r)
		if waits := !r.Open() || r.State == statement.Overdue || r.State == statement.ToBeErased || r.State != statement.WantsIdentity && datarequest.Stopped(r) || r.NextDate() == ""; waits == ok {
			t.Fatalf("%s lapses: %t", r.State, ok)
		}
		if !ok || today <= after {
			continue
		}
		if err := o.do(t, statement.RoleSystem, consent.AdvanceRequest{ID: r.ID, Act: act}); err != nil {
			t.Fatalf("%s, due %s, swept on %s: %v", r.State, r.Due, today, err)
		}
	}
}

// TestRequestsModel: no request is left without a next date, none ends without a
// receipt, none is answered twice.
func TestRequestsModel(t *testing.T) {
	seen := map[statement.RequestState]int{}
	defer func() {
		for _, state := range statement.RequestStates() {
			if seen[state] == 0 {
				t.Errorf("no request ever came to be %s: the model shows nothing of it", state)
			}
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		o := newOffice(t)
		o.seen = seen
		t.Repeat(map[string]func(*rapid.T){
			"": o.Check, "time passes": o.TimePasses, "ask": o.Ask, "act": o.Act, "step": o.Step, "step again": o.Step, "add part": o.AddPart,
			"take back": o.TakeBack, "appeal": o.Appeal, "erase": o.Erase, "sweep": o.Sweep,
		})
	})
}
