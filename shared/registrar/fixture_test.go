package registrar_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"path/filepath"
	"sync"
	"testing"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// alice and bob are pseudonyms.
const (
	alice = "aliceaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	bob   = "bobbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// clock is set by the test; all parts share it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// desk is a registrar with all that it needs, on the embedded ledger.
type desk struct {
	*registrar.Registrar
	clock *clock
	bolt  *bolt.Store
	auth  *receipt.Authority
	root  *x509.Certificate
}

func newDesk(t testing.TB) *desk { return newDeskOf(t, func(*catalogue.Catalogue) {}) }

// newDeskOf is newDesk with a catalogue that is changed.
func newDeskOf(t testing.TB, change func(*catalogue.Catalogue)) *desk {
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
	return deskWith(t, store, store, change)
}

func deskOn(t testing.TB, plain *bolt.Store, store ledger.Store) *desk {
	return deskWith(t, plain, store, func(*catalogue.Catalogue) {})
}

// deskWith builds a registrar on a store that may be faulty; the documents lie in
// the plain one.
func deskWith(t testing.TB, plain *bolt.Store, store ledger.Store, change func(*catalogue.Catalogue)) *desk {
	t.Helper()
	catalogues := cataloguesOn(t, plain, change)
	d := &desk{clock: &clock{now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)}, bolt: plain}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	root, err := receipt.NewRoot(key, catalogues.Issuer(), d.clock.now)
	must(t, err)
	d.root = root
	d.auth = &receipt.Authority{Key: key, Issuer: catalogues.Issuer(), Now: d.clock.Now}
	signer := receipt.NewSigner(d.auth.Certify, root)
	issuer, err := receipt.NewIssuer(signer, rand.Reader)
	must(t, err)
	verifier, err := receipt.NewVerifier(root)
	must(t, err)
	d.Registrar = &registrar.Registrar{
		Store: store, Catalogue: catalogues, Issuer: issuer, Signer: signer, Verifier: verifier,
		Now: d.clock.Now, Rand: rand.Reader,
	}
	return d
}

// cataloguesOn puts the sample catalogue, changed, and its notices into a store, to be in use.
func cataloguesOn(t testing.TB, plain *bolt.Store, change func(*catalogue.Catalogue)) *registrar.Catalogues {
	t.Helper()
	ctx := context.Background()
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	change(compiled.Catalogue)
	canonical, err := compiled.Catalogue.Canonical()
	must(t, err)
	digest := statement.Digest(canonical)
	must(t, plain.PutDocument(ctx, ledger.Document{Digest: digest, MediaType: catalogue.MediaType, Body: canonical}))
	for digest, text := range compiled.Notices {
		must(t, plain.PutDocument(ctx, ledger.Document{Digest: digest, MediaType: catalogue.NoticeMediaType, Body: text}))
	}
	catalogues, err := registrar.NewCatalogues(ctx, plain, digest)
	must(t, err)
	return catalogues
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asPerson is the context of the person themselves, signed in.
var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

// optIn takes an offer and answers it.
func (d *desk) optIn(t testing.TB, subject string, choices ...consent.Choice) (*registrar.Result, error) {
	t.Helper()
	ctx := context.Background()
	token, _, _, err := d.Offer(ctx, subject, nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(subject, token)
	must(t, err)
	return d.Do(ctx, subject, offer.ID, consent.OptIn{Offer: offer, Choices: choices}, asPerson)
}

var (
	yesAlerts = consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
	yesOffers = consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "yes"}
	noOffers  = consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
)
