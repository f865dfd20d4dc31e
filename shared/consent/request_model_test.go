package consent_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
)

// office is everything that happens to one person's requests, under a random
// rule, at random moments. It keeps what the receipts say of each request: that
// alone, and not the standing, is what the checks go by.
type office struct {
	now      time.Time
	standing consent.Standing
	cat      *catalogue.Catalogue
	ids      int
	latest   map[string]consent.RequestStatement // by request, from the receipts
	answers  map[string]int                      // how many receipts state an answer, or an end
	started  map[string]int                      // how many receipts state that it was received
	seen     map[datarequest.State]int
}

func newOffice(t *rapid.T) *office {
	rules := append(datarequest.Builtin(), "house")
	house := rapid.SampledFrom([]string{datarequest.IdentityNever, datarequest.IdentityRuns, datarequest.IdentityRestarts}).Draw(t, "identity of the house rule")
	cat := testCatalogues()["c1"]
	cat.DataRequests = catalogue.DataRequests{
		Default:  string(rapid.SampledFrom(rules).Draw(t, "rule")),
		Timezone: rapid.SampledFrom([]string{"UTC", "Europe/Madrid", "America/Los_Angeles", "Pacific/Kiritimati"}).Draw(t, "zone"),
		Holidays: []string{"ES"},
		Own:      datarequest.Rules{"house": housePack(house)},
	}
	return &office{
		now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), cat: cat,
		latest: map[string]consent.RequestStatement{}, answers: map[string]int{}, started: map[string]int{},
	}
}

// housePack is a rule of the operator's that has everything a rule can have.
func housePack(identity string) datarequest.Pack {
	return datarequest.Pack{
		Law: "House rule", Read: "2026-11-24", Advice: datarequest.Advice, Complaint: "house rule 9",
		Clauses: []datarequest.Clause{
			{
				Types: datarequest.Types(), Source: "house rule 1", Identity: identity, Deny: []string{"no"},
				Confirm: datarequest.Term{BusinessDays: 3}, Answer: datarequest.Term{Days: 10}, Appeal: datarequest.Term{Days: 5}, Quiet: datarequest.Term{Months: 6},
				Extensions: []datarequest.Extension{
					{Answer: datarequest.Term{Days: 20}, Reasons: []string{"much"}},
					{Answer: datarequest.Term{Days: 30, End: "working-day"}, Reasons: []string{"more"}},
				},
			},
			{Types: []datarequest.Type{datarequest.Appeal}, Source: "house rule 2", Identity: datarequest.IdentityRuns, Deny: []string{"no"}, Answer: datarequest.Term{Days: 7}},
		},
	}
}

// do decides, and checks the receipt against what earlier receipts said.
func (o *office) do(t *rapid.T, role consent.Role, cmd consent.Command) error {
	if o.now.Before(o.standing.At) { // as the registrar does
		o.now = o.standing.At
	}
	before := o.standing
	event, err := consent.Decide(before, cmd, consent.Context{
		Actor: consent.Actor{Role: role}, Evidence: consent.Evidence{Level: catalogue.EvidenceAuthenticated},
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
		case s.State == datarequest.Received && event.Type == consent.EventRequestReceived:
			o.started[s.ID]++
		case !known:
			t.Fatalf("%s: %s came from nowhere", event.Type, s.ID)
		case !last.Open():
			t.Fatalf("%s: %s was %s and became %s", event.Type, s.ID, last.State, s.State)
		}
		if wanted := consent.EventType("request-" + s.State); event.Type != wanted && event.Type != consent.EventErasure && event.Type != consent.EventRequestPart {
			t.Fatalf("a receipt of %s says that a request is %s", event.Type, s.State)
		}
		if s.State == datarequest.Denied && (s.Reason == "" || s.Complaint == nil || s.Complaint.Source == "") {
			t.Fatalf("denied without a reason, or without where to complain: %+v", s)
		}
		if !s.Open() {
			o.answers[s.ID]++
		}
		o.latest[s.ID] = s
		o.seen[s.State]++
	}
	// what left the standing ended by a receipt, now or before
	for _, r := range before.Requests {
		if !slices.ContainsFunc(event.Standing.Requests, func(a consent.Request) bool { return a.ID == r.ID }) && o.latest[r.ID].Open() {
			t.Fatalf("%s: %s is gone, and the receipts say %s", event.Type, r.ID, o.latest[r.ID].State)
		}
	}
	o.standing = event.Standing
	return nil
}

// Check holds at every moment.
func (o *office) Check(t *rapid.T) {
	for id, s := range o.latest {
		i := slices.IndexFunc(o.standing.Requests, func(r consent.Request) bool { return r.ID == id })
		switch {
		case o.started[id] != 1:
			t.Fatalf("%s was received %d times", id, o.started[id])
		case o.answers[id] > 1:
			t.Fatalf("%s was answered %d times", id, o.answers[id])
		case s.Open() != (o.answers[id] == 0):
			t.Fatalf("%s is %s with %d answers", id, s.State, o.answers[id])
		case s.Open() && i < 0:
			t.Fatalf("%s is %s and not in the standing", id, s.State)
		case i >= 0 && o.standing.Requests[i] != s.Request:
			t.Fatalf("the standing says %+v, the receipt %+v", o.standing.Requests[i], s.Request)
		}
	}
	for _, r := range o.standing.Requests {
		if _, err := time.Parse(time.DateOnly, r.NextDate()); err != nil {
			t.Fatalf("no next date: %+v", r)
		}
		if r.Open() && r.NextDate() > r.Due {
			t.Fatalf("the next date comes after the deadline: %+v", r)
		}
	}
	if len(o.standing.Requests) > consent.MaxRequests {
		t.Fatalf("%d requests", len(o.standing.Requests))
	}
}

func (o *office) TimePasses(t *rapid.T) {
	o.now = o.now.Add(rapid.SampledFrom([]time.Duration{
		-time.Hour, time.Second, 7 * time.Hour, 24 * time.Hour, 9 * 24 * time.Hour, 46 * 24 * time.Hour, 100 * 24 * time.Hour,
	}).Draw(t, "by"))
}

func (o *office) Ask(t *rapid.T) {
	kind := rapid.SampledFrom(datarequest.Types()).Draw(t, "type")
	_, err := datarequest.Rules(o.cat.DataRequests.Own).Clause(datarequest.Rule(o.cat.DataRequests.Default), kind)
	switch got := o.do(t, consent.RoleSubject, consent.RequestData{Type: string(kind)}); {
	case err != nil && !errors.Is(got, consent.ErrInvalid) && !errors.Is(got, consent.ErrCap):
		t.Fatalf("%s is not covered: %v", kind, got)
	case err == nil && got != nil && !errors.Is(got, consent.ErrCap):
		t.Fatalf("%s: %v", kind, got)
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
	role := rapid.SampledFrom([]consent.Role{consent.RoleSubject, consent.RoleAgent, consent.RoleAgent, consent.RoleSystem}).Draw(t, "role")
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
	err := o.do(t, role, consent.AdvanceRequest{ID: id, Act: act, Reason: reason, Case: "c-1"})
	if !was.Open() && err == nil {
		t.Fatalf("%s was %s, and %s was possible", id, was.State, act)
	}
	if err != nil && o.latest[id].Request != was.Request {
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
	err := o.do(t, consent.RoleAgent, consent.AddPart{ID: id, Case: "c-1", Part: datarequest.Part{
		Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Where: "at the branch",
	}})
	now := o.latest[id]
	if err == nil {
		if !was.Open() || now.Part == nil || now.Parts != was.Parts+1 {
			t.Fatalf("a part made %+v of %+v", now, was)
		}
		was.Parts++
	}
	if now.Request != was.Request {
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
		cmd = consent.RequestData{Type: string(datarequest.Withdrawal), About: id}
	}
	err := o.do(t, consent.RoleSubject, cmd)
	if possible := was.Open() && was.State != datarequest.ToBeErased; possible != (err == nil) {
		t.Fatalf("take back while %s: %v", was.State, err)
	}
}

func (o *office) Appeal(t *rapid.T) {
	if len(o.latest) == 0 {
		t.Skip("no request yet")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(o.latest))).Draw(t, "request")
	was := o.latest[id]
	before := slices.ContainsFunc(slices.Collect(maps.Values(o.latest)), func(s consent.RequestStatement) bool { return s.AboutRequest == id })
	if err := o.do(t, consent.RoleSubject, consent.RequestData{Type: string(datarequest.Appeal), About: id}); err == nil && (was.Open() || was.Next == "" || before) {
		t.Fatalf("appealed against %+v, appealed before: %t", was.Request, before)
	}
}

func (o *office) Erase(t *rapid.T) {
	if err := o.do(t, consent.RoleSystem, consent.Erase{}); err != nil {
		t.Fatal(err)
	}
	for id, s := range o.latest {
		if s.Open() {
			t.Fatalf("%s is %s after the erasure", id, s.State)
		}
	}
}

// Sweep is what a timer does: whatever has come due is looked at, and every such
// request moves or waits for staff in a state that says so.
func (o *office) Sweep(t *rapid.T) {
	zone, _ := time.LoadLocation(o.cat.DataRequests.Timezone)
	for _, r := range slices.Clone(o.standing.Requests) {
		today := max(o.now.In(zone).Format(time.DateOnly), o.standing.At.In(zone).Format(time.DateOnly))
		act, after, ok := r.Lapse()
		if waits := !r.Open() || r.State == datarequest.Overdue || r.State == datarequest.ToBeErased; waits == ok {
			t.Fatalf("%s lapses: %t", r.State, ok)
		}
		if !ok || today <= after {
			continue
		}
		if err := o.do(t, consent.RoleSystem, consent.AdvanceRequest{ID: r.ID, Act: act}); err != nil {
			t.Fatalf("%s, due %s, swept on %s: %v", r.State, r.Due, today, err)
		}
	}
}

// TestRequestsModel: no request is left without a next date, none ends without a
// receipt, none is answered twice.
func TestRequestsModel(t *testing.T) {
	seen := map[datarequest.State]int{}
	defer func() {
		for _, state := range datarequest.States() {
			if seen[state] == 0 {
				t.Errorf("no request ever came to be %s: the model shows nothing of it", state)
			}
		}
	}()
	rapid.Check(t, func(t *rapid.T) {
		o := newOffice(t)
		o.seen = seen
		t.Repeat(map[string]func(*rapid.T){
			"": o.Check, "time passes": o.TimePasses, "ask": o.Ask, "act": o.Act, "act again": o.Act, "add part": o.AddPart,
			"take back": o.TakeBack, "appeal": o.Appeal, "erase": o.Erase, "sweep": o.Sweep,
		})
	})
}
