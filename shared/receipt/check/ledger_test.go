package check_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
)

// These are the person of the published vectors, and another person.
const (
	person   = "cGVyc29ucGVyc29ucGVyc29ucGVyc29ucGVyc29ucGU"
	somebody = "c29tZWJvZHlzb21lYm9keXNvbWVib2R5c29tZWJvZHk"
)

// TestLedger: an entry of a ledger counts only in its own place, and only with all its
// disclosures.
func TestLedger(t *testing.T) {
	first, second, third := genuine(t, "01-opt-in"), genuine(t, "02-narrow"), genuine(t, "03-opt-out")
	bare := second[:strings.IndexByte(second, '~')+1]
	unreadable := errors.New("it cannot be read")
	for name, c := range map[string]struct {
		subject string
		stored  []check.Stored
		refused int
		want    receipt.Verdict
	}{
		"a ledger":                 {person, []check.Stored{{Seq: 1, Raw: first}, {Seq: 2, Raw: second}, {Seq: 3, Raw: third}}, 0, receipt.Genuine},
		"with one missing":         {person, []check.Stored{{Seq: 1, Raw: first}, {Seq: 3, Raw: third}}, 0, receipt.NotContiguous},
		"with the first missing":   {person, []check.Stored{{Seq: 2, Raw: second}}, 0, receipt.NotContiguous},
		"in another place":         {person, []check.Stored{{Seq: 1, Raw: first}, {Seq: 3, Raw: second}}, 1, receipt.Refused},
		"of another person":        {somebody, []check.Stored{{Seq: 1, Raw: first}}, 1, receipt.Refused},
		"without disclosures":      {person, []check.Stored{{Seq: 1, Raw: first}, {Seq: 2, Raw: bare}}, 1, receipt.Changed},
		"with one that is damaged": {person, []check.Stored{{Seq: 1, Raw: first}, {Seq: 2, Err: unreadable}}, 1, receipt.Refused},
	} {
		entries := func(yield func(check.Stored, error) bool) {
			for _, s := range c.stored {
				if !yield(s, nil) {
					return
				}
			}
		}
		report, err := check.Ledger(t.Context(), c.subject, entries, nil, trusted(t))
		if err != nil || report.Refused != c.refused || report.Verdict != c.want {
			t.Errorf("%s: %+v, %v, want %d refused: %s", name, report, err, c.refused, c.want)
		}
	}
}

// TestLedgerWithoutRoot: nothing is said of a ledger for which nobody vouches.
func TestLedgerWithoutRoot(t *testing.T) {
	none := func(func(check.Stored, error) bool) {}
	if _, err := check.Ledger(t.Context(), person, none, nil, check.Options{}); !errors.Is(err, check.ErrNoLedgerRoot) {
		t.Errorf("got %v", err)
	}
}
