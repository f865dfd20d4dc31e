package page

import (
	"testing"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// TestFileName: a file's name states issuer, date, event and number in ASCII, and nothing
// that the receipt withholds.
func TestFileName(t *testing.T) {
	at := time.Date(2026, 11, 28, 23, 30, 0, 0, time.UTC)
	change := func(states ...statement.State) (out []receipt.Element) {
		var changes []statement.Change
		for _, s := range states {
			changes = append(changes, statement.Change{To: s})
		}
		out, err := receipt.Disclosed(changes...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ended := func(from, to statement.State) []receipt.Element {
		out, err := receipt.Disclosed(statement.Change{From: from, To: to})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for _, c := range []struct {
		controller string
		event      statement.EventType
		changes    []receipt.Element
		want       string
	}{
		{"First Example Bank", statement.EventOptIn, change(statement.Refused, statement.Given, statement.Given), "first-example-bank-2026-11-28-yes-and-no-receipt-2"},
		{"First Example Bank", statement.EventOptIn, change(statement.Given), "first-example-bank-2026-11-28-yes-receipt-2"},
		{"First Example Bank", statement.EventOptIn, []receipt.Element{{Digest: "withheld"}}, "first-example-bank-2026-11-28-opt-in-receipt-2"},
		{"First Example Bank", statement.EventRefusal, change(statement.Refused), "first-example-bank-2026-11-28-no-receipt-2"},
		{"First Example Bank", statement.EventOptOut, ended(statement.Given, statement.Withdrawn), "first-example-bank-2026-11-28-withdrawn-receipt-2"},
		{"First Example Bank", statement.EventOptOut, ended(statement.Paused, statement.Withdrawn), "first-example-bank-2026-11-28-withdrawn-receipt-2"},
		{"First Example Bank", statement.EventOptOut, ended(statement.Withdrawn, statement.Withdrawn), "first-example-bank-2026-11-28-no-receipt-2"},
		{"First Example Bank", statement.EventOptOut, ended(statement.None, statement.None), "first-example-bank-2026-11-28-no-receipt-2"},
		{"First Example Bank", statement.EventOptOut, []receipt.Element{{Digest: "withheld"}}, "first-example-bank-2026-11-28-opt-out-receipt-2"},
		{"First Example Bank", "request-completed", nil, "first-example-bank-2026-11-28-request-completed-receipt-2"},
		{"  Crédit & Épargne, S.A. ", statement.EventAmendment, nil, "credit-epargne-s-a-2026-11-28-less-receipt-2"},
		{"../../etc/\x00\"passwd\r\n", statement.EventRefusal, nil, "etc-passwd-2026-11-28-no-receipt-2"},
		{"東京例示銀行", statement.EventRefusal, nil, "consent-bank-example-2026-11-28-no-receipt-2"},
		{"A bank whose name goes on and on and on and on and on", statement.EventRefusal, nil, "a-bank-whose-name-goes-on-and-on-and-on-2026-11-28-no-receipt-2"},
	} {
		rec := &receipt.Receipt{Claims: receipt.Claims{
			Issuer: "https://consent.bank.example", Controller: &statement.Controller{Name: c.controller}, IssuedAt: at.Unix(), Seq: 2, Event: receipt.Event{Type: c.event}, Changes: c.changes,
		}}
		if got := FileName(rec); got != c.want {
			t.Errorf("%q, %s: %s, want %s", c.controller, c.event, got, c.want)
		}
	}
	cat := &catalogue.Catalogue{Controller: "c", Parties: map[string]catalogue.Party{"c": {Name: "First Example Bank"}}}
	for from, want := range map[uint64]string{1: "first-example-bank-2026-11-28-consent-receipts", 40: "first-example-bank-2026-11-28-consent-receipts-from-40"} {
		if got := BundleName(cat, at, from); got != want {
			t.Errorf("a bundle: %s, want %s", got, want)
		}
	}
}
