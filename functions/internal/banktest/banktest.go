// Package banktest opens First Example Bank on an embedded ledger, for tests of what the
// functions are made of.
package banktest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io/fs"
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
	Store      Storage
	Pseudonyms *pseudonym.Maker
	Roots      receipt.Roots
	Audit      *audit.Log
	Compiled   *source.Compiled // the sample catalogue
	Time       time.Time
}

// Storage is all that a bank needs of a store.
type Storage interface {
	ledger.Store
	ledger.Documents
	ledger.Docket
	ledger.Tickets
}

// Store opens an embedded ledger, which is there as long as the test.
func Store(t testing.TB) *bolt.Store {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// Open opens a bank on an embedded ledger, with the sample catalogue in use.
func Open(t testing.TB) *Bank {
	t.Helper()
	return On(t, Store(t), sample.FS)
}

// On opens a bank on a store, with the catalogue of that name in a folder in use.
func On(t testing.TB, store Storage, catalogues fs.FS) *Bank {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	compiled, problems := source.Compile(catalogues, "first-example-bank.yaml")
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
