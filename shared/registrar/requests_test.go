package registrar_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// asStaff is somebody of the controller's at work; asSystem is a timer.
var (
	asStaff = consent.Context{
		Actor:    statement.Actor{Role: statement.RoleAgent, ID: "staff-7"},
		Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	}
	asSystem = consent.Context{
		Actor:    statement.Actor{Role: statement.RoleSystem},
		Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "sweep"},
	}
)

// withRequests puts another data_requests section into the sample catalogue, as
// an operator would write it, and uses the result.
func (d *desk) withRequests(t *testing.T, section string) {
	t.Helper()
	ctx := context.Background()
	files := fstest.MapFS{}
	must(t, fs.WalkDir(sample.FS, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := fs.ReadFile(sample.FS, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	}))
	const name = "first-example-bank.yaml"
	before, _, found := strings.Cut(string(files[name].Data), "\ndata_requests:")
	if !found {
		t.Fatal("the sample catalogue has no data_requests")
	}
	files[name] = &fstest.MapFile{Data: []byte(before + section)}
	compiled, problems := source.Compile(files, name)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	must(t, d.bolt.PutDocument(ctx, ledger.Document{Digest: compiled.Digest, MediaType: catalogue.MediaType, Body: compiled.Canonical}))
	catalogues, err := registrar.NewCatalogues(ctx, d.bolt, compiled.Digest)
	must(t, err)
	d.Catalogue = catalogues
}

// houseRule is a rule that an operator wrote, in YAML.
const houseRule = `
data_requests:
  default: house
  rules: {opt-out-of-sale: ccpa, limit-sensitive-use: ccpa}
  timezone: America/New_York
  holidays: [US]
  own:
    house:
      law: First Example Bank's promise
      read: "2026-11-24"
      advice: not legal advice
      complaint: Promise 9
      clauses:
        - types: [access, access-categories, access-specific, portability, erasure, rectification, restriction, objection]
          source: Promise 1
          confirm: {business_days: 3}
          answer: {days: 20}
          extensions: [{answer: {months: 2, end: working-day}, reasons: [complexity]}]
          identity: clock-runs
          deny: [excessive]
          appeal: {days: 30}
        - types: [appeal]
          source: Promise 2
          answer: {days: 10}
          identity: clock-runs
          deny: [excessive]
`

var samplePart = statement.Part{
	Name: "payments.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Size: 1, Where: "https://bank.example/p",
}

// request returns the newest receipt's statement on its request.
func request(t *testing.T, r *registrar.Result) statement.RequestStatement {
	t.Helper()
	if len(r.Claims.Request) != 1 {
		t.Fatalf("%d requests stated", len(r.Claims.Request))
	}
	var s statement.RequestStatement
	must(t, json.Unmarshal(r.Claims.Request[0].Value, &s))
	return s
}

// TestRequestStory takes a request through its life on a ledger: each step is a
// receipt with its next date, each entry knows when time alone would change
// something, and the whole is one chain.
func TestRequestStory(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	d.withRequests(t, houseRule)
	do := func(days int, c consent.Context, cmd consent.Command, wantEvent, wantNext, wantDue string) statement.RequestStatement {
		t.Helper()
		d.clock.Add(time.Duration(days) * 24 * time.Hour)
		key := d.clock.Now().String() + wantEvent
		result, err := d.Do(ctx, ledger.Person(alice), key, cmd, c)
		must(t, err)
		s := request(t, result)
		if result.Claims.Event.Type != statement.EventType(wantEvent) || s.NextDate() != wantNext {
			t.Errorf("receipt %d: %s, next date %q; want %s, %q", result.Seq, result.Claims.Event.Type, s.NextDate(), wantEvent, wantNext)
		}
		newest, err := d.bolt.Newest(ctx, ledger.Person(alice))
		must(t, err)
		if newest.Due != wantDue {
			t.Errorf("entry %d is due %q, want %q", newest.Seq, newest.Due, wantDue)
		}
		again, err := d.Do(ctx, ledger.Person(alice), key, cmd, c)
		must(t, err)
		if !again.Replayed || again.Digest != result.Digest {
			t.Errorf("%s: the same key, another receipt", wantEvent)
		}
		return s
	}
	step := func(id string, act datarequest.Act, reason string) consent.AdvanceRequest {
		return consent.AdvanceRequest{ID: id, Act: act, Reason: reason, Case: "DR-1"}
	}
	// the 26th is Thanksgiving: three business days are the 24th, 25th and 27th
	s := do(0, asPerson, consent.RequestData{Type: "access"}, "request-received", "2026-11-27", "2026-11-27")
	if s.Source != "Promise 1" || s.Rule != "house" || s.Due != "2026-12-13" {
		t.Errorf("received: %+v", s)
	}
	id := s.ID
	do(1, asStaff, step(id, "ask-identity", ""), "request-identity-wanted", "2026-12-13", "2026-12-13")
	do(1, asStaff, step(id, "give-identity", ""), "request-identity-given", "2026-12-13", "2026-12-13")
	do(0, asStaff, step(id, "acknowledge", ""), "request-acknowledged", "2026-12-13", "2026-12-13")
	s = do(1, asStaff, step(id, "extend", "complexity"), "request-extended", "2027-01-25", "2027-01-25") // the 23rd is a Saturday
	if s.Reason != "complexity" || s.Case != "DR-1" || s.Extended != 1 {
		t.Errorf("extended: %+v", s)
	}
	do(70, asSystem, step(id, "miss", ""), "request-overdue", "2027-01-25", "")
	s = do(1, asStaff, step(id, "deny", "excessive"), "request-denied", "2027-03-07", "")
	if s.Complaint == nil || s.Complaint.Authority != "authority" || s.Complaint.Source != "Promise 9" || s.Complaint.URL == "" {
		t.Errorf("denied: where to complain: %+v", s.Complaint)
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "twice", step(id, "complete", ""), asStaff); !errors.Is(err, consent.ErrRequest) || !errors.Is(err, datarequest.ErrEnded) {
		t.Errorf("answered twice: %v", err)
	}
	s = do(1, asPerson, consent.RequestData{Type: "appeal", About: id}, "request-received", "2027-02-16", "2027-02-16")
	if s.AboutRequest != id || s.Source != "Promise 2" {
		t.Errorf("appeal: %+v", s)
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "appeal again", consent.RequestData{Type: "appeal", About: id}, asPerson); !errors.Is(err, consent.ErrRequest) || !errors.Is(err, datarequest.ErrEnded) {
		t.Errorf("appealed twice: %v", err)
	}
	do(1, asStaff, step(s.ID, "complete", ""), "request-completed", "", "")
	for name, cmd := range map[string]consent.Command{
		"a step": step(s.ID, "start", ""), "a part": consent.AddPart{ID: s.ID, Part: samplePart, Case: "DR-1"}, "taken back": consent.TakeBack{ID: s.ID},
		"an appeal": consent.RequestData{Type: "appeal", About: s.ID}, "a withdrawal": consent.RequestData{Type: "withdrawal", About: s.ID},
	} {
		if _, err := d.Do(ctx, ledger.Person(alice), name, cmd, asStaff); !errors.Is(err, consent.ErrRequest) || !errors.Is(err, datarequest.ErrEnded) {
			t.Errorf("%s, of what has ended: %v", name, err)
		}
		if _, err := d.Do(ctx, ledger.Person(bob), name, cmd, asStaff); !errors.Is(err, consent.ErrNotFound) {
			t.Errorf("%s, of somebody else's: %v", name, err)
		}
	}

	recs, err := d.Receipts(ctx, ledger.Person(alice), 1, 20)
	must(t, err)
	chain := receipt.Chain{Whole: true}
	for _, rec := range recs {
		chain.Add(rec)
	}
	if course := chain.Judge(); len(recs) != 9 || !course.Follow() {
		t.Errorf("%d receipts, the chain: %+v", len(recs), course)
	}
}

// TestRefusedSteps: who may do what, and with what, is decided before anything
// is written.
func TestRefusedSteps(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	asked, err := d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: "erasure"}, asPerson)
	must(t, err)
	id := request(t, asked).ID
	for name, test := range map[string]struct {
		c    consent.Context
		cmd  consent.AdvanceRequest
		want error
	}{
		"by the person":      {asPerson, consent.AdvanceRequest{ID: id, Act: "complete"}, datarequest.ErrParty},
		"without a case":     {asStaff, consent.AdvanceRequest{ID: id, Act: "complete"}, consent.ErrInvalid},
		"a text as a case":   {asStaff, consent.AdvanceRequest{ID: id, Act: "complete", Case: "Alex rang\n"}, consent.ErrInvalid},
		"an unknown request": {asStaff, consent.AdvanceRequest{ID: "other", Act: "complete", Case: "1"}, consent.ErrNotFound},
		"an unknown act":     {asStaff, consent.AdvanceRequest{ID: id, Act: "lose", Case: "1"}, datarequest.ErrForbidden},
		"erasing by a step":  {asSystem, consent.AdvanceRequest{ID: id, Act: "erase"}, consent.ErrInvalid},
		"too early":          {asSystem, consent.AdvanceRequest{ID: id, Act: "miss"}, datarequest.ErrEarly},
		"a made-up reason":   {asStaff, consent.AdvanceRequest{ID: id, Act: "deny", Reason: "no time", Case: "1"}, consent.ErrInvalid},
	} {
		if _, err := d.Do(ctx, ledger.Person(alice), name, test.cmd, test.c); !errors.Is(err, test.want) || !consent.IsRefusal(err) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	for _, cmd := range []consent.RequestData{{Type: "appeal"}, {Type: "withdrawal"}, {Type: "access", About: id}} {
		if _, err := d.Do(ctx, ledger.Person(alice), cmd.Type+"?", cmd, asPerson); !errors.Is(err, consent.ErrInvalid) {
			t.Errorf("%+v: %v", cmd, err)
		}
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "early appeal", consent.RequestData{Type: "appeal", About: id}, asPerson); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("appeal against no answer: %v", err)
	}
	if standing, _ := d.Standing(ctx, ledger.Person(alice)); standing.Seq != 1 {
		t.Errorf("%d entries, want 1", standing.Seq)
	}
}

// TestErasureRequest: granted is "to be erased", and the erasure completes it.
func TestErasureRequest(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	asked, err := d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: "erasure"}, asPerson)
	must(t, err)
	granted, err := d.Do(ctx, ledger.Person(alice), "grant", consent.AdvanceRequest{ID: request(t, asked).ID, Act: datarequest.Complete, Case: "DR-1"}, asStaff)
	must(t, err)
	if s := request(t, granted); s.State != statement.ToBeErased || s.NextDate() != "2026-12-23" {
		t.Errorf("granted: %+v", s)
	}
	standing, err := d.Standing(ctx, ledger.Person(alice))
	must(t, err)
	if len(standing.Requests) != 1 || !standing.Requests[0].Open() {
		t.Fatalf("an eraser finds nothing to do: %+v", standing.Requests)
	}
	erased, err := d.Do(ctx, ledger.Person(alice), "erase", consent.Erase{}, asSystem)
	must(t, err)
	if s := request(t, erased); s.State != statement.Completed {
		t.Errorf("erased: %+v", s)
	}
}

// TestErasureEndsAll: the docket knows that an erasure ended every request.
func TestErasureEndsAll(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	for _, kind := range []string{"access", "erasure", "portability"} {
		_, err := d.Do(ctx, ledger.Person(alice), kind, consent.RequestData{Type: kind}, asPerson)
		must(t, err)
		d.clock.Add(40 * 24 * time.Hour)
	}
	_, err := d.Do(ctx, ledger.Person(alice), "erase", consent.Erase{}, asSystem)
	must(t, err)
	now := d.clock.Now()
	requests, err := docket.ReadShard(ctx, d.bolt, ledger.Person(alice).Shard(), now.AddDate(0, -docket.Reach, 0), now, now)
	must(t, err)
	docket.Sort(requests)
	var got []string
	for _, r := range requests {
		got = append(got, fmt.Sprint(r.Type, " ", r.State))
		if !r.Ended {
			t.Errorf("%s is open", r.Type)
		}
	}
	if want := []string{"access expired", "erasure completed", "portability expired"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestRequestsThatStop: a restriction pauses and an objection ends consents at once, whatever
// the outcome of the request; only a new yes brings a consent back.
func TestRequestsThatStop(t *testing.T) {
	for kind, want := range map[string]statement.State{"restriction": statement.Paused, "objection": statement.Withdrawn} {
		ctx, d := context.Background(), newDesk(t)
		first, err := d.optIn(t, alice, yesAlerts, yesOffers)
		must(t, err)
		scope := statement.Scope{Purposes: []string{"account-alerts"}}
		asked, err := d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: kind, Scope: scope}, asPerson)
		must(t, err)
		standing, err := d.Standing(ctx, ledger.Person(alice))
		must(t, err)
		line := standing.Line("account-alerts", "parley")
		if line.State != want || line.InForce(d.clock.Now()) || !standing.Line("card-offers", "parley").InForce(d.clock.Now()) {
			t.Errorf("%s: %+v", kind, standing.Lines)
		}
		var change statement.Change
		must(t, json.Unmarshal(asked.Claims.Changes[0].Value, &change))
		if change.Cause != kind || change.To != want || change.GivenIn != first.Seq {
			t.Errorf("%s: %+v", kind, change)
		}
		_, err = d.Do(ctx, ledger.Person(alice), "deny", consent.AdvanceRequest{ID: request(t, asked).ID, Act: datarequest.Deny, Reason: "manifestly-unfounded", Case: "DR-1"}, asStaff)
		must(t, err)
		if standing, _ = d.Standing(ctx, ledger.Person(alice)); standing.Line("account-alerts", "parley").InForce(d.clock.Now()) {
			t.Errorf("%s: a denial brought the consent back", kind)
		}
		_, err = d.optIn(t, alice, yesAlerts)
		must(t, err)
		if standing, _ = d.Standing(ctx, ledger.Person(alice)); !standing.Line("account-alerts", "parley").InForce(d.clock.Now()) {
			t.Errorf("%s: a new yes did not", kind)
		}
	}
}

// TestOptOutOfSale acts at once on the purposes that the catalogue marks, asks for no proof
// of identity, and prevents the question for 12 months unless the person names the purpose.
func TestOptOutOfSale(t *testing.T) {
	offered := func(d *desk, purposes ...string) bool {
		t.Helper()
		_, offer, _, err := d.Offer(context.Background(), ledger.Person(alice), purposes, "en", false)
		must(t, err)
		return slices.ContainsFunc(offer.Items, func(i consent.OfferItem) bool { return i.Purpose == "card-offers" })
	}
	optOut := func(d *desk) *registrar.Result {
		t.Helper()
		result, err := d.Do(context.Background(), ledger.Person(alice), "sale", consent.RequestData{Type: "opt-out-of-sale"}, asPerson)
		must(t, err)
		if s := request(t, result); s.Due != "2026-12-15" || s.Rule != "ccpa" {
			t.Errorf("opt-out of sale: %+v", s)
		}
		_, err = d.Do(context.Background(), ledger.Person(alice), "who", consent.AdvanceRequest{ID: request(t, result).ID, Act: datarequest.AskIdentity, Case: "DR-1"}, asStaff)
		if !errors.Is(err, datarequest.ErrIdentity) {
			t.Errorf("asked who they are: %v", err)
		}
		return result
	}
	for name, act := range map[string]func(*desk) *registrar.Result{
		"a request": optOut,
		"a signal": func(d *desk) *registrar.Result {
			result, err := d.Do(context.Background(), ledger.Person(alice), "gpc", consent.Signal{}, asPerson)
			must(t, err)
			return result
		},
	} {
		d := newDesk(t)
		_, err := d.optIn(t, alice, yesAlerts, yesOffers)
		must(t, err)
		if !offered(d) {
			t.Fatalf("%s: not offered to begin with", name)
		}
		act(d)
		standing, err := d.Standing(context.Background(), ledger.Person(alice))
		must(t, err)
		line := standing.Line("card-offers", "parley")
		if line.InForce(d.clock.Now()) || line.QuietUntil != "2027-11-23" || !standing.Line("account-alerts", "parley").InForce(d.clock.Now()) {
			t.Errorf("%s: %+v", name, standing.Lines)
		}
		if offered(d) || !offered(d, "card-offers") {
			t.Errorf("%s: offered unasked, or not when the person asks for it", name)
		}
		d.clock.Add(365*24*time.Hour - 15*time.Hour - time.Second) // 23:00 UTC on 22 November is midnight in Madrid
		if offered(d) {
			t.Errorf("%s: offered an instant before 12 months are over", name)
		}
		d.clock.Add(time.Second)
		if !offered(d) {
			t.Errorf("%s: not offered after 12 months", name)
		}
	}
	// somebody who never said yes is left alone too
	d := newDesk(t)
	optOut(d)
	if offered(d) {
		t.Error("offered to somebody who opted out beforehand")
	}
}

// TestAnswerThatCameEarlier: the answer of a person came before it was recorded, and the
// deadline that it sets has passed. The agenda has the day of the entry, so that a sweep finds it.
func TestAnswerThatCameEarlier(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	d.withRequests(t, strings.ReplaceAll(houseRule, "clock-runs", "clock-restarts"))
	do := func(days int, c consent.Context, cmd consent.Command) statement.RequestStatement {
		t.Helper()
		d.clock.Add(time.Duration(days) * 24 * time.Hour)
		result, err := d.Do(ctx, ledger.Person(alice), d.clock.Now().String(), cmd, c)
		must(t, err)
		return request(t, result)
	}
	id := do(0, asPerson, consent.RequestData{Type: "access"}).ID
	do(1, asStaff, consent.AdvanceRequest{ID: id, Act: datarequest.AskIdentity, Case: "DR-1"})
	s := do(21, asStaff, consent.AdvanceRequest{ID: id, Act: datarequest.GiveIdentity, Received: "2026-11-24", Case: "DR-1"})
	if s.Due != "2026-12-14" || s.CountedFrom != "2026-11-24" {
		t.Errorf("%+v", s)
	}
	newest, err := d.bolt.Newest(ctx, ledger.Person(alice))
	must(t, err)
	if newest.Due != "2026-12-15" {
		t.Errorf("the entry is due %q", newest.Due)
	}
}

// TestStatementsOfWhatWasAskedAgain: who asks once more for what is open, and has too many requests
// for another one, adds a statement to the open request. The first one stays in its history.
func TestStatementsOfWhatWasAskedAgain(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	n := 0
	ask := func(kind statement.RequestType) string {
		t.Helper()
		n++
		_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(n), consent.RequestData{Type: string(kind)}, asPerson)
		must(t, err)
		d.clock.Add(time.Minute)
		standing, err := d.Standing(ctx, ledger.Person(alice))
		must(t, err)
		return standing.Requests[0].ID
	}
	id := ask(statement.OptOutOfSale)
	for range consent.MaxRequests - 1 {
		ask(statement.Access)
	}
	const again = 60 // more than are read at once
	for range again {
		ask(statement.OptOutOfSale)
	}
	said, _, err := d.Statements(ctx, ledger.Person(alice), id)
	must(t, err)
	if len(said) != 1+again || said[0].Seq != 1 || said[again].Seq != uint64(n) {
		t.Errorf("statements: %+v", said)
	}
}
