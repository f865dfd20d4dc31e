// Package registrartest sets up a real registrar for tests: a ledger, a catalogue, and a root
// with a signer under it.
package registrartest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"io"
	"path/filepath"
	"testing"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

var must = errtest.None

// Store has all the storage that a registrar needs.
type Store interface {
	ledger.Store
	ledger.Documents
}

// Setup has the parts of a registrar. Each has a default.
type Setup struct {
	Store     Store            // nil: an embedded ledger of the test's own
	Through   ledger.Store     // used by the registrar, such as a store that fails; nil: Store
	Catalogue *source.Compiled // nil: the sample
	Signing   *Signing         // nil: under a root of its own
	Now       func() time.Time // nil: the beginning of the examples
	Rand      io.Reader        // nil: the system's
}

// Begin is the time at which the examples begin.
var Begin = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// Desk is a registrar with its parts.
type Desk struct {
	*registrar.Registrar
	Signing  *Signing
	Compiled *source.Compiled
	Plain    Store // without Setup.Through
}

// New sets up a registrar. It puts the catalogue and its notices into the store.
func New(t testing.TB, s Setup) *Desk {
	t.Helper()
	if s.Store == nil {
		s.Store = Ledger(t)
	}
	if s.Through == nil {
		s.Through = s.Store
	}
	if s.Catalogue == nil {
		s.Catalogue = Sample(t)
	}
	if s.Now == nil {
		s.Now = func() time.Time { return Begin }
	}
	if s.Rand == nil {
		s.Rand = rand.Reader
	}
	if s.Signing == nil {
		s.Signing = NewSigning(t, s.Catalogue.Catalogue.Issuer, s.Now, s.Rand)
	}
	catalogues := Catalogues(t, s.Store, s.Catalogue)
	box, err := identity.NewBox(make([]byte, identity.KeySize))
	must(t, err)
	return &Desk{Signing: s.Signing, Compiled: s.Catalogue, Plain: s.Store, Registrar: &registrar.Registrar{
		Store: s.Through, Catalogue: catalogues, Issuer: s.Signing.Issuer, Signer: s.Signing.Signer, Verifier: s.Signing.Verifier,
		Now: s.Now, Rand: s.Rand, Seal: box.Seal,
	}}
}

// Catalogues puts a catalogue and its notices into a store, and returns them as current.
func Catalogues(t testing.TB, store Store, in *source.Compiled) *registrar.Catalogues {
	t.Helper()
	ctx := context.Background()
	for _, d := range in.Documents() {
		must(t, store.PutDocument(ctx, ledger.Document(d)))
	}
	catalogues, err := registrar.NewCatalogues(ctx, store, in.Digest)
	must(t, err)
	return catalogues
}

// Ledger opens an embedded ledger until the test ends.
func Ledger(t testing.TB) *bolt.Store {
	t.Helper()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"))
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return store
}

// Sample compiles the sample catalogue.
func Sample(t testing.TB) *source.Compiled {
	t.Helper()
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return compiled
}

// Signing is a root with a signer and a verifier under it.
type Signing struct {
	Authority *receipt.Authority
	Root      *x509.Certificate
	Signer    *receipt.Signer
	Issuer    *receipt.Issuer
	Verifier  *receipt.Verifier
}

// NewSigning makes a root for an issuer. Receipts take their randomness from random.
func NewSigning(t testing.TB, issuer string, now func() time.Time, random io.Reader) *Signing {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	root, err := receipt.NewRoot(key, issuer, now())
	must(t, err)
	return Under(t, root, &receipt.Authority{Key: key, Issuer: issuer, Now: now}, random)
}

// Under makes a signer and a verifier under an existing root.
func Under(t testing.TB, root *x509.Certificate, authority *receipt.Authority, random io.Reader) *Signing {
	t.Helper()
	signer := receipt.NewSigner(authority.Certify, root)
	return &Signing{
		Authority: authority, Root: root, Signer: signer, Issuer: receipt.NewIssuer(signer, random), Verifier: receipt.NewVerifier(root),
	}
}
