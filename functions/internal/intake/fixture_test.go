package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
)

const (
	alex          = "customer-0001"
	catalogueFile = "first-example-bank.yaml"
	queueARN      = "arn:aws:sqs:eu-south-2:123456789012:demo-intake-crm"
)

// opened is when every desk opens.
var opened = banktest.Opened

// desk is intake on a ledger, with a dead-letter queue that is a slice.
type desk struct {
	*intake.Handler
	bank  *banktest.Bank // its clock is the test's to move
	store ledger.Store   // the plain one
	dead  *deadLetters
	log   *safeBuffer
	out   *safeBuffer // metrics
}

// newDesk opens a desk on the embedded ledger; each wrap comes between it and
// the registrar.
func newDesk(t testing.TB, wraps ...func(ledger.Store) ledger.Store) *desk {
	t.Helper()
	return deskOn(t, registrartest.Ledger(t), sample.FS, wraps...)
}

func deskOn(t testing.TB, plain banktest.Storage, catalogues fs.FS, wraps ...func(ledger.Store) ledger.Store) *desk {
	t.Helper()
	d := &desk{bank: banktest.On(t, plain, catalogues), store: plain, dead: &deadLetters{}, log: &safeBuffer{}, out: &safeBuffer{}}
	for _, wrap := range wraps {
		d.bank.Registrar.Store = wrap(d.bank.Registrar.Store)
	}
	d.Handler = &intake.Handler{
		Registrar:   d.bank.Registrar,
		Pseudonyms:  d.bank.Pseudonyms,
		Producers:   map[string]intake.Producer{"demo-intake-crm": {Name: "crm", Channel: "branch"}},
		DeadLetters: d.dead,
		Metrics:     &emf.Emitter{Out: d.out, Now: func() time.Time { return d.bank.Time }},
		Log:         slog.New(slog.NewJSONHandler(d.log, nil)),
	}
	return d
}

var must = errtest.None

// safeBuffer is a bytes.Buffer for several writers.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// deadLetters is a dead-letter queue that may fail.
type deadLetters struct {
	mu   sync.Mutex
	fail func() bool // nil: never
	sent []deadLetter
}

type deadLetter struct {
	queue, body string
	attributes  map[string]string
}

func (d *deadLetters) Send(_ context.Context, queue, body string, attributes map[string]string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil && d.fail() {
		return errors.New("the queue is unavailable")
	}
	d.sent = append(d.sent, deadLetter{queue, body, attributes})
	return nil
}

// message is a message as SQS hands it over for the first time.
func message(id, body string) events.SQSMessage {
	return events.SQSMessage{
		MessageId: id, Body: body, EventSourceARN: queueARN, EventSource: "aws:sqs",
		Attributes: map[string]string{
			"SentTimestamp": strconv.FormatInt(opened.Add(-time.Minute).UnixMilli(), 10), "ApproximateReceiveCount": "1",
		},
	}
}

// envelope is an event of the producer, that happened two minutes before opening.
func envelope(id, kind, person, data string) string {
	return envelopeAt(id, kind, person, data, opened.Add(-2*time.Minute))
}

func envelopeAt(id, kind, person, data string, at time.Time) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":%q,"source":"crm","type":"consent.%s.v1","time":%q,"subject":%q,"datacontenttype":"application/json","data":%s}`,
		id, kind, at.Format(time.RFC3339), person, data)
}

// Data of events. A branch may record a yes to service-improvement, for which
// the bank's own word is enough.
const (
	yes       = `{"choices":[{"purpose":"service-improvement","answer":"yes"}],"evidence":{"claimed":{"acr":"urn:example:id-card"}}}`
	no        = `{"choices":[{"purpose":"service-improvement","answer":"no"}]}`
	optOutAll = `{"all":true}`
	access    = `{"type":"access"}`
	importYes = `{"copied":{"system":"old-crm","record":"r-1"},"choices":[{"purpose":"service-improvement","answer":"yes"}],"evidence":{"claimed":{"acr":"urn:example:id-card"}}}`
)

// deliver hands over messages in one batch and returns the ids that come back.
func (d *desk) deliver(t testing.TB, messages ...events.SQSMessage) (back []string) {
	t.Helper()
	answer, err := d.Handle(context.Background(), events.SQSEvent{Records: messages})
	must(t, err)
	for _, f := range answer.BatchItemFailures {
		back = append(back, f.ItemIdentifier)
	}
	return back
}

// entries is a person's ledger.
func (d *desk) entries(t testing.TB, person string) []ledger.Entry {
	t.Helper()
	subject, err := d.Pseudonyms.Of(person)
	must(t, err)
	entries, err := d.store.List(context.Background(), ledger.Person(subject), 1, 1000)
	must(t, err)
	return entries
}

// newest is a person's newest receipt.
func (d *desk) newest(t testing.TB, person string) *receipt.Receipt {
	t.Helper()
	entries := d.entries(t, person)
	if len(entries) == 0 {
		t.Fatal("there is no receipt")
	}
	r, err := d.Registrar.Verifier.Verify(entries[len(entries)-1].Receipt)
	must(t, err)
	return r
}

// inForce says with which data each purpose is in force for a person, until when.
func (d *desk) inForce(t testing.TB, person string) string {
	t.Helper()
	subject, err := d.Pseudonyms.Of(person)
	must(t, err)
	standing, err := d.Registrar.Standing(context.Background(), ledger.Person(subject))
	must(t, err)
	held := map[string]any{}
	for _, l := range standing.Lines {
		if l.InForce(d.bank.Time) {
			held[l.Purpose+" for "+l.Recipient] = []any{l.Data, l.Resources, l.Until}
		}
	}
	b, err := json.Marshal(held)
	must(t, err)
	return string(b)
}

// outcomes reads from the log what became of each message, the last time.
func (d *desk) outcomes(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range bytes.Lines([]byte(d.log.String())) {
		var l struct {
			ID      string `json:"message_id"`
			Outcome string `json:"outcome"`
		}
		must(t, json.Unmarshal(line, &l))
		if l.Outcome != "" {
			out[l.ID] = l.Outcome
		}
	}
	return out
}
