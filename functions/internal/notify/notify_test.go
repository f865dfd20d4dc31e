package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/notify"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

const (
	own  = "arn:aws:sqs:eu-west-1:111122223333:callbacks"
	dead = "arn:aws:sqs:eu-west-1:111122223333:callbacks-dlq"

	customer = "customer-0001"

	patience = 5 * time.Minute // how long somebody may take to answer, however busy the machine is
)

var must = errtest.None

// queue keeps what it was asked.
type queue struct {
	sent   map[string][]string // by ARN
	reason string
	hidden time.Duration
	fail   error
}

func (q *queue) Send(_ context.Context, arn, body string, attributes map[string]string) error {
	if q.fail != nil {
		return q.fail
	}
	q.sent[arn], q.reason = append(q.sent[arn], body), attributes["reason"]
	return nil
}

func (q *queue) Hide(_ context.Context, _, _ string, d time.Duration) error {
	q.hidden = d
	return q.fail
}

// queued is a ledger with one request of an agent, and the function callbacks.
type queued struct {
	*notify.Handler
	desk    *registrartest.Desk
	queue   *queue
	now     time.Time
	subject string
	request statement.Request
}

// newQueued opens a request whose callbacks go to some URLs.
func newQueued(t *testing.T, urls ...string) *queued {
	t.Helper()
	d := &queued{now: registrartest.Begin, queue: &queue{sent: map[string][]string{}}}
	clock, log := func() time.Time { return d.now }, slog.New(slog.NewJSONHandler(io.Discard, nil))
	store := registrartest.Ledger(t)
	d.desk = registrartest.New(t, registrartest.Setup{Store: store, Now: clock})
	pseudonyms, err := pseudonym.NewMaker(make([]byte, pseudonym.KeySize), d.desk.Compiled.Catalogue.Identity.Namespace)
	must(t, err)
	policy := callback.Public()
	policy.Plain, policy.Allow = true, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }
	d.Handler = &notify.Handler{
		Counter: &counter.Counter{Registrar: d.desk.Registrar, Pseudonyms: pseudonyms, Tickets: store},
		API:     &protocols.API{DRP: &protocols.DRP{}, Clock: clock, Log: log},
		Sender:  callback.NewSender(policy, patience, clock), Queue: d.queue, Dead: dead, Clock: clock, Log: log,
	}
	_, err = d.Counter.Open(t.Context(), counter.Request{
		Origin: counter.Origin{Party: counter.Party{Protocol: counter.DRP, ID: "SAMPLE_AGENT_001"}, ID: "one", Callbacks: urls},
		Key:    "one", Type: statement.Access, CustomerID: customer,
	})
	must(t, err)
	d.subject, err = pseudonyms.Of(customer)
	must(t, err)
	standing, err := d.desk.Standing(t.Context(), ledger.Person(d.subject))
	must(t, err)
	d.request = standing.Requests[0]
	return d
}

// step takes the request a step on, and returns the news of it.
func (d *queued) step(t *testing.T, act datarequest.Act) string {
	t.Helper()
	result, err := d.desk.Do(t.Context(), ledger.Person(d.subject), string(act), consent.AdvanceRequest{ID: d.request.ID, Act: act, NothingHeld: act == datarequest.Complete, Case: "C-1"}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(t, err)
	d.request, err = d.desk.Find(t.Context(), ledger.Person(d.subject), d.request.ID)
	must(t, err)
	b, err := json.Marshal(map[string]any{"data": map[string]any{"event": result.Claims.Event.Type, "requests": []statement.Request{d.request}}})
	must(t, err)
	return string(b)
}

// handle handles one message that was put into the queue some time ago, and reports whether
// nothing is left to do for it.
func (d *queued) handle(t *testing.T, body string, age time.Duration) bool {
	t.Helper()
	out, err := d.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "1", Body: body, EventSourceARN: own, ReceiptHandle: "handle",
		Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(d.now.Add(-age).UnixMilli(), 10)},
	}}})
	must(t, err)
	return len(out.BatchItemFailures) == 0
}

// notices returns the notices that follow from news.
func (d *queued) notices(t *testing.T, news string) []string {
	t.Helper()
	d.queue.sent = map[string][]string{}
	if !d.handle(t, news, 0) {
		t.Fatal("the news were not told")
	}
	return d.queue.sent[own]
}

// answering answers with a status that the test changes.
func answering(t *testing.T) (url string, answer *int, told *int) {
	answer, told = new(int), new(int)
	*answer = http.StatusInternalServerError
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*told++
		w.WriteHeader(*answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, answer, told
}

// TestDeliver: a notice that fails stays in the queue, hidden for longer each time, until
// it is buried with the reason.
func TestDeliver(t *testing.T) {
	url, answer, told := answering(t)
	d := newQueued(t, url)
	notices := d.notices(t, d.step(t, datarequest.Start))
	if len(notices) != 1 || strings.Contains(notices[0], url) || strings.Contains(notices[0], customer) {
		t.Fatalf("%q", notices)
	}
	var age time.Duration
	for *told < callback.MaxAttempts-1 {
		if d.queue.hidden = 0; d.handle(t, notices[0], age) || d.queue.hidden <= 0 || len(d.queue.sent[dead]) > 0 {
			t.Fatalf("attempt %d: hidden for %s", *told, d.queue.hidden)
		}
		if d.queue.hidden > 12*time.Hour {
			t.Fatalf("hidden for %s, longer than SQS can", d.queue.hidden)
		}
		age += d.queue.hidden
	}
	if age < 40*time.Hour || age > 60*time.Hour {
		t.Errorf("given up after %s", age)
	}
	if !d.handle(t, notices[0], age) || len(d.queue.sent[dead]) != 1 || !strings.Contains(d.queue.reason, "500") {
		t.Errorf("at last: buried %q for %q", d.queue.sent[dead], d.queue.reason)
	}
	*answer = http.StatusNoContent
	if !d.handle(t, d.queue.sent[dead][0], 0) || len(d.queue.sent[dead]) != 1 {
		t.Error("put back, it is not delivered")
	}
}

// TestOurFault: a try that fails through our own fault counts as no attempt.
func TestOurFault(t *testing.T) {
	url, _, told := answering(t)
	d := newQueued(t, url)
	notice := d.notices(t, d.step(t, datarequest.Start))[0]
	speaks := d.API.DRP
	d.API.DRP = nil
	for range 3 * callback.MaxAttempts {
		if d.handle(t, notice, time.Minute) || len(d.queue.sent[dead]) > 0 {
			t.Fatal("given up, and never tried")
		}
	}
	d.API.DRP = speaks
	if d.queue.hidden = 0; d.handle(t, notice, time.Minute) || d.queue.hidden > 5*time.Minute || *told != 1 {
		t.Errorf("hidden for %s after %d attempts", d.queue.hidden, *told)
	}
}

// TestOvertaken: a change that a later one has overtaken is not told. All receivers are told
// of the later change.
func TestOvertaken(t *testing.T) {
	url, answer, told := answering(t)
	*answer = http.StatusAccepted
	d := newQueued(t, url, url+"/other")
	early := d.notices(t, d.step(t, datarequest.Start))
	late := d.notices(t, d.step(t, datarequest.Complete))
	if len(early) != 2 || len(late) != 2 {
		t.Fatalf("%q, %q", early, late)
	}
	before := strings.Replace(late[0], d.request.Due, "2026-12-01", 1) // put off again, in the same state: a rule may allow that twice
	if before == late[0] {
		t.Fatalf("no date in %s", before)
	}
	early = append(early, before)
	for _, notice := range early {
		if !d.handle(t, notice, 0) || *told != 0 {
			t.Errorf("told %d times of what was overtaken", *told)
		}
	}
	for _, notice := range late {
		if !d.handle(t, notice, 0) {
			t.Error("not told")
		}
	}
	if *told != 2 {
		t.Errorf("told %d times", *told)
	}
}

// TestRefused: a URL that may not be called, and a text that is no message, is buried at
// once. A message that cannot be buried stays in the queue.
func TestRefused(t *testing.T) {
	urls := []string{"https://127.0.0.1/", "https://169.254.169.254/latest", "http://bank.example/", "https://localhost/", "file:///etc/passwd"}
	d := newQueued(t, urls...)
	d.Sender = callback.NewSender(callback.Public(), patience, d.Clock)
	for i, notice := range d.notices(t, d.step(t, datarequest.Start)) {
		d.queue.sent = map[string][]string{}
		if !d.handle(t, notice, 0) || len(d.queue.sent[dead]) != 1 || strings.Contains(d.queue.reason, urls[i]) {
			t.Errorf("%s: buried %d for %q", urls[i], len(d.queue.sent[dead]), d.queue.reason)
		}
	}
	if !d.handle(t, "no JSON", 0) || d.queue.reason != "no JSON" {
		t.Errorf("junk: %q", d.queue.reason)
	}
	d.queue.fail = errors.New("down")
	if d.handle(t, "no JSON", 0) {
		t.Error("what could not be buried is gone")
	}
}

// TestSilent: nobody is told of a receipt that is about no request, of a person's own
// request, or of a change that the answer to the request told.
func TestSilent(t *testing.T) {
	d := newQueued(t, "https://controller.example/")
	for _, body := range []string{
		`{"type":"consent-receipts.receipt.v1","data":{"event":"opt-in","requests":[]}}`,
		`{"type":"consent-receipts.receipt.v1","data":{"event":"request-denied","requests":[{"id":"x","state":"denied"}]}}`,
		`{"type":"consent-receipts.receipt.v1","data":{"event":"request-received","requests":[{"id":"` + d.request.ID + `","state":"received"}]}}`,
	} {
		if !d.handle(t, body, 0) || len(d.queue.sent) != 0 {
			t.Errorf("%s: sent %v", body, d.queue.sent)
		}
	}
}

// TestUnbelievable: nothing is told from a ledger with an entry that this service did not
// write, and the line that an alarm watches is logged.
func TestUnbelievable(t *testing.T) {
	d := newQueued(t, "https://agent.example/")
	var log bytes.Buffer
	d.Log = slog.New(slog.NewJSONHandler(&log, nil))
	news := d.step(t, datarequest.Start)
	must(t, d.desk.Plain.Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(d.subject), Seq: 3, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1},
	}))
	refused := func(what string, want int) {
		t.Helper()
		if n := strings.Count(log.String(), `"msg":"`+alarm.Refused+`"`); n != want {
			t.Errorf("%s: the line was logged %d times, want %d:\n%s", what, n, want, &log)
		}
	}
	if d.handle(t, news, 0) {
		t.Error("news of a ledger that cannot be believed were told")
	}
	refused("news", 1)
	notice := `{"notice":{"id":"` + d.request.ID + `","state":"in-progress","due":"` + d.request.Due + `","to":0}}`
	if d.handle(t, notice, 0) || len(d.queue.sent[dead]) > 0 {
		t.Error("a callback about it was made")
	}
	refused("a notice", 2)
}

// TestContact: a mail to a contact is tried as a callback is, and given up with the reason. Where no
// mails are sent, nothing is left to do.
func TestContact(t *testing.T) {
	d := newQueued(t, "https://agent.example/")
	whose, address := ledger.Contact(strings.Repeat("c", 43)), "alex@example.com"
	var sent []mail.Message
	down := errors.New("throttled")
	d.Mails = &door.Teller{
		Registrar: d.desk.Registrar, Tickets: d.Counter.Tickets, Page: "https://bank.example/ask/",
		Identify: func(context.Context, ledger.Subject, string) (string, error) { return address, nil },
		Send: func(_ context.Context, m mail.Message) error {
			if down == nil {
				sent = append(sent, m)
			}
			return down
		},
	}
	d.desk.Seal = func(context.Context, ledger.Subject, string) (string, error) { return "sealed", nil }
	ask := consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceEmail, Channel: door.Channel}, Language: "en", Customer: address}
	asked, err := d.desk.Do(t.Context(), whose, "ask", consent.RequestData{Type: "access"}, ask)
	must(t, err)
	var request statement.Request
	must(t, json.Unmarshal(asked.Claims.Request[0].Value, &request))
	denied, err := d.desk.Do(t.Context(), whose, "deny", consent.AdvanceRequest{ID: request.ID, Act: datarequest.Deny, Reason: "excessive", Case: "C-1"}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(t, err)
	news := fmt.Sprintf(`{"subject":%q,"data":{"seq":%d,"event":"request-denied","requests":[{"id":%q,"state":"denied"}]}}`, whose.Whom(), denied.Seq, request.ID)
	var log bytes.Buffer
	d.Log = slog.New(slog.NewJSONHandler(&log, nil))
	var age time.Duration
	for range callback.MaxAttempts - 1 {
		if d.queue.hidden = 0; d.handle(t, news, age) || d.queue.hidden <= 0 || len(d.queue.sent[dead]) > 0 {
			t.Fatalf("at %s: hidden for %s", age, d.queue.hidden)
		}
		age += d.queue.hidden
	}
	if !d.handle(t, news, age) || len(d.queue.sent[dead]) != 1 || !strings.Contains(d.queue.reason, "throttled") {
		t.Errorf("at last: buried %q for %q", d.queue.sent[dead], d.queue.reason)
	}
	down = nil
	for range 2 { // put back, and told twice by the stream
		if !d.handle(t, d.queue.sent[dead][0], 0) || len(sent) != 1 {
			t.Errorf("put back: %d mails", len(sent))
		}
	}
	if strings.Contains(log.String(), address) || strings.Contains(log.String(), whose.ID()) || !strings.Contains(log.String(), "mail given up") {
		t.Errorf("the log has %s", &log)
	}
	d.Mails = nil
	if !d.handle(t, news, 0) {
		t.Error("without mails there is something left to do")
	}
}
