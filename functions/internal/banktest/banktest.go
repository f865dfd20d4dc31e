// Package banktest opens First Example Bank on an embedded ledger, for tests of what the
// functions are made of.
package banktest

import (
	"bytes"
	"testing"
	"time"

	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
)

// Customers of the bank.
const (
	Alex  = "customer-0001"
	Lucia = "customer-0002"
)

// Opened is when every bank opens.
var Opened = registrartest.Begin

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
	b := &Bank{Store: registrartest.Ledger(t), Time: Opened}
	of := registrartest.New(t, registrartest.Setup{Store: b.Store, Now: func() time.Time { return b.Time }})
	b.Registrar, b.Compiled, b.Roots = of.Registrar, of.Compiled, receipt.Roots{of.Signing.Root}
	var err error
	b.Pseudonyms, err = pseudonym.NewMaker(bytes.Repeat([]byte{1}, pseudonym.KeySize), b.Compiled.Catalogue.Identity.Namespace)
	errtest.None(t, err)
	b.Audit = &audit.Log{
		Store: b.Store, Signer: b.Signer, Verifier: b.Verifier, Issuer: b.Compiled.Catalogue.Issuer, Now: b.Now, Rand: b.Rand,
	}
	return b
}
