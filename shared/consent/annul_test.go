package consent_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// annul decides as the registrar does, with the content of the receipt in question.
func (s *told) annul(role statement.Role, mistake *consent.Event, reason string) (*consent.Event, error) {
	s.t.Helper()
	s.now = s.now.Add(time.Hour)
	m := machine{now: s.now, standing: s.standing, catalogues: testCatalogues(), current: "c1"}
	event, err := consent.Decide(s.standing, consent.Annul{
		Seq: mistake.Standing.Seq, Digest: "sha256:d", Reason: reason,
		Of: consent.Mistake{Type: mistake.Type, At: mistake.Standing.At, Changes: mistake.Changes},
	}, consent.Context{Actor: statement.Actor{Role: role}, Evidence: statement.Evidence{Level: statement.EvidenceNone}}, m.world())
	if event != nil {
		s.standing = event.Standing
	}
	return event, err
}

// TestAnnul: a consent by a mistaken yes ends as annulled, and only a later yes, not an older
// one, brings it back. A mistaken no is corrected in words alone.
func TestAnnul(t *testing.T) {
	s := tell(t)
	yes := s.yesEvent(noon)
	event, err := s.annul(statement.RoleAgent, yes, " Another customer's form. ")
	if err != nil {
		t.Fatal(err)
	}
	l := s.standing.Line("alerts", "parley")
	if s.inForce() || l.State != statement.Annulled || event.Changes[0].To != statement.Annulled || event.Changes[0].GivenIn != 1 {
		t.Errorf("the line is %+v, the change %+v", l, event.Changes)
	}
	if c := event.Corrects; c.Seq != 1 || c.Why != "Another customer's form." || !c.From.Equal(yes.Standing.At) {
		t.Errorf("corrects %+v", c)
	}
	if s.yesEvent(s.now.Add(-time.Minute)) != nil || s.inForce() {
		t.Error("a yes from before the annulment brought it back")
	}
	if s.yesEvent(s.now.Add(30 * time.Minute)); !s.inForce() {
		t.Error("a later yes does not count")
	}
	no := s.do(consent.OptOut{All: true}, consent.Context{})
	if event, err := s.annul(statement.RoleAgent, no, "Wrong person."); err != nil || len(event.Changes) != 0 || s.inForce() {
		t.Errorf("a mistaken no: %v, %+v", err, event)
	}
}

func TestAnnulRefused(t *testing.T) {
	s := tell(t)
	yes := s.yesEvent(noon)
	erased := *yes
	erased.Type = statement.EventErasure
	asked := s.do(consent.RequestData{Type: "objection"}, consent.Context{})
	for name, c := range map[string]struct {
		role    statement.Role
		mistake *consent.Event
		reason  string
		want    error
	}{
		"by the person":      {statement.RoleSubject, yes, "No.", consent.ErrInvalid},
		"without a reason":   {statement.RoleAgent, yes, " ", consent.ErrInvalid},
		"with a long reason": {statement.RoleAgent, yes, strings.Repeat("é", consent.MaxText+1), consent.ErrCap},
		"an erasure":         {statement.RoleAgent, &erased, "No.", consent.ErrInvalid},
		"a data request":     {statement.RoleAgent, asked, "No.", consent.ErrInvalid},
	} {
		if _, err := s.annul(c.role, c.mistake, c.reason); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
