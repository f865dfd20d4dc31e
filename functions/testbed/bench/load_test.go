package bench

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"
	"go.etcd.io/bbolt"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/measured"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

var must = errtest.None

// desk is the whole local system, without its HTTP server.
type desk struct {
	*registrar.Registrar
	api  *handler.API
	root *x509.Certificate
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	compiled, err := system.Sample()
	must(t, err)
	sys, err := system.Open(context.Background(), t.TempDir(), compiled, time.Now, log)
	must(t, err)
	t.Cleanup(func() { must(t, sys.Close()) })
	return &desk{sys.API.Registrar, sys.API, sys.Root}
}

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

var choices = []consent.Choice{
	{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"},
	{Purpose: "card-offers", Recipient: "parley", Answer: "no"},
}

func (d *desk) subject(t testing.TB, n int) string {
	s, err := d.api.Pseudonyms.Of(personID(n))
	must(t, err)
	return s
}

func personID(n int) string { return fmt.Sprint("customer-", n) }

func (d *desk) offer(t testing.TB, n int) (string, *consent.Offer) {
	t.Helper()
	subject := d.subject(t, n)
	token, _, _, err := d.Offer(context.Background(), ledger.Person(subject), nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(ledger.Person(subject), token)
	must(t, err)
	return token, offer
}

func (d *desk) optIn(t testing.TB, n int) *registrar.Result {
	t.Helper()
	_, offer := d.offer(t, n)
	result, err := d.Do(context.Background(), ledger.Person(d.subject(t, n)), offer.ID, consent.OptIn{Offer: offer, Choices: choices}, asPerson)
	must(t, err)
	return result
}

// optInEvent is what API Gateway passes on for a person's opt-in.
func (d *desk) optInEvent(t testing.TB, n int) lambda.APIGatewayV2HTTPRequest {
	t.Helper()
	token, _ := d.offer(t, n)
	return requestOf(n, "POST /v1/opt-in", optInBody(t, token))
}

func optInBody(t testing.TB, offer string) string {
	body, err := json.Marshal(map[string]any{"offer": offer, "choices": choices})
	must(t, err)
	return string(body)
}

// requestOf is what API Gateway passes on of a person.
func requestOf(person int, route, body string) lambda.APIGatewayV2HTTPRequest {
	return lambda.APIGatewayV2HTTPRequest{
		RouteKey: route, Headers: map[string]string{"content-type": "application/json"}, Body: body,
		RequestContext: lambda.APIGatewayV2HTTPRequestContext{
			RequestID: "bench",
			Authorizer: &lambda.APIGatewayV2HTTPRequestContextAuthorizerDescription{
				JWT: &lambda.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{
					Claims: map[string]string{"sub": personID(person), "acr": "urn:example:dev", "amr": "[pwd]"}, Scopes: []string{api.ScopeSelf},
				},
			},
		},
	}
}

// serveAll answers the events with that many workers, and measures.
func (d *desk) serveAll(t testing.TB, requests []lambda.APIGatewayV2HTTPRequest, workers int) measured.Run {
	serve := d.api.Handlers("optin").Func()
	return atOnce(t, len(requests), workers, func(i int) error {
		a, err := serve(context.Background(), requests[i])
		if err == nil && a.StatusCode != 201 {
			err = fmt.Errorf("status %d: %s", a.StatusCode, a.Body)
		}
		return err
	})
}

// atOnce does n things with that many workers, and measures.
func atOnce(t testing.TB, n, workers int, do func(i int) error) measured.Run {
	t.Helper()
	r, err := measured.AtOnce(n, workers, do)
	must(t, err)
	return r
}

// A run has this many opt-ins, in so many turns.
const (
	optInCount = 2100
	turns      = 3
)

// optIns has that many people opt in at once, each for the first time.
func optIns(t testing.TB, people, count int) measured.Run {
	d := newDesk(t)
	requests := make([]lambda.APIGatewayV2HTTPRequest, count)
	for i := range requests {
		requests[i] = d.optInEvent(t, i)
	}
	return d.serveAll(t, requests, people)
}

// inTurns measures opt-ins, and raw transactions with as many bytes. They take turns, so that
// whatever else the machine does meets both alike.
func inTurns(t testing.TB, people, bytes int) (ours, raw measured.Run) {
	for range turns {
		ours = ours.And(optIns(t, people, optInCount/turns))
		raw = raw.And(rawTransactions(t, people, optInCount/turns, bytes))
	}
	return ours, raw
}

// rawTransactions writes as many values of the same size, each in a bbolt
// transaction of its own with fsync, by as many writers at once.
func rawTransactions(t testing.TB, writers, count, size int) measured.Run {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "raw.db"), 0o600, nil)
	must(t, err)
	defer db.Close()
	must(t, db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("b")); return err }))
	value := make([]byte, size)
	_, err = rand.Read(value)
	must(t, err)
	return atOnce(t, count, writers, func(i int) error {
		return db.Update(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("b")).Put(fmt.Appendf(nil, "%043d%010d", i, 1), value)
		})
	})
}

// nextReceipt measures the next receipts of somebody who has 10 and of somebody who has 10,000,
// in turns. It returns the medians.
func nextReceipt(t testing.TB) (after10, after10k time.Duration) {
	d, written := newDesk(t), map[int]int{}
	write := func(person int) time.Duration {
		written[person]++
		begin := time.Now()
		_, err := d.Do(context.Background(), ledger.Person(d.subject(t, person)), fmt.Sprint(written[person]), consent.OptOut{Purposes: []string{"card-offers"}}, asPerson)
		must(t, err)
		return time.Since(begin)
	}
	const few, many = 1, 2 // the people
	for written[few] < 10 {
		write(few)
	}
	for written[many] < 10_000 {
		write(many)
	}
	each := map[int][]time.Duration{}
	for range 201 {
		for _, person := range []int{few, many} {
			each[person] = append(each[person], write(person))
		}
	}
	return median(each[few]), median(each[many])
}

func median(each []time.Duration) time.Duration {
	slices.Sort(each)
	return each[len(each)/2]
}
