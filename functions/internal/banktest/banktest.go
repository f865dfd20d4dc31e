// Package banktest opens First Example Bank on an embedded ledger, for the tests of the
// functions' packages.
package banktest

import (
	"bytes"
	"io/fs"
	"testing"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
)

// These are customers of the bank.
const (
	Alex  = "customer-0001"
	Lucia = "customer-0002"
)

// Opened is the moment at which every bank opens.
var Opened = registrartest.Begin

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

// Storage has all the storage that a bank needs.
type Storage interface {
	ledger.Store
	ledger.Documents
	ledger.Docket
	ledger.Tickets
}

// Open opens a bank on an embedded ledger, with the sample catalogue in use.
func Open(t testing.TB) *Bank {
	t.Helper()
	return On(t, registrartest.Ledger(t), sample.FS)
}

// On opens a bank on a store, with the catalogue of that name in a folder in use.
func On(t testing.TB, store Storage, catalogues fs.FS) *Bank {
	t.Helper()
	compiled, problems := source.Compile(catalogues, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	b := &Bank{Store: store, Compiled: compiled, Time: Opened}
	of := registrartest.New(t, registrartest.Setup{Store: store, Catalogue: compiled, Now: func() time.Time { return b.Time }})
	b.Registrar, b.Roots = of.Registrar, receipt.Roots{of.Signing.Root}
	var err error
	b.Pseudonyms, err = pseudonym.NewMaker(bytes.Repeat([]byte{1}, pseudonym.KeySize), compiled.Catalogue.Identity.Namespace)
	errtest.None(t, err)
	b.Audit = &audit.Log{
		Store: store, Signer: b.Signer, Verifier: b.Verifier, Issuer: compiled.Catalogue.Issuer, Now: b.Now, Rand: b.Rand,
	}
	return b
}
