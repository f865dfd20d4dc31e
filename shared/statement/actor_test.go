package statement_test

import (
	"testing"

	"consent-receipts/shared/statement"
)

// TestMeets: a level meets itself and those before it; one that is not known meets nothing and is
// met by nothing.
func TestMeets(t *testing.T) {
	levels := []statement.EvidenceLevel{
		statement.EvidenceNone, statement.EvidenceClaimed, statement.EvidenceEmail, statement.EvidenceAuthenticated,
	}
	for i, have := range levels {
		for j, need := range levels {
			if have.Meets(need) != (i >= j) {
				t.Errorf("%s meets %s: %t", have, need, have.Meets(need))
			}
		}
		for _, unknown := range []statement.EvidenceLevel{"", "Authenticated", "notarised"} {
			if have.Meets(unknown) || unknown.Meets(have) || unknown.Meets(unknown) {
				t.Errorf("%s and %q meet each other", have, unknown)
			}
		}
	}
}
