package receipt_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
)

// TestHeaderIsOfOneType: a header that passed as that of a receipt is no header of an offer,
// though the verifier knows it and its leaf.
func TestHeaderIsOfOneType(t *testing.T) {
	verifier := mustVerifier(t, readRoot(t, "root.pem"))
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	jws, _, _ := strings.Cut(string(raw), "~")
	for range 2 {
		_, err = verifier.VerifyToken("consent-offer+jwt", issuerURL, jws, receipt.MaxBytes)
		if refusal, ok := receipt.AsRefusal(err); !ok || refusal.Code != receipt.CodeTyp {
			t.Errorf("%v, want %s", err, receipt.CodeTyp)
		}
		if _, err := verifier.Verify(string(raw)); err != nil {
			t.Error(err)
		}
	}
}
