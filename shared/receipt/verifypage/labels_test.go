package verifypage_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnWords: the page shows a receipt's own words from the receipt alone, even from a
// single element.
func TestOwnWords(t *testing.T) {
	visits := []visit{{Name: "the root", Files: []string{good("01-opt-in")}, Roots: []string{filepath.Join(labelled, "root.pem")}}}
	wants := [][]string{{
		"23 November 2026 at 15:00 (Madrid)", "One yes, one no: Parley Messenger",
		"Yes: Answer me in Parley Messenger", "No: Offers from Parley", "What the person was told", "For systems",
	}}
	for name, want := range map[string][]string{
		"one-withdrawal": {
			"Consent was withdrawn", "Answer me in Parley Messenger", "And then", "First Example Bank keeps this evidence until 23 November 2032 at least",
			"Parley Messenger deletes the data that it holds and may no longer use, by 23 December 2026",
		},
		"one-narrowing": {"Parley Messenger may go on using: “Checking-account balances”", "Card transactions"},
		"one-request":   {"Checking-account balances", "15:00 (Madrid)"},
		"one-line":      {"Offers from Parley", "Parley Messenger"},
		"08-opt-in-es":  {"Responderme en Parley Messenger", "A yes"},
		"07-erasure":    {"The earlier entries were erased"},
	} {
		visits, wants = append(visits, visit{Name: name, Files: []string{good(name)}}), append(wants, want)
	}
	for i := range visits {
		visits[i].All, visits[i].Axe = true, true
	}
	for i, s := range browse(t, 400, "en", visits) {
		if s.Verdict != "genuine" {
			t.Errorf("%s: %s", s.Name, s.Verdict)
		}
		for _, want := range wants[i] {
			if !strings.Contains(joined(s.Text), joined(want)) {
				t.Errorf("%s: no %q in %s", s.Name, want, s.Text)
			}
		}
	}
}

// good is a vector of a receipt with words of its own.
func good(name string) string { return filepath.Join(labelled, "good", name+".sd-jwt") }
