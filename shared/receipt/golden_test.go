package receipt_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
)

// TestGolden issues the story with fixed randomness and compares every claim
// with a golden file: a change of the format shows here first.
func TestGolden(t *testing.T) {
	rootKey := newKey(t, elliptic.P256())
	root, err := receipt.NewRoot(rootKey, issuerURL, issuedAt)
	must(t, err)
	d := newDesk(t, rootKey, root)
	random := rand.NewChaCha8([32]byte{1})
	d.Rand = random
	d.Issuer = receipt.NewIssuer(d.Signer, random)
	no := consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
	verifier := mustVerifier(t, root)
	prev := ""
	compare(t, verifier, "opt-in", d.optIn(t, "en", yesAlerts, no), &prev)
	compare(t, verifier, "opt-out", d.do(t, "k1", consent.OptOut{All: true, Reason: "changed my mind"}), &prev)
	compare(t, verifier, "request", d.do(t, "k2", consent.RequestData{Type: "access"}), &prev)
	compare(t, verifier, "erasure", d.do(t, "k3", consent.Erase{}), &prev)
}

// compare compares a receipt's claims with its golden file. What depends on the
// signing key is not in it: prev must be the digest of the receipt before.
func compare(t *testing.T, verifier *receipt.Verifier, name, raw string, prev *string) {
	t.Helper()
	rec, err := verifier.Verify(raw)
	must(t, err)
	if rec.Prev != *prev {
		t.Errorf("%s: prev is %q, want %q", name, rec.Prev, *prev)
	}
	*prev = rec.Digest
	rec.Claims.Prev = ""
	got, err := json.MarshalIndent(rec.Claims, "", "  ")
	must(t, err)
	got = append(got, '\n')
	file := filepath.Join("testdata", name+".golden.json")
	if *update {
		must(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from %s; if that is meant: go test ./shared/receipt -update\n%s", name, file, got)
	}
}
