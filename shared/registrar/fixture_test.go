package registrar_test

import (
	"context"
	"crypto/x509"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
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
	store := registrartest.Ledger(t)
	return deskWith(t, store, store, change)
}

func deskOn(t testing.TB, plain *bolt.Store, store ledger.Store) *desk {
	return deskWith(t, plain, store, func(*catalogue.Catalogue) {})
}

// deskWith builds a registrar on a store that may be faulty; the documents lie in
// the plain one.
func deskWith(t testing.TB, plain *bolt.Store, store ledger.Store, change func(*catalogue.Catalogue)) *desk {
	t.Helper()
	clock := &clock{now: registrartest.Begin}
	d := registrartest.New(t, registrartest.Setup{Store: plain, Through: store, Catalogue: sampleWith(t, change), Now: clock.Now})
	return &desk{Registrar: d.Registrar, clock: clock, bolt: plain, auth: d.Signing.Authority, root: d.Signing.Root}
}

// cataloguesOn puts the sample catalogue, changed, and its notices into a store, to be in use.
func cataloguesOn(t testing.TB, plain *bolt.Store, change func(*catalogue.Catalogue)) *registrar.Catalogues {
	t.Helper()
	return registrartest.Catalogues(t, plain, sampleWith(t, change))
}

// sampleWith is the sample catalogue, changed.
func sampleWith(t testing.TB, change func(*catalogue.Catalogue)) *source.Compiled {
	t.Helper()
	compiled := registrartest.Sample(t)
	change(compiled.Catalogue)
	var err error
	compiled.Canonical, err = compiled.Catalogue.Canonical()
	must(t, err)
	compiled.Digest = statement.Digest(compiled.Canonical)
	return compiled
}

var must = errtest.None

// asPerson is the context of the person themselves, signed in.
var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

// optIn takes an offer and answers it.
func (d *desk) optIn(t testing.TB, subject string, choices ...consent.Choice) (*registrar.Result, error) {
	t.Helper()
	ctx := context.Background()
	token, _, _, err := d.Offer(ctx, ledger.Person(subject), nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(ledger.Person(subject), token)
	must(t, err)
	return d.Do(ctx, ledger.Person(subject), offer.ID, consent.OptIn{Offer: offer, Choices: choices}, asPerson)
}

var (
	yesAlerts = consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
	yesOffers = consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "yes"}
	noOffers  = consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
)
