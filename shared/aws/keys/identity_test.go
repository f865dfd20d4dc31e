package keys_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
	"consent-receipts/shared/pseudonym"
)

// TestSealer: a seal of KMS opens for its ledger alone.
func TestSealer(t *testing.T) {
	ctx, client := t.Context(), kms.NewFromConfig(mototest.Config(mototest.Start(t)))
	sealer := keys.NewSealer(client, newKey(t, client, types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt))
	of, customer := ledgertest.Subject(), strings.Repeat("é", pseudonym.MaxID/2)
	sealed, err := sealer.Seal(ctx, of, customer)
	must(t, err)
	if len(sealed) > ledger.MaxSealed || strings.Contains(sealed, "é") {
		t.Errorf("a seal of %d bytes", len(sealed))
	}
	if got, err := sealer.Open(ctx, of, sealed); err != nil || got != customer {
		t.Errorf("%q, %v", got, err)
	}
	other := ledgertest.Subject()
	for name, open := range map[string]func() (string, error){
		"another person's": func() (string, error) { return sealer.Open(ctx, other, sealed) },
		"changed":          func() (string, error) { return sealer.Open(ctx, of, sealed+"x") },
		"no such key":      func() (string, error) { return keys.NewSealer(client, "none").Open(ctx, of, sealed) },
	} {
		if got, err := open(); !errors.Is(err, identity.ErrSealed) || got != "" || strings.Contains(err.Error(), customer) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := keys.NewSealer(client, "none").Seal(ctx, of, customer); err == nil || strings.Contains(err.Error(), customer) {
		t.Errorf("with no such key: %v", err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := sealer.Open(ended, of, sealed); !errors.Is(err, ledger.ErrUnavailable) || errors.Is(err, identity.ErrSealed) {
		t.Errorf("without an answer: %v", err)
	}
}
