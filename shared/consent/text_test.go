package consent_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TestReasonIsNeverWrong: an opt-out counts with every reason, and the receipt keeps the
// allowed part of the reason.
func TestReasonIsNeverWrong(t *testing.T) {
	for reason, want := range map[string]string{
		"Enough.":                    "Enough.",
		"One.\r\nTwo.\rThree.":       "One.\nTwo.\nThree.",
		"\x1b]2;gone\x07\u202e \xff": "]2;gone ",
		"\x00":                       "",
		strings.Repeat("é\x00", 501): strings.Repeat("é", 500),
		strings.Repeat("\r\n", 501):  strings.Repeat("\n", 500),
		strings.Repeat("x", 1<<20):   strings.Repeat("x", 500),
	} {
		s := tell(t)
		s.yesEvent(noon)
		event := s.do(consent.OptOut{All: true, Reason: consent.Reason(reason)}, consent.Context{})
		if s.inForce() {
			t.Errorf("%.20q: the consent stands", reason)
		}
		got := ""
		for _, note := range event.Notes {
			got += note.Text
		}
		if got != want || (want == "") != (len(event.Notes) == 0) {
			t.Errorf("%.20q is kept as %.20q in %d notes", reason, got, len(event.Notes))
		}
	}
}

// TestTextsAreRefused: of all other texts what none may hold is refused, and line breaks
// are LF.
func TestTextsAreRefused(t *testing.T) {
	for text, want := range map[string]error{
		"One.\r\nTwo.":              nil,
		"\u200f(א)":                 nil,
		strings.Repeat("\r\n", 400): nil,
		"\x1b[2J":                   consent.ErrInvalid,
		"\u202e":                    consent.ErrInvalid,
		"\xff":                      consent.ErrInvalid,
		strings.Repeat("x", 501):    consent.ErrCap,
	} {
		text = "Because: " + text
		kept := strings.ReplaceAll(text, "\r\n", "\n")
		for _, role := range []statement.Role{statement.RoleSubject, statement.RoleAgent} {
			m := machine{now: noon, catalogues: testCatalogues(), current: "c1"}
			c := consent.Context{Actor: statement.Actor{Role: role}}
			asked, err := consent.Decide(statement.Standing{}, consent.RequestData{Type: "access", Details: text}, c, m.world())
			if !errors.Is(err, want) || want == nil && asked.Requests[0].Details != kept {
				t.Errorf("details: %.20q: %v, want %v", text, err, want)
			}
		}
		s := tell(t)
		request := s.do(consent.RequestData{Type: "access"}, consent.Context{}).Requests[0]
		m := machine{now: s.now, standing: s.standing, catalogues: testCatalogues(), current: "c1"}
		step := consent.AdvanceRequest{ID: request.ID, Act: datarequest.Start, Case: "c-1", Note: text}
		moved, err := consent.Decide(s.standing, step, consent.Context{Actor: statement.Actor{Role: statement.RoleAgent}}, m.world())
		if !errors.Is(err, want) || want == nil && moved.Notes[0].Text != kept {
			t.Errorf("note: %.20q: %v, want %v", text, err, want)
		}
		annulled, err := s.annul(statement.RoleAgent, s.yesEvent(noon), text)
		if !errors.Is(err, want) || want == nil && annulled.Corrects.Why != strings.TrimSpace(kept) {
			t.Errorf("annulment: %.20q: %v, want %v", text, err, want)
		}
	}
}
