// Package banktest opens First Example Bank on an embedded ledger, for tests of what the
// functions are made of.
package banktest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"path/filepath"
	"testing"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// Customers of the bank.
const (
	Alex  = "customer-0001"
	Lucia = "customer-0002"
)

// Opened is when every bank opens.
var Opened = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// Bank is the bank. Its clock stands still until a test moves it.
type Bank struct {
	*registrar.Registrar
	Store      *bolt.Store
	Pseudonyms *pseudonym.Maker
	Roots      receipt.Roots
	Audit      *audit.Log
	Compiled   *source.Compiled // the sample catalogue
	Time       time.Time
}

// Open opens a bank with the sample catalogue in use.
func Open(t testing.TB) *Bank {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"))
	must(err)
	t.Cleanup(func() { must(store.Close()) })
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	must(store.PutDocument(ctx, ledger.Document{Digest: compiled.Digest, MediaType: catalogue.MediaType, Body: compiled.Canonical}))
	for digest, text := range compiled.Notices {
		must(store.PutDocument(ctx, ledger.Document{Digest: digest, MediaType: catalogue.NoticeMediaType, Body: text}))
	}
	b := &Bank{Store: store, Compiled: compiled, Time: Opened}
	clock := func() time.Time { return b.Time }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	root, err := receipt.NewRoot(key, compiled.Catalogue.Issuer, Opened)
	must(err)
	authority := &receipt.Authority{Key: key, Issuer: compiled.Catalogue.Issuer, Now: clock}
	known, err := registrar.NewCatalogues(ctx, store, compiled.Digest)
	must(err)
	signer := receipt.NewSigner(authority.Certify, root)
	issuer, err := receipt.NewIssuer(signer, rand.Reader)
	must(err)
	verifier, err := receipt.NewVerifier(root)
	must(err)
	b.Pseudonyms, err = pseudonym.NewMaker(bytes.Repeat([]byte{1}, pseudonym.KeySize), compiled.Catalogue.Identity.Namespace)
	must(err)
	b.Roots = receipt.Roots{root}
	b.Registrar = &registrar.Registrar{Store: store, Catalogue: known, Issuer: issuer, Signer: signer, Verifier: verifier, Now: clock, Rand: rand.Reader}
	b.Audit = &audit.Log{Store: store, Signer: signer, Verifier: verifier, Issuer: compiled.Catalogue.Issuer, Now: clock, Rand: rand.Reader}
	return b
}
