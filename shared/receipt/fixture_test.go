package receipt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// desk issues receipts for real, at one moment.
type desk struct{ *registrar.Registrar }

func newDesk(t testing.TB, rootKey *ecdsa.PrivateKey, root *x509.Certificate) *desk {
	t.Helper()
	now := func() time.Time { return issuedAt }
	signing := registrartest.Under(t, root, &receipt.Authority{Key: rootKey, Issuer: issuerURL, Now: now}, rand.Reader)
	return &desk{registrartest.New(t, registrartest.Setup{Signing: signing, Now: now}).Registrar}
}

// newRoot makes a root of the issuer.
func newRoot(t testing.TB) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	return newRootOf(t, issuerURL)
}

func newRootOf(t testing.TB, issuer string) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key := newKey(t, elliptic.P256())
	root, err := receipt.NewRoot(key, issuer, issuedAt)
	must(t, err)
	return key, root
}

var must = errtest.None

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web", Authentication: &statement.Authentication{ACR: "urn:example:dev", AMR: []string{"pwd"}}},
}

func (d *desk) do(t testing.TB, key string, cmd consent.Command) string {
	t.Helper()
	result, err := d.Do(context.Background(), ledger.Person(person), key, cmd, asPerson)
	must(t, err)
	return result.Receipt
}

// asStaff is somebody of the controller's, at work on a request.
var asStaff = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleAgent, ID: "staff-7"},
	Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
}

// advance takes the person's newest request a step on.
func (d *desk) advance(t testing.TB, act datarequest.Act, reason string) string {
	t.Helper()
	standing, err := d.Standing(context.Background(), ledger.Person(person))
	must(t, err)
	r := standing.Requests[len(standing.Requests)-1]
	cmd := consent.AdvanceRequest{ID: r.ID, Act: act, Reason: reason, Case: "DR-2026-117", NothingHeld: act == datarequest.Complete && r.Type.HasParts() && r.Parts == 0}
	if act == datarequest.CompletePartly {
		cmd.Withheld = []statement.Withheld{{What: "the notes of a call", Why: reason}}
	}
	result, err := d.Do(context.Background(), ledger.Person(person), cmd.ID+string(act), cmd, asStaff)
	must(t, err)
	return result.Receipt
}

func (d *desk) optIn(t testing.TB, language string, choices ...consent.Choice) string {
	t.Helper()
	token, _, _, err := d.Offer(context.Background(), ledger.Person(person), nil, language, false)
	must(t, err)
	offer, err := d.ParseOffer(ledger.Person(person), token)
	must(t, err)
	return d.do(t, offer.ID, consent.OptIn{Offer: offer, Choices: choices})
}

var yesAlerts = consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
