package statement_test

import (
	"testing"

	"consent-receipts/shared/statement"
)

func TestDigest(t *testing.T) {
	const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if got := statement.Digest(nil); got != empty {
		t.Errorf("Digest(nil) = %s, want %s", got, empty)
	}
}
