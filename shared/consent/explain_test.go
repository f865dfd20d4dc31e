package consent_test

import (
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
)

// TestWhatBecomesOfData: when a consent expires, the same happens to its data as after a
// withdrawal, by a date that counts from the agreed end.
func TestWhatBecomesOfData(t *testing.T) {
	for _, what := range []string{"delete", "anonymise", "keep-as-law-requires"} {
		m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
		alerts := m.catalogues["c1"].Purposes["alerts"]
		alerts.AfterWithdrawal = statement.AfterWithdrawal{What: what, Within: period.Period{Days: 10}}
		alerts.Retention.AfterEnd = period.Period{Days: 30}
		m.catalogues["c1"].Purposes["alerts"] = alerts
		decide := func(cmd consent.Command) *consent.Event {
			t.Helper()
			c := consent.Context{Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated}, OccurredAt: noon, QueuedAt: noon}
			event, err := consent.Decide(m.standing, cmd, c, m.world())
			if err != nil {
				t.Fatal(err)
			}
			return event
		}
		m.standing = decide(consent.OptIn{Choices: []consent.Choice{{Purpose: "alerts", Recipient: "parley", Answer: "yes"}}}).Standing
		until := m.standing.Line("alerts", "parley").Until
		withdrawn := decide(consent.OptOut{All: true}).Changes[0]
		m.now = until.AddDate(0, 0, 7)
		expired := decide(consent.Expire{}).Changes[0]
		for _, c := range []struct {
			statement.Change
			to statement.State
			by string
		}{
			{withdrawn, statement.Withdrawn, "2026-12-03"},
			{expired, statement.Expired, until.AddDate(0, 0, 30).Format("2006-01-02")},
		} {
			if got := *c.Effect.Deletion; c.To != c.to || got != (statement.Deletion{What: what, By: c.by}) {
				t.Errorf("%s is %s, and to its data happens %+v, want %s by %s", c.ConsentID, c.To, got, what, c.by)
			}
		}
	}
}

// TestDeletionOfANo: a no keeps what happens to the data of the consent that has ended, and by
// when, whatever is said after it, until a yes.
func TestDeletionOfANo(t *testing.T) {
	yes := consent.OptIn{Choices: []consent.Choice{{Purpose: "offers", Recipient: "parley", Answer: "yes"}}}
	no := consent.OptOut{Purposes: []string{"offers"}}
	s := tell(t)
	deletion := func() *statement.Deletion { return s.standing.Line("offers", "parley").Deletion }
	if s.do(no, consent.Context{}); deletion() != nil {
		t.Errorf("nothing was given, and yet %+v", deletion())
	}
	s.do(yes, consent.Context{})
	if deletion() != nil {
		t.Errorf("of a yes: %+v", deletion())
	}
	ended := s.do(no, consent.Context{})
	want := ended.Changes[0].Effect.Deletion
	s.now = s.now.AddDate(0, 0, 3)
	for _, again := range []consent.Command{no, consent.Signal{}, consent.OptOut{All: true}} {
		if got := deletion(); got == nil || *got != *want {
			t.Errorf("before %T: %+v, want %+v", again, got, want)
		}
		s.do(again, withGPC)
	}
	if got := deletion(); got == nil || *got != *want {
		t.Errorf("at last: %+v, want %+v", got, want)
	}

	s.do(yes, consent.Context{})
	until := s.standing.Line("offers", "parley").Until
	s.now = until.AddDate(0, 0, 1)
	s.do(no, consent.Context{}) // it had ended by itself
	if got := deletion(); got == nil || got.By != until.Format(time.DateOnly) {
		t.Errorf("after its planned end at %s: %+v", until, got)
	}
}
