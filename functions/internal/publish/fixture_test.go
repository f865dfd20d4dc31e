package publish_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	contracts "consent-receipts/events"
	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// alex is a pseudonym.
const alex = "alexaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

var opened = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// desk publishes what a registrar on the embedded ledger issues.
type desk struct {
	*publish.Handler
	registrar *registrar.Registrar
	now       time.Time
	bus       *bus
	log, out  bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	ctx := context.Background()
	store, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"))
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	must(t, store.PutDocument(ctx, ledger.Document{Digest: compiled.Digest, MediaType: catalogue.MediaType, Body: compiled.Canonical}))
	known, err := registrar.NewCatalogues(ctx, store, compiled.Digest)
	must(t, err)
	d := &desk{now: opened, bus: &bus{}}
	clock := func() time.Time { return d.now }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	root, err := receipt.NewRoot(key, known.Issuer(), opened)
	must(t, err)
	authority := &receipt.Authority{Key: key, Issuer: known.Issuer(), Now: clock}
	signer := receipt.NewSigner(authority.Certify, root)
	issuer, err := receipt.NewIssuer(signer, rand.Reader)
	must(t, err)
	verifier, err := receipt.NewVerifier(root)
	must(t, err)
	d.registrar = &registrar.Registrar{
		Store: store, Catalogue: known, Issuer: issuer, Signer: signer, Verifier: verifier, Now: clock, Rand: rand.Reader,
	}
	d.Handler = &publish.Handler{
		Decode: decode, Issued: &publish.Issued{Verifier: verifier, Issuer: known.Issuer()}, Bus: d.bus,
		Metrics: &emf.Emitter{Out: &d.out, Now: clock}, Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// story is the sample story as far as producers and the HTTP API can tell it,
// an hour apart.
var story = []consent.Command{
	consent.OptIn{Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "service-improvement", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}},
	consent.OptOut{Purposes: []string{"service-improvement", "telepathy"}, Reason: "Alex's own words"},
	consent.RequestData{Type: "access", Details: "Alex's own words"},
	consent.OptOut{All: true},
	consent.Erase{},
}

// tell plays the story and returns the entries.
func (d *desk) tell(t testing.TB, subject string) []ledger.Entry {
	t.Helper()
	ctx := context.Background()
	person := consent.Context{
		Actor:    statement.Actor{Role: statement.RoleSubject},
		Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
	}
	for i, command := range story {
		_, err := d.registrar.Do(ctx, subject, fmt.Sprint("key", i), command, person)
		must(t, err)
		d.now = d.now.Add(time.Hour)
	}
	entries, err := d.registrar.Store.List(ctx, ledger.Person(subject), 1, 100)
	must(t, err)
	return entries
}

// bus keeps what was put on it, and refuses what it is told to.
type bus struct {
	refuse func(detail string) bool
	taken  []string
}

func (b *bus) Put(_ context.Context, details [][]byte) []error {
	errs := make([]error, len(details))
	for i, d := range details {
		if b.refuse != nil && b.refuse(string(d)) {
			errs[i] = errors.New("the bus is full")
			continue
		}
		b.taken = append(b.taken, string(d))
	}
	return errs
}

// published is an event, read by a consumer.
type published struct {
	ID, Subject string
	Data        struct {
		Seq     uint64
		Event   string
		Changes []struct{ Purpose, Recipient, From, To string }
	}
}

// read reads what is on the bus, after checking each event against the schema.
func (b *bus) read(t testing.TB) (out []published) {
	t.Helper()
	schema, err := contracts.Compile("published/1")
	must(t, err)
	for _, event := range b.taken {
		must(t, contracts.Validate(schema, []byte(event)))
		if strings.Contains(event, "words") || strings.Contains(event, "telepathy") {
			t.Errorf("somebody's own words are in %s", event)
		}
		var p published
		must(t, json.Unmarshal([]byte(event), &p))
		out = append(out, p)
	}
	return out
}

// record is an entry's record in the stream.
func record(t testing.TB, e ledger.Entry) events.DynamoDBEventRecord {
	t.Helper()
	image := map[string]any{
		"pk": map[string]string{"S": e.Subject.String()}, "sk": map[string]string{"S": fmt.Sprintf("receipt#%010d", e.Seq)},
		"v": map[string]string{"N": "1"}, "r": map[string]string{"B": base64.StdEncoding.EncodeToString([]byte(e.Receipt))},
		"idem": map[string]string{"B": base64.StdEncoding.EncodeToString(e.Key[:])},
		"cmd":  map[string]string{"B": base64.StdEncoding.EncodeToString(e.Command[:])},
	}
	b, err := json.Marshal(map[string]any{
		"eventID": fmt.Sprint(e.Seq), "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1", "awsRegion": "eu-south-2",
		"eventSourceARN": "arn:aws:dynamodb:eu-south-2:123456789012:table/demo/stream/2026-11-23T00:00:00.000",
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": opened.Unix(), "Keys": map[string]any{"pk": image["pk"], "sk": image["sk"]},
			"NewImage": image, "SequenceNumber": fmt.Sprint(100 + e.Seq), "SizeBytes": len(e.Receipt), "StreamViewType": "NEW_IMAGE",
		},
	})
	must(t, err)
	var r events.DynamoDBEventRecord
	must(t, json.Unmarshal(b, &r))
	return r
}

func decode(pk, sk string, _ int, r, key, command []byte) (e ledger.Entry, err error) {
	e.Receipt = string(r)
	if e.Subject, err = ledger.ParseSubject(pk); err != nil {
		return e, err
	}
	_, err = fmt.Sscanf(sk, "receipt#%d", &e.Seq)
	copy(e.Key[:], key)
	copy(e.Command[:], command)
	return e, err
}
