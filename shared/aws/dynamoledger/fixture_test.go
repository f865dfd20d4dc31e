package dynamoledger_test

import (
	"context"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// desk is a real registrar on a table of its own, with the sample catalogue.
type desk struct {
	*registrar.Registrar
	root   *x509.Certificate
	table  string
	client *dynamodb.Client // what somebody else uses who can write the table
}

// newDesk opens one. The options are those of the client that the store uses.
func newDesk(t testing.TB, e *dynamotest.Engine, options ...func(*dynamodb.Options)) *desk {
	t.Helper()
	d := &desk{table: e.NewTable(t), client: e.Client()}
	of := registrartest.New(t, registrartest.Setup{
		Store: dynamoledger.New(d.client, d.table), Through: dynamoledger.New(e.Client(options...), d.table),
	})
	d.Registrar, d.root = of.Registrar, of.Signing.Root
	return d
}

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

// The sample's opt-in: yes to the first purpose, no to the third.
var sampleChoices = []consent.Choice{
	{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"},
	{Purpose: "card-offers", Recipient: "parley", Answer: "no"},
}

// offer takes an offer for somebody, ready to be answered.
func (d *desk) offer(t testing.TB, subject string) *consent.Offer {
	t.Helper()
	token, _, _, err := d.Offer(context.Background(), ledger.Person(subject), nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(ledger.Person(subject), token)
	must(t, err)
	return offer
}

func (d *desk) optIn(t testing.TB, subject string) *registrar.Result {
	t.Helper()
	offer := d.offer(t, subject)
	result, err := d.Do(context.Background(), ledger.Person(subject), offer.ID, consent.OptIn{Offer: offer, Choices: sampleChoices}, asPerson)
	must(t, err)
	return result
}

// insist sends a command again, with the same key, while the answer is that it
// may be sent again.
func (d *desk) insist(ctx context.Context, subject, key string, cmd consent.Command) (*registrar.Result, error) {
	for range 100 {
		result, err := d.Do(ctx, ledger.Person(subject), key, cmd, asPerson)
		if !errors.Is(err, ledger.ErrBusy) {
			return result, err
		}
	}
	return nil, errors.New("busy for ever")
}

// wholeChain checks that a ledger has exactly n receipts, each genuine and each
// following the one before.
func (d *desk) wholeChain(t testing.TB, subject string, n int) {
	t.Helper()
	recs, err := d.Receipts(context.Background(), ledger.Person(subject), 1, n+1)
	must(t, err)
	chain := receipt.Chain{Whole: true}
	for _, rec := range recs {
		chain.Add(rec)
	}
	if course := chain.Judge(); len(recs) != n || !course.Follow() {
		t.Fatalf("%d receipts, want %d; the chain: %+v", len(recs), n, course)
	}
}

func newSubject() string { return ledgertest.Pseudonym() }

var must = errtest.None
