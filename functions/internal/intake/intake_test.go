package intake_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
)

// TestOutcomes: what becomes of one event, for somebody of whom nothing is known.
func TestOutcomes(t *testing.T) {
	changed := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	late := func(d time.Duration) string { return opened.Add(d).Format(time.RFC3339) }
	happened := opened.Add(-2 * time.Minute).Format(time.RFC3339)
	for _, c := range []struct {
		name    string
		kind    string
		data    string
		change  func(string) string
		outcome string
		detail  string // the receipt's event type, or the reason
	}{
		{"an opt-in", "opt-in", yes, nil, intake.Recorded, "opt-in"},
		{"a refusal", "opt-in", no, nil, intake.Recorded, "refusal"},
		{"an opt-out", "opt-out", optOutAll, nil, intake.Recorded, "opt-out"},
		{"a data request", "data-request", access, nil, intake.Recorded, "request-received"},
		{"a pretty one", "data-request", access, changed("{", "{\n  "), intake.Recorded, "request-received"},
		{"white space around it", "opt-in", yes, func(s string) string { return "\n" + s + "\n" }, intake.Recorded, "opt-in"},
		{"a yes that has already ended", "opt-in", strings.Replace(yes, `"yes"`, `"yes","until":"2026-01-01"`, 1), nil, intake.Unchanged, ""},

		{"not JSON", "opt-in", yes, func(string) string { return "yes" }, intake.DeadLettered, "invalid-envelope"},
		{"a member twice", "opt-out", optOutAll, changed(`"all":true`, `"all":true,"all":true`), intake.DeadLettered, "invalid-envelope"},
		{"too large", "opt-in", yes, changed("urn:", strings.Repeat("x", 256<<10)), intake.DeadLettered, "invalid-envelope"},
		{"an unknown type", "signal", `{}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"no customer", "opt-in", yes, changed(alex, ""), intake.DeadLettered, "invalid-envelope"},
		{"no id", "opt-in", yes, changed(`"id":"e1",`, ""), intake.DeadLettered, "invalid-envelope"},
		{"no time", "opt-in", yes, changed(`"time":"`+happened+`",`, ""), intake.DeadLettered, "invalid-envelope"},
		{"no such day", "opt-in", yes, changed(happened, "2026-02-31T00:00:00Z"), intake.DeadLettered, "invalid-envelope"},
		{"an unknown member", "opt-in", yes, changed(`"evidence"`, `"extra":1,"evidence"`), intake.DeadLettered, "invalid-envelope"},
		{"the system as actor", "opt-in", yes, changed(`"evidence"`, `"actor":{"role":"system"},"evidence"`), intake.DeadLettered, "invalid-envelope"},

		{"60 seconds ahead", "opt-in", yes, changed(happened, late(time.Minute)), intake.Recorded, "opt-in"},
		{"61 seconds ahead", "opt-in", yes, changed(happened, late(61*time.Second)), intake.DeadLettered, "in-the-future"},
		{"an unknown purpose", "opt-in", yes, changed("service-improvement", "telepathy"), intake.DeadLettered, "not-offered"},
		{"more data than offered", "opt-in", yes, changed(`"yes"`, `"yes","data":["balances"]`), intake.DeadLettered, "not-offered"},
		{"nothing claimed of the person", "opt-in", yes, changed(`,"evidence":{"claimed":{"acr":"urn:example:id-card"}}`, ""), intake.DeadLettered, "evidence-too-weak"},
		{"a purpose that wants the person's own token", "opt-in", yes, changed("service-improvement", "account-alerts"), intake.DeadLettered, "evidence-too-weak"},
		{"a purpose twice", "opt-in", yes, changed(`"answer":"yes"}`, `"answer":"yes"},{"purpose":"service-improvement","answer":"no"}`), intake.DeadLettered, "invalid-command"},
		{"a request that no rule knows", "data-request", access, changed("access", "telepathy"), intake.DeadLettered, "invalid-envelope"},

		{"an import", "import", importYes, nil, intake.Recorded, "import"},
		{"an import with nothing claimed is denied", "import", importYes, changed(`,"evidence":{"claimed":{"acr":"urn:example:id-card"}}`, ""), intake.Recorded, "import"},
		{"an import of a no to something unknown", "import", importYes, changed(`"service-improvement","answer":"yes"`, `"telepathy","answer":"no"`), intake.Recorded, "import"},
		{"an import of a yes that has run out", "import", importYes, changed(happened, "1999-12-31T23:59:59Z"), intake.Unchanged, ""},
		{"an import from nowhere", "import", importYes, changed(`"copied":{"system":"old-crm","record":"r-1"},`, ""), intake.DeadLettered, "invalid-envelope"},
		{"an import of an unknown purpose", "import", importYes, changed("service-improvement", "telepathy"), intake.DeadLettered, "not-offered"},

		{"an opt-out of something unknown", "opt-out", `{"purposes":["telepathy"]}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out by an unknown consent id", "opt-out", `{"consents":["c1"]}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out from the future", "opt-out", optOutAll, changed(happened, late(48*time.Hour)), intake.Recorded, "opt-out"},
		{"an opt-out from long ago", "opt-out", optOutAll, changed(happened, "1999-12-31T23:59:59-08:00"), intake.Recorded, "opt-out"},
		{"an opt-out without an id", "opt-out", optOutAll, changed(`"id":"e1",`, ""), intake.Recorded, "opt-out"},
		{"an opt-out with an unusable id", "opt-out", optOutAll, changed("e1", "é"), intake.Recorded, "opt-out"},
		{"an opt-out without a time", "opt-out", optOutAll, changed(`"time":"`+happened+`",`, ""), intake.Recorded, "opt-out"},
		{"an opt-out with an unusable time", "opt-out", optOutAll, changed(happened, "yesterday"), intake.Recorded, "opt-out"},
		{"an opt-out before time began", "opt-out", optOutAll, changed(happened, "0000-01-01T00:00:00+23:00"), intake.Recorded, "opt-out"},
		{"an opt-out of another version", "opt-out", optOutAll, changed(`"1.0"`, `"0.3"`), intake.Recorded, "opt-out"},
		{"an opt-out with more to say", "opt-out", optOutAll, changed(`"data"`, `"region":"south","data"`), intake.Recorded, "opt-out"},
		{"an opt-out by an unknown role", "opt-out", `{"all":true,"actor":{"role":"neighbour"}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with too much authority", "opt-out", `{"all":true,"actor":{"role":"attorney","authority":{"a":"` + strings.Repeat("x", 500) + `","b":"` + strings.Repeat("é", 500) + `","c":"` + strings.Repeat("x", 500) + `","d":"` + strings.Repeat("x", 500) + `"}}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with a long reason", "opt-out", `{"all":true,"reason":"` + strings.Repeat("ñ", 600) + `"}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out of nothing", "opt-out", `{}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an opt-out of everything and something", "opt-out", `{"all":true,"purposes":["card-offers"]}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an opt-out by nobody", "opt-out", optOutAll, changed(alex, ""), intake.DeadLettered, "invalid-envelope"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			body := envelope("e1", c.kind, alex, c.data)
			if c.change != nil {
				body = c.change(body)
			}
			if back := d.deliver(t, message("m1", body)); back != nil {
				t.Errorf("%v come back", back)
			}
			if got := d.outcomes(t)["m1"]; got != c.outcome {
				t.Errorf("it is %s; the log says\n%s", got, d.log.String())
			}
			entries := d.entries(t, alex)
			switch c.outcome {
			case intake.Recorded:
				if len(entries) != 1 || d.newest(t, alex).Event.Type != c.detail {
					t.Errorf("%d entries", len(entries))
				}
			case intake.DeadLettered:
				if len(d.dead.sent) != 1 || d.dead.sent[0].attributes["reason"] != c.detail || d.dead.sent[0].body != body {
					t.Errorf("dead letters: %+v", d.dead.sent)
				}
			}
			if c.outcome != intake.Recorded && len(entries) > 0 || c.outcome != intake.DeadLettered && len(d.dead.sent) > 0 {
				t.Errorf("%d entries, dead letters %+v", len(entries), d.dead.sent)
			}
			d.silent(t)
		})
	}
}

// silent: nothing personal is in the log, the metrics, or a reason.
func (d *desk) silent(t *testing.T) {
	t.Helper()
	said := d.log.String() + d.out.String()
	for _, letter := range d.dead.sent {
		for _, v := range letter.attributes {
			said += v
		}
	}
	pseudonym, err := d.Pseudonyms.Of(alex)
	must(t, err)
	for _, secret := range []string{alex, pseudonym, "urn:example"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in\n%s", secret, said)
		}
	}
}

// TestEvidence: the receipt says who recorded it, that this is a claim, and who
// acted.
func TestEvidence(t *testing.T) {
	d := newDesk(t)
	d.deliver(t, message("m1", envelope("e1", "opt-in", alex, strings.Replace(yes, `"evidence"`,
		`"language":"es","actor":{"role":"guardian","id":"g1","authority":{"mandate":"court-order"}},"evidence"`, 1))))
	r := d.newest(t, alex)
	var evidence consent.Evidence
	must(t, json.Unmarshal(r.Evidence[0].Value, &evidence))
	if evidence.Level != "claimed" || evidence.Producer != "crm" || evidence.Channel != "branch" || evidence.Claimed.ACR != "urn:example:id-card" || evidence.Authentication != nil {
		t.Errorf("evidence: %s", r.Evidence[0].Value)
	}
	if got := string(r.Actor[0].Value); got != `{"role":"guardian","id":"g1","authority":{"mandate":"court-order"}}` {
		t.Errorf("actor: %s", got)
	}
	if r.Event.Channel != "branch" || !r.Event.OccurredAt.Equal(opened.Add(-2*time.Minute)) || !strings.Contains(string(r.Records[0].Value), `"es"`) {
		t.Errorf("event: %+v", r.Event)
	}
}

// TestImportedFile: what an earlier system recorded, as receipt import writes it,
// delivered twice. The receipt says where it was copied from.
func TestImportedFile(t *testing.T) {
	d := newDesk(t)
	cat, _ := d.Registrar.Catalogue.Current()
	file := `{"id":"r-1","subject":"customer-0001","time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","claimed":{"acr":"urn:example:branch"}}
{"id":"r-2","subject":"customer-0001","time":"2019-03-02T09:30:00Z","answer":"no","purpose":"card-offers"}`
	for _, again := range []string{"a", "b"} {
		for line, err := range inbound.Lines(strings.NewReader(file), cat) {
			must(t, errors.Join(err, line.Err))
			body, err := line.Record.Envelope("old-crm")
			must(t, err)
			d.deliver(t, message(again+strconv.Itoa(line.Number), string(body)))
		}
	}
	want := map[string]string{"a1": intake.Recorded, "a2": intake.Recorded, "b1": intake.Repeated, "b2": intake.Repeated}
	if got := d.outcomes(t); !maps.Equal(got, want) {
		t.Errorf("outcomes %v", got)
	}
	if got := d.inForce(t, alex); !strings.Contains(got, "service-improvement for bank") || !strings.Contains(got, "2027-03-02") {
		t.Errorf("in force: %s", got)
	}
	r := d.newest(t, alex)
	var evidence consent.Evidence
	must(t, json.Unmarshal(r.Evidence[0].Value, &evidence))
	if r.Event.Type != "import" || r.Event.OccurredAt.Year() != 2019 || evidence.Copied == nil || *evidence.Copied != (consent.Copied{System: "old-crm", Record: "r-2"}) {
		t.Errorf("%s of %s: %s", r.Event.Type, r.Event.OccurredAt, r.Evidence[0].Value)
	}
}

// TestLateYes: an opt-in counts from when it reached its queue, at the latest,
// also after it lay in the dead-letter queue. One not later than a no changes
// nothing.
func TestLateYes(t *testing.T) {
	recorded := opened // the no's
	for _, c := range []struct {
		name           string
		happened, sent time.Duration // after the no was recorded
		firstSent      time.Duration // if it lay in the dead-letter queue
		counts         bool
	}{
		{"before", -time.Minute, -time.Minute, 0, false},
		{"at the same second", 0, 0, 0, false},
		{"after", time.Second, time.Second, 0, true},
		{"happened before, sent after", -time.Second, time.Hour, 0, false},
		{"stamped after, sent before", 30 * time.Second, -time.Minute, 0, false},
		{"stamped after, first sent before", 30 * time.Second, time.Hour, -time.Minute, false},
		{"stamped after, first sent after", 30 * time.Second, time.Hour, time.Minute, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.deliver(t, message("m1", envelope("e1", "opt-out", alex, optOutAll)))
			d.now = recorded.Add(2 * time.Hour)
			m := message("m2", envelopeAt("e2", "opt-in", alex, yes, recorded.Add(c.happened)))
			m.Attributes["SentTimestamp"] = millis(recorded.Add(c.sent))
			if c.firstSent != 0 {
				m.MessageAttributes = map[string]events.SQSMessageAttribute{"queued_at": text(millis(recorded.Add(c.firstSent)))}
			}
			d.deliver(t, m)
			want := intake.Unchanged
			if c.counts {
				want = intake.Recorded
			}
			if got := d.outcomes(t)["m2"]; got != want {
				t.Errorf("it is %s, want %s", got, want)
			}
		})
	}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func text(s string) events.SQSMessageAttribute {
	return events.SQSMessageAttribute{StringValue: &s, DataType: "String"}
}

// throttledFor is a store that does nothing for one person.
type throttledFor struct {
	ledger.Store
	subject string
}

func (s *throttledFor) Newest(ctx context.Context, subject string) (ledger.Entry, error) {
	if subject == s.subject {
		return ledger.Entry{}, ledger.ErrUnavailable
	}
	return s.Store.Newest(ctx, subject)
}

// TestBatch: of ten messages one is poison, one a duplicate, one uses an id again
// for something else, and one meets a throttled ledger. That one comes back.
func TestBatch(t *testing.T) {
	throttled := &throttledFor{}
	d := newDesk(t, func(s ledger.Store) ledger.Store { throttled.Store = s; return throttled })
	var err error
	throttled.subject, err = d.Pseudonyms.Of("customer-0009")
	must(t, err)
	batch := []events.SQSMessage{
		message("m0", envelope("e0", "opt-in", "customer-0000", yes)),
		message("m1", envelope("e1", "opt-in", "customer-0001", yes)),
		message("m2", envelope("e2", "opt-out", "customer-0002", optOutAll)),
		message("poison", `{"type":"consent.opt-in.v1"}`),
		message("m4", envelope("e4", "data-request", "customer-0004", access)),
		message("duplicate", envelope("e0", "opt-in", "customer-0000", yes)),
		message("conflict", envelope("e0", "opt-in", "customer-0000", no)),
		message("m7", envelope("e7", "opt-out", "customer-0000", optOutAll)),
		message("m8", envelope("e8", "opt-in", "customer-0008", no)),
		message("throttled", envelope("e9", "opt-in", "customer-0009", yes)),
	}
	if back := d.deliver(t, batch...); !slices.Equal(back, []string{"throttled"}) {
		t.Errorf("%v come back", back)
	}
	want := map[string]string{"poison": "invalid-envelope", "conflict": "idempotency-mismatch"}
	for _, letter := range d.dead.sent {
		id := letter.attributes["message_id"]
		if want[id] != letter.attributes["reason"] || letter.queue != queueARN+"-dlq" || letter.attributes["detail"] == "" {
			t.Errorf("dead letter: %+v", letter)
		}
		delete(want, id)
	}
	if len(want) > 0 {
		t.Errorf("not in the dead-letter queue: %v", want)
	}
	if n := len(d.entries(t, "customer-0000")); n != 2 {
		t.Errorf("%d entries, want the opt-in and the opt-out", n)
	}
	if n := len(d.entries(t, "customer-0009")); n != 0 {
		t.Errorf("%d entries of the throttled person", n)
	}
	for _, line := range []string{`"Events":6,"Outcome":"recorded","Producer":"crm"`, `"Events":1,"Outcome":"repeated"`, `"Events":2,"Outcome":"dead-lettered"`, `"Events":1,"Outcome":"retried"`} {
		if !strings.Contains(d.out.String(), line) {
			t.Errorf("%s is not in\n%s", line, d.out.String())
		}
	}

	throttled.subject = ""
	if back := d.deliver(t, batch[9]); back != nil || len(d.entries(t, "customer-0009")) != 1 {
		t.Errorf("%v come back when the ledger is there again", back)
	}
}

// dying is a store whose process dies right after it has appended.
type dying struct {
	ledger.Store
	alive bool
}

func (s *dying) Append(ctx context.Context, e ledger.Entry) error {
	err := s.Store.Append(ctx, e)
	if !s.alive {
		panic("killed")
	}
	return err
}

// TestKilledBeforeTheAnswer: an event that was recorded, and not answered, is
// delivered again. There is one entry, and its receipt.
func TestKilledBeforeTheAnswer(t *testing.T) {
	lost := func(s ledger.Store) ledger.Store { // the answer, and then the connection
		return faulty.New(s, func() faulty.Schedule {
			dead := false
			return func(op faulty.Op) faulty.Fault {
				switch {
				case dead:
					return faulty.Throttled
				case op == faulty.Append:
					dead = true
					return faulty.LostAnswer
				}
				return faulty.None
			}
		}(), 0)
	}
	for name, wrap := range map[string]func(ledger.Store) ledger.Store{
		"a panic":            func(s ledger.Store) ledger.Store { return &dying{Store: s} },
		"the answer is lost": lost,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, wrap)
			m := message("m1", envelope("e1", "opt-in", alex, yes))
			if back := d.deliver(t, m); !slices.Equal(back, []string{"m1"}) {
				t.Fatalf("%v come back", back)
			}
			first := d.newest(t, alex)
			d.Registrar.Store = d.store
			if back := d.deliver(t, m); back != nil || d.outcomes(t)["m1"] != intake.Repeated {
				t.Errorf("%v come back, it is %s", back, d.outcomes(t)["m1"])
			}
			if again := d.newest(t, alex); len(d.entries(t, alex)) != 1 || again.Digest != first.Digest {
				t.Errorf("%d entries", len(d.entries(t, alex)))
			}
		})
	}
}

// TestLastReceive: what still fails when SQS delivers it for the last time is
// put into the dead-letter queue with what it needs to be sent again.
func TestLastReceive(t *testing.T) {
	throttled := &throttledFor{}
	d := newDesk(t, func(s ledger.Store) ledger.Store { throttled.Store = s; return throttled })
	var err error
	throttled.subject, err = d.Pseudonyms.Of(alex)
	must(t, err)
	m := message("m1", envelope("e1", "opt-in", alex, yes))
	for n, want := range map[int]bool{queue.MaxReceives - 1: true, queue.MaxReceives: false} {
		m.Attributes["ApproximateReceiveCount"] = strconv.Itoa(n)
		if back := d.deliver(t, m); (len(back) == 1) != want {
			t.Errorf("receive %d: %v come back", n, back)
		}
	}
	letter := d.dead.sent[0]
	if len(d.dead.sent) != 1 || letter.attributes["reason"] != "busy" || letter.attributes["queued_at"] != m.Attributes["SentTimestamp"] || letter.attributes["message_id"] != "m1" {
		t.Errorf("dead letters: %+v", d.dead.sent)
	}
	d.dead.fail = func() bool { return true }
	if back := d.deliver(t, m); len(back) != 1 {
		t.Error("a message is lost when the dead-letter queue does not take it")
	}
}

// TestUnknownQueue: nothing is taken from a queue that is not configured.
func TestUnknownQueue(t *testing.T) {
	d := newDesk(t)
	m := message("m1", envelope("e1", "opt-out", alex, optOutAll))
	m.EventSourceARN += "2"
	if back := d.deliver(t, m, m); len(back) != 2 || len(d.entries(t, alex)) != 0 {
		t.Errorf("%v come back", back)
	}
}

// TestOptOutWithoutID goes by the message it first came in.
func TestOptOutWithoutID(t *testing.T) {
	d := newDesk(t)
	body := `{"type":"consent.opt-out.v1","subject":"customer-0001","data":{"all":true}}`
	d.deliver(t, message("m1", body))
	d.deliver(t, message("m1", body))
	redriven := message("m2", body)
	redriven.MessageAttributes = map[string]events.SQSMessageAttribute{"message_id": text("m1")}
	d.deliver(t, redriven)
	if n := len(d.entries(t, alex)); n != 1 {
		t.Errorf("%d entries", n)
	}
	d.deliver(t, message("m3", body))
	if n := len(d.entries(t, alex)); n != 2 {
		t.Errorf("%d entries after another one", n)
	}
}

// TestProducersApart: an id is a producer's own, and never a key of the HTTP API.
func TestProducersApart(t *testing.T) {
	d := newDesk(t)
	d.Producers["demo-intake-app"] = intake.Producer{Name: "app", Channel: "app"}
	m := message("m1", envelope("e1", "opt-out", alex, optOutAll))
	d.deliver(t, m)
	m.EventSourceARN = strings.Replace(queueARN, "crm", "app", 1)
	d.deliver(t, m)
	if n := len(d.entries(t, alex)); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// TestDeadline: what there is no time for comes back.
func TestDeadline(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // less than the answer takes
	defer cancel()
	answer, err := d.Handle(ctx, events.SQSEvent{Records: []events.SQSMessage{message("m1", envelope("e1", "opt-in", alex, yes))}})
	if err != nil || len(answer.BatchItemFailures) != 1 || len(d.entries(t, alex)) != 0 {
		t.Errorf("%+v %v", answer, err)
	}
}

// TestInvocations delivers each sample.
func TestInvocations(t *testing.T) {
	files, err := filepath.Glob("../../../events/invocations/intake/*.json")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("there is none")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			must(t, err)
			var batch events.SQSEvent
			must(t, json.Unmarshal(b, &batch))
			d := newDesk(t)
			d.now = opened.Add(time.Hour)
			d.Producers, err = intake.ParseProducers(`{"ConsentReceipts-intake-crm":{"name":"crm","channel":"branch"}}`)
			must(t, err)
			answer, err := d.Handle(t.Context(), batch)
			if err != nil || answer.BatchItemFailures != nil {
				t.Fatalf("%+v %v\n%s", answer, err, d.log.String())
			}
			if recorded := min(len(batch.Records), 3); len(d.entries(t, alex)) != recorded || len(d.dead.sent) != len(batch.Records)-recorded {
				t.Errorf("%d entries, %d dead letters", len(d.entries(t, alex)), len(d.dead.sent))
			}
		})
	}
}

func TestParseProducers(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"q":{"name":"crm","channel":"branch"}}`:                true,
		`{"q":{"name":"crm","channel":"branch","trusted":true}}`: false,
		`{"q":{"name":"c r m","channel":"branch"}}`:              false,
		`{"q":{"name":"crm"}}`:                                   false,
		`{"":{"name":"crm","channel":"branch"}}`:                 false,
		`{}`:                                                     false,
		``:                                                       false,
	} {
		if _, err := intake.ParseProducers(text); (err == nil) != ok || (!ok && !errors.Is(err, intake.ErrProducers)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
