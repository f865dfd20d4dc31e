package consent_test

import (
	"flag"
	"os"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// TestMain has the model run often enough to meet rare coincidences.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "2000"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// told runs commands one after another, an hour apart, on one person.
type told struct {
	t        *testing.T
	now      time.Time
	standing statement.Standing
}

func tell(t *testing.T) *told { return &told{t: t, now: noon} }

func (s *told) do(cmd consent.Command, c consent.Context) *consent.Event {
	s.t.Helper()
	s.now = s.now.Add(time.Hour)
	m := machine{now: s.now, standing: s.standing, catalogues: testCatalogues(), current: "c1", ids: int(s.standing.Seq) * 100}
	c.Actor.Role, c.Evidence.Level = statement.RoleSubject, statement.EvidenceAuthenticated
	event, err := consent.Decide(s.standing, cmd, c, m.world())
	if err != nil {
		s.t.Fatal(err)
	}
	if event != nil {
		s.standing = event.Standing
	}
	return event
}

// yesEvent is an opt-in event that happened, and was queued, at the given time.
func (s *told) yesEvent(at time.Time) *consent.Event {
	s.t.Helper()
	return s.do(consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}},
		consent.Context{OccurredAt: at, QueuedAt: at})
}

func (s *told) inForce() bool {
	l := s.standing.Line("alerts", "parley")
	return l != nil && l.InForce(s.now)
}

// TestLateYes: a yes counts only if it happened after every no was recorded, and
// a tie goes to no. A no counts from when it was recorded.
func TestLateYes(t *testing.T) {
	for _, c := range []struct {
		name string
		no   func(*told) // recorded at noon + 2 h
	}{
		{"opt-out of the purpose", func(s *told) { s.do(consent.OptOut{Purposes: []string{"alerts"}}, consent.Context{OccurredAt: noon}) }},
		{"opt-out of everything", func(s *told) { s.do(consent.OptOut{All: true}, consent.Context{OccurredAt: noon}) }},
		{"erasure", func(s *told) { s.do(consent.Erase{}, consent.Context{}) }},
		{"refusal", func(s *told) {
			s.do(consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "no"}}}, consent.Context{OccurredAt: noon})
		}},
	} {
		for _, late := range []struct {
			by     time.Duration
			counts bool
		}{{-time.Hour, false}, {-time.Second, false}, {0, false}, {time.Second, true}} {
			s := tell(t)
			s.yesEvent(noon.Add(time.Minute))
			c.no(s)
			recorded := s.now
			s.yesEvent(recorded.Add(late.by))
			if s.inForce() != late.counts {
				t.Errorf("%s, a yes %s after it was recorded: in force %t", c.name, late.by, s.inForce())
			}
		}
	}
}

// TestNarrowingIsANo: an older yes does not undo a later narrowing.
func TestNarrowingIsANo(t *testing.T) {
	s := tell(t)
	s.yesEvent(noon.Add(time.Minute))
	keep := []string{"balances"}
	s.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: s.standing.Lines[0].ConsentID, Data: &keep}}}, consent.Context{})
	s.yesEvent(s.now) // with all data, at the very moment
	if got := s.standing.Line("alerts", "parley").Data; len(got) != 1 {
		t.Errorf("widened to %v", got)
	}
	s.yesEvent(s.now.Add(time.Second))
	if got := s.standing.Line("alerts", "parley").Data; len(got) != 2 {
		t.Errorf("a later yes gave %v", got)
	}
}

// TestInForce at its bounds: from the first moment, to the last before the end.
func TestInForce(t *testing.T) {
	line := statement.Line{Kind: statement.KindConsent, State: statement.Given, Terms: &statement.Terms{From: noon, Until: noon.Add(time.Hour)}}
	for at, want := range map[time.Duration]bool{
		-time.Second: false, 0: true, time.Hour - time.Second: true, time.Hour: false, 2 * time.Hour: false,
	} {
		if got := line.InForce(noon.Add(at)); got != want {
			t.Errorf("at %s: %t", at, got)
		}
	}
	for state := range consent.States {
		line.State = state
		if line.InForce(noon) != (state == statement.Given) {
			t.Errorf("%s is in force", state)
		}
	}
	if (&statement.Line{Kind: statement.KindNo, State: statement.Given}).InForce(noon) {
		t.Error("a no is in force")
	}
}

// TestEndOfDay: a date that a person chooses as an end is a day in the catalogue's time zone, with
// its last moment, and never later than the limit.
func TestEndOfDay(t *testing.T) {
	limit := noon.AddDate(0, 3, 0) // 23 February 2027
	for _, c := range []struct{ zone, until, want string }{
		{"UTC", "2026-12-31", "2027-01-01T00:00:00Z"},
		{"Europe/Madrid", "2026-12-31", "2026-12-31T23:00:00Z"},
		{"America/Los_Angeles", "2026-12-31", "2027-01-01T08:00:00Z"},
		{"Pacific/Kiritimati", "2026-11-23", ""}, // it is over there
		{"Pacific/Kiritimati", "2026-11-24", "2026-11-24T10:00:00Z"},
		{"Pacific/Kiritimati", limit.AddDate(0, 0, 1).Format(time.DateOnly), limit.Format(time.RFC3339)},
		{"UTC", limit.Format(time.DateOnly), limit.Format(time.RFC3339)},
	} {
		m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
		m.cat().DataRequests.Timezone = c.zone
		yes := consent.Choice{Purpose: "alerts", Recipient: "parley", Answer: "yes"}
		authenticated := consent.Context{Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Copied: copied}}
		given, err := consent.Decide(statement.Standing{}, consent.Import{Choices: []consent.Choice{yes}}, authenticated, m.world())
		if err != nil {
			t.Fatal(err)
		}
		narrowed, err := consent.Decide(given.Standing, consent.OptOut{Narrow: []consent.Narrowing{{
			ConsentID: given.Standing.Line("alerts", "parley").ConsentID, Until: c.until,
		}}}, authenticated, m.world())
		if err != nil {
			t.Fatal(err)
		}
		yes.Until = c.until
		chosen, err := consent.Decide(statement.Standing{}, consent.Import{Choices: []consent.Choice{yes}}, authenticated, m.world())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range []*consent.Event{narrowed, chosen} {
			got := ""
			if e != nil && e.Standing.Line("alerts", "parley").InForce(noon) {
				got = e.Standing.Line("alerts", "parley").Until.Format(time.RFC3339)
			}
			if got != c.want {
				t.Errorf("%s in %s: until %q, want %q", c.until, c.zone, got, c.want)
			}
		}
	}
}

// TestStates: the table knows every state, and says given of nothing else.
func TestStates(t *testing.T) {
	if len(consent.States) != 8 {
		t.Errorf("%d states", len(consent.States))
	}
	for state, m := range consent.States {
		active := m.FDX == "ACTIVE" || m.UKOB == "AUTH" || m.ReBIT == "ACTIVE" || m.DPV == "dpv:ConsentGiven"
		if active != (state == statement.Given) {
			t.Errorf("%s maps to an active state: %+v", state, m)
		}
	}
}

// TestFromIsTheReceipts: a consent is in force from its receipt's iat, whenever
// the event happened; its end counts from the event.
func TestFromIsTheReceipts(t *testing.T) {
	s := tell(t)
	s.yesEvent(noon.Add(-24 * time.Hour))
	l := s.standing.Line("alerts", "parley")
	if !l.From.Equal(s.now) || !l.Until.Equal(noon.Add(-24*time.Hour).AddDate(0, 3, 0)) {
		t.Errorf("from %s until %s", l.From, l.Until)
	}
}
