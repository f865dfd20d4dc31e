package identity_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
	"consent-receipts/shared/pseudonym"
)

func box(t *testing.T, key byte) *identity.Box {
	t.Helper()
	b, err := identity.NewBox(bytes.Repeat([]byte{key}, identity.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBox: a seal opens for its ledger and with its key; no two are the same; the longest fits
// into an entry.
func TestBox(t *testing.T) {
	b, of := box(t, 1), ledgertest.Subject()
	for _, customer := range []string{"customer-0001", strings.Repeat("é", pseudonym.MaxID/2)} {
		sealed, err := b.Seal(t.Context(), of, customer)
		if err != nil || strings.Contains(sealed, customer) || len(sealed) > ledger.MaxSealed {
			t.Fatalf("%q, %v", sealed, err)
		}
		if again, _ := b.Seal(t.Context(), of, customer); again == sealed {
			t.Error("the same seal twice tells that it is the same customer")
		}
		if got, err := b.Open(t.Context(), of, sealed); err != nil || got != customer {
			t.Errorf("%q, %v", got, err)
		}
		flipped := []byte(sealed)
		flipped[len(flipped)/2] ^= 1
		for name, open := range map[string]func() (string, error){
			"another person's": func() (string, error) { return b.Open(t.Context(), ledgertest.Subject(), sealed) },
			"another kind of ledger": func() (string, error) {
				return b.Open(t.Context(), ledger.Audit(of.ID()), sealed)
			},
			"another key": func() (string, error) { return box(t, 2).Open(t.Context(), of, sealed) },
			"changed":     func() (string, error) { return b.Open(t.Context(), of, string(flipped)) },
			"cut off":     func() (string, error) { return b.Open(t.Context(), of, sealed[:5]) },
			"nothing":     func() (string, error) { return b.Open(t.Context(), of, "") },
		} {
			if got, err := open(); !errors.Is(err, identity.ErrSealed) || got != "" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
	if _, err := identity.NewBox([]byte("short")); err == nil {
		t.Error("a short key makes a box")
	}
}
