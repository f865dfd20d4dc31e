package consent_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

var withGPC = consent.Context{Evidence: statement.Evidence{GPC: true}}

// askable lists the purposes that the controller may ask about on its own initiative.
func (s *told) askable(gpc bool) []string {
	return consent.Askable(&s.standing, testCatalogues()["c1"], s.now, gpc)
}

// TestSignal: a privacy signal is a no also where nothing was said before, or no already.
func TestSignal(t *testing.T) {
	signal := func(s *told) *consent.Event { return s.do(consent.Signal{}, withGPC) }
	no := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "no"}}}
	for name, story := range map[string]struct {
		before func(*told)
		signal func(*told) *consent.Event
		causes []string
	}{
		"to somebody new":           {func(*told) {}, signal, []string{"gpc", "gpc"}},
		"after a no":                {func(s *told) { s.do(no, consent.Context{}) }, signal, []string{"gpc", "gpc"}},
		"after an opt-out":          {func(s *told) { s.do(consent.OptOut{All: true}, consent.Context{}) }, signal, []string{"gpc", "gpc"}},
		"with an opt-out":           {func(*told) {}, func(s *told) *consent.Event { return s.do(consent.OptOut{Purposes: []string{"offers"}}, withGPC) }, []string{"", "gpc"}},
		"with a request for data":   {func(*told) {}, func(s *told) *consent.Event { return s.do(consent.RequestData{Type: "access"}, withGPC) }, []string{"gpc", "gpc"}},
		"with an opt-out from sale": {func(*told) {}, func(s *told) *consent.Event { return s.do(consent.RequestData{Type: "opt-out-of-sale"}, withGPC) }, []string{"opt-out-of-sale", "opt-out-of-sale"}},
	} {
		s := tell(t)
		story.before(s)
		if got := s.askable(false); !slices.Contains(got, "offers") {
			t.Fatalf("%s: asked about %v to begin with", name, got)
		}
		if got := s.askable(true); !slices.Equal(got, []string{"alerts"}) {
			t.Errorf("%s: asked about %v with the signal on", name, got)
		}
		event := story.signal(s)
		var causes []string
		for _, c := range event.Changes {
			causes = append(causes, c.Cause)
		}
		if !slices.Equal(causes, story.causes) {
			t.Errorf("%s: changes because of %q", name, causes)
		}
		if l := s.standing.Line("offers", "parley"); l.QuietUntil != "2027-11-23" || l.State != statement.Refused {
			t.Errorf("%s: %+v", name, l)
		}
		if got := s.askable(false); !slices.Equal(got, []string{"alerts"}) {
			t.Errorf("%s: asked about %v", name, got)
		}
		if again := signal(s); again != nil {
			t.Errorf("%s: the same signal again changed %+v", name, again.Changes)
		}
		if next := s.do(consent.OptOut{Purposes: []string{"alerts"}}, withGPC); len(next.Changes) != 2 { // its two recipients
			t.Errorf("%s: a header on another call changed %+v", name, next.Changes)
		}
		s.now = s.now.AddDate(1, 0, -1)
		if got := s.askable(false); !slices.Equal(got, []string{"alerts"}) {
			t.Errorf("%s: on the last day asked about %v", name, got)
		}
		s.now = s.now.AddDate(0, 0, 1)
		if got := s.askable(false); !slices.Contains(got, "offers") {
			t.Errorf("%s: after a year asked about %v", name, got)
		}
		if again := signal(s); again == nil || s.standing.Line("offers", "parley").QuietUntil != "2028-11-23" {
			t.Errorf("%s: a signal after a year is a new one: %+v", name, again)
		}
	}
}

// TestSignalLeavesANo: a no stays the no that it is when a signal comes, since when it was said
// included. It only becomes an opt-out of sale. A yes that was said before the signal does not count.
func TestSignalLeavesANo(t *testing.T) {
	s := tell(t)
	yes := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "yes"}}}
	s.do(yes, consent.Context{})
	s.do(consent.OptOut{Purposes: []string{"offers"}}, consent.Context{})
	said := *s.standing.Line("offers", "parley")
	s.now = s.now.AddDate(0, 1, 0)
	event := s.do(consent.Signal{}, withGPC)
	now := *s.standing.Line("offers", "parley")
	if now.Latest != said.Latest || now.State != statement.Withdrawn || now.ConsentID != said.ConsentID || !reflect.DeepEqual(now.Deletion, said.Deletion) {
		t.Errorf("the no %+v became %+v", said, now)
	}
	if !now.OptOutSince.Equal(s.standing.At) || now.QuietUntil == "" || !now.AsOf.Equal(s.standing.At) {
		t.Errorf("it is no opt-out of sale: %+v", now)
	}
	if c := event.Changes[0]; c.Purpose != "offers" || c.From != statement.Withdrawn || c.To != statement.Withdrawn || c.Cause != statement.CauseGPC {
		t.Errorf("the signal changed %+v", event.Changes)
	}
	if late := s.do(yes, consent.Context{OccurredAt: s.now.Add(-time.Minute)}); late != nil {
		t.Errorf("a yes from before the signal: %+v", late.Changes)
	}
}

// TestOptOutOfSaleIsInForce: what stands says since when an opt-out of sale and sharing, or a
// privacy signal, is in force for all that it concerns, until a yes.
func TestOptOutOfSaleIsInForce(t *testing.T) {
	yes := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "yes"}}}
	for name, optOut := range map[string]func(*told){
		"a request": func(s *told) { s.do(consent.RequestData{Type: "opt-out-of-sale"}, consent.Context{}) },
		"a signal":  func(s *told) { s.do(consent.Signal{}, withGPC) },
		"a signal with another command": func(s *told) {
			s.do(consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}}, withGPC)
		},
		"a signal with an opt-out": func(s *told) { s.do(consent.OptOut{Purposes: []string{"offers"}}, withGPC) },
		"a signal after a limit": func(s *told) {
			s.do(consent.RequestData{Type: "limit-sensitive-use"}, consent.Context{})
			s.do(consent.Signal{}, withGPC)
		},
	} {
		s := tell(t)
		since := func() (time.Time, bool) { return consent.OptOutSince(&s.standing, testCatalogues()["c1"]) }
		for _, no := range []consent.Command{yes, consent.OptOut{All: true}, consent.RequestData{Type: "limit-sensitive-use"}} {
			if _, ok := since(); ok {
				t.Errorf("%s: in force before it was asked for: %+v", name, s.standing.Lines)
			}
			s.do(no, consent.Context{})
		}
		optOut(s)
		began := s.standing.At
		if at, ok := since(); !ok || !at.Equal(began) {
			t.Errorf("%s: in force %t since %s: %+v", name, ok, at, s.standing.Lines)
		}
		s.now = s.now.AddDate(0, 1, 0)
		s.do(consent.RequestData{Type: "limit-sensitive-use"}, consent.Context{})
		s.now = s.now.AddDate(2, 0, 0) // when they may be asked again, it is in force all the same
		s.do(consent.Signal{}, withGPC)
		if at, ok := since(); !ok || !at.Equal(began) {
			t.Errorf("%s: later in force %t since %s", name, ok, at)
		}
		s.do(yes, consent.Context{})
		if _, ok := since(); ok {
			t.Errorf("%s: in force after a yes", name)
		}
	}
	if _, ok := consent.OptOutSince(&statement.Standing{}, &catalogue.Catalogue{}); ok {
		t.Error("in force where nothing is concerned")
	}
}

// TestSignalSparesADeliberateYes, and no other.
func TestSignalSparesADeliberateYes(t *testing.T) {
	yes := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "yes"}}}
	for _, c := range []consent.Context{{}, withGPC} {
		s := tell(t)
		s.do(yes, c)
		s.do(consent.Signal{}, withGPC)
		if got := s.standing.Line("offers", "parley").InForce(s.now); got != c.Evidence.GPC {
			t.Errorf("said yes with the signal %t: in force %t", c.Evidence.GPC, got)
		}
		s.now = s.now.AddDate(0, 4, 0) // it ends, and a signal is no less one
		s.do(consent.Signal{}, withGPC)
		if l := s.standing.Line("offers", "parley"); l.QuietUntil == "" {
			t.Errorf("after its end: %+v", l)
		}
	}
}

// TestObjectionToWhatIsPaused ends it.
func TestObjectionToWhatIsPaused(t *testing.T) {
	s := tell(t)
	s.yesEvent(noon)
	s.do(consent.RequestData{Type: "restriction"}, consent.Context{})
	if l := s.standing.Line("alerts", "parley"); l.State != statement.Paused {
		t.Fatalf("restricted: %s", l.State)
	}
	s.do(consent.RequestData{Type: "objection"}, consent.Context{})
	if l := s.standing.Line("alerts", "parley"); l.State != statement.Withdrawn {
		t.Errorf("objected: %s", l.State)
	}
}

// TestLimit says no to what uses sensitive data, in the scope, and keeps the question
// away.
func TestLimit(t *testing.T) {
	for _, test := range []struct {
		scope statement.Scope
		stops bool
	}{
		{statement.Scope{}, true},
		{statement.Scope{Purposes: []string{"offers"}}, true},
		{statement.Scope{Data: []string{"health"}}, true},
		{statement.Scope{Purposes: []string{"alerts"}}, false},
		{statement.Scope{Data: []string{"balances"}}, false}, // not sensitive
	} {
		s := tell(t)
		s.do(consent.OptIn{Choices: []consent.Choice{
			{Purpose: "offers", Recipient: "parley", Answer: "yes"}, {Purpose: "alerts", Recipient: "parley", Answer: "yes"},
		}}, consent.Context{})
		s.do(consent.RequestData{Type: "limit-sensitive-use", Scope: test.scope}, consent.Context{})
		offers, alerts := s.standing.Line("offers", "parley"), s.standing.Line("alerts", "parley")
		if offers.InForce(s.now) == test.stops || (offers.QuietUntil == "2027-11-23") != test.stops || !alerts.InForce(s.now) {
			t.Errorf("%+v: offers %+v, alerts %+v", test.scope, offers, alerts)
		}
	}
}

// TestRoomForRequests: nobody is refused a stop because they asked for much before, and
// a standing has bounds all the same.
func TestRoomForRequests(t *testing.T) {
	s := tell(t)
	ask := func(kind statement.RequestType) error {
		m := machine{now: s.now, standing: s.standing, catalogues: testCatalogues(), current: "c1", ids: int(s.standing.Seq) * 100}
		_, err := consent.Decide(s.standing, consent.RequestData{Type: string(kind)}, consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}}, m.world())
		return err
	}
	for range consent.MaxRequests {
		s.do(consent.RequestData{Type: "access"}, consent.Context{})
	}
	if err := ask("erasure"); !errors.Is(err, consent.ErrCap) {
		t.Errorf("one more request: %v", err)
	}
	s.yesEvent(s.now)
	for _, kind := range statement.StoppingTypes() {
		first := s.do(consent.RequestData{Type: string(kind)}, consent.Context{}).Requests[0]
		second := s.do(consent.RequestData{Type: string(kind), Scope: statement.Scope{Purposes: []string{"alerts"}}}, consent.Context{})
		if r := second.Requests[0]; second.Type != statement.EventRequestReceived || !reflect.DeepEqual(r.Request, first.Request) || len(r.Scope.Purposes) != 1 {
			t.Errorf("a second %s is %+v, and not the first: %+v", kind, r, first)
		}
	}
	if n := len(s.standing.Requests); n != consent.MaxRequests+4 || s.inForce() {
		t.Errorf("%d requests, and the consent is in force: %t", n, s.inForce())
	}
}

// TestAnswersGiveWay: an answer against which an appeal is possible keeps no request out.
func TestAnswersGiveWay(t *testing.T) {
	s := tell(t)
	office := testCatalogues()
	office["c1"].DataRequests.Default = "us-va"
	do := func(role statement.Role, cmd consent.Command) *consent.Event {
		t.Helper()
		m := machine{now: s.now, standing: s.standing, catalogues: office, current: "c1", ids: int(s.standing.Seq) * 100}
		event, err := consent.Decide(s.standing, cmd, consent.Context{Actor: statement.Actor{Role: role}}, m.world())
		if err != nil {
			t.Fatal(err)
		}
		s.standing = event.Standing
		return event
	}
	var ids []string
	for range consent.MaxRequests {
		ids = append(ids, do(statement.RoleSubject, consent.RequestData{Type: "access"}).Requests[0].ID)
	}
	for _, id := range ids[:2] {
		do(statement.RoleAgent, consent.AdvanceRequest{ID: id, Act: datarequest.Deny, Reason: "excessive", Case: "c-1"})
	}
	do(statement.RoleSubject, consent.RequestData{Type: "appeal", About: ids[1]}) // in its place
	do(statement.RoleSubject, consent.RequestData{Type: "access"})                // in the place of the other
	if n := len(s.standing.Requests); n != consent.MaxRequests || slices.ContainsFunc(s.standing.Requests, func(r statement.Request) bool { return !r.Open() }) {
		t.Errorf("%d requests: %+v", n, s.standing.Requests)
	}
}
