package drp_test

import (
	"slices"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
)

// TestDenials: somebody here can give each reason that has a word of its own there.
func TestDenials(t *testing.T) {
	given := []string{"no-such-person", "outside-jurisdiction"} // whoever finds the person
	for _, rule := range datarequest.Builtin() {
		for _, kind := range statement.RequestTypes() {
			if clause, err := datarequest.Rules(nil).Clause(rule, kind); err == nil {
				given = append(given, clause.Deny...)
			}
		}
	}
	for ours := range drp.Denials {
		if !slices.Contains(given, ours) {
			t.Errorf("nobody denies for %q", ours)
		}
	}
}
