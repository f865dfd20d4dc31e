package cards_test

import (
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
)

// TestWhoLooked: the person reads who of the staff looked, in plain words.
func TestWhoLooked(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	portaltest.Wants(t, b.Get("/looked"), 200, "Nobody has looked.")
	s.API.Looked = []map[string]any{
		{"seq": 2, "at": portaltest.Now, "staff": "9q2-7wAAAAAA", "role": "operator", "did": "receipt.read", "case": "C-1", "about": "3"},
		{"seq": 1, "at": portaltest.Now, "staff": "9q2-7wAAAAAA", "role": "auditor", "did": "something.new"},
	}
	w := b.Get("/looked")
	portaltest.Wants(t, w, 200, "Read one of your receipts", `<a href="/receipts/3">Receipt 3</a>`, "23 November 2026 at 15:00 (Madrid)", "For the case C-1", "Without a case", "Staff",
		"An auditor", "something.new", "<code>9q2-7w</code>", `href="/looked?from=2"`)
	if strings.Contains(w.Body.String(), "Newest entries") {
		t.Error("there is something after the newest")
	}
	portaltest.Wants(t, b.Get("/looked?from=2"), 200, `href="/looked"`)
	portaltest.Wants(t, b.Get("/"), 200, `href="/looked"`)
}
