package system_test

import (
	"context"
	"encoding/json"
	"errors"
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
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

const (
	own  = "arn:aws:sqs:eu-west-1:111122223333:callbacks"
	dead = "arn:aws:sqs:eu-west-1:111122223333:callbacks-dlq"
)

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

// queued is a system, one request of a controller's, and what the function callbacks makes
// of it, which on this machine the outbox does.
type queued struct {
	*notify.Handler
	queue   *queue
	sys     *system.System
	now     time.Time
	subject string
	request statement.Request
}

// newQueued opens a request whose callbacks go to some URLs.
func newQueued(t *testing.T, urls ...string) *queued {
	t.Helper()
	d := &queued{now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), queue: &queue{sent: map[string][]string{}}}
	clock, log := func() time.Time { return d.now }, slog.New(slog.NewJSONHandler(io.Discard, nil))
	var err error
	d.sys, err = system.Open(t.Context(), t.TempDir(), clock, log)
	must(t, err)
	t.Cleanup(func() { must(t, d.sys.Close()) })
	api, err := d.sys.Protocols()
	must(t, err)
	policy := callback.Public()
	policy.Plain, policy.Allow = true, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }
	d.Handler = &notify.Handler{
		Counter: api.Counter, API: api,
		Sender: callback.NewSender(policy, patience, clock), Queue: d.queue, Dead: dead, Clock: clock, Log: log,
	}
	_, err = api.Counter.Open(t.Context(), counter.Request{
		Origin: counter.Origin{Party: counter.Party{Protocol: counter.OpenDSR, ID: "first-example-bank"}, ID: "one", Callbacks: urls},
		Key:    "one", Type: statement.Access, CustomerID: system.SamplePerson,
	})
	must(t, err)
	d.subject, err = d.sys.API.Pseudonyms.Of(system.SamplePerson)
	must(t, err)
	standing, err := d.sys.API.Registrar.Standing(t.Context(), d.subject)
	must(t, err)
	d.request = standing.Requests[0]
	return d
}

// step takes the request a step on, and returns the news of it.
func (d *queued) step(t *testing.T, act datarequest.Act) string {
	t.Helper()
	result, err := d.sys.API.Registrar.Do(t.Context(), d.subject, string(act), consent.AdvanceRequest{ID: d.request.ID, Act: act, Case: "C-1"}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(t, err)
	d.request, _, err = d.sys.API.Registrar.Find(t.Context(), d.subject, d.request.ID)
	must(t, err)
	b, err := json.Marshal(map[string]any{"data": map[string]any{"event": result.Claims.Event.Type, "requests": []statement.Request{d.request}}})
	must(t, err)
	return string(b)
}

// handle handles one message that was put into the queue some time ago, and reports
// whether it is done with.
func (d *queued) handle(t *testing.T, body string, age time.Duration) bool {
	t.Helper()
	out, err := d.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "1", Body: body, EventSourceARN: own, ReceiptHandle: "handle",
		Attributes: map[string]string{"SentTimestamp": strconv.FormatInt(d.now.Add(-age).UnixMilli(), 10)},
	}}})
	must(t, err)
	return len(out.BatchItemFailures) == 0
}

// notices are those that news are made into.
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
	if len(notices) != 1 || strings.Contains(notices[0], url) || strings.Contains(notices[0], system.SamplePerson) {
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

// TestOurFault: that we ourselves cannot try is no attempt.
func TestOurFault(t *testing.T) {
	url, _, told := answering(t)
	d := newQueued(t, url)
	notice := d.notices(t, d.step(t, datarequest.Start))[0]
	signs := d.API.OpenDSR
	d.API.OpenDSR = nil
	for range 3 * callback.MaxAttempts {
		if d.handle(t, notice, time.Minute) || len(d.queue.sent[dead]) > 0 {
			t.Fatal("given up, and never tried")
		}
	}
	d.API.OpenDSR = signs
	if d.queue.hidden = 0; d.handle(t, notice, time.Minute) || d.queue.hidden > 5*time.Minute || *told != 1 {
		t.Errorf("hidden for %s after %d attempts", d.queue.hidden, *told)
	}
}

// TestOvertaken: of what has changed again since, nothing is told; of the later change,
// all that gave a URL are.
func TestOvertaken(t *testing.T) {
	url, answer, told := answering(t)
	*answer = http.StatusAccepted
	d := newQueued(t, url, url+"/other")
	early := d.notices(t, d.step(t, datarequest.Start))
	late := d.notices(t, d.step(t, datarequest.Complete))
	if len(early) != 2 || len(late) != 2 {
		t.Fatalf("%q, %q", early, late)
	}
	before := strings.Replace(late[0], d.request.Due, "2026-12-01", 1) // put off since, in the same state: a rule may allow that twice
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

// TestCallbacksRefused: what may not be called, and what is no message, is buried at once; and
// what cannot be buried stays.
func TestCallbacksRefused(t *testing.T) {
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

// TestCallbacksSilent: nobody is told of a receipt that no request is about, or a person's own, or
// that its own answer told of.
func TestCallbacksSilent(t *testing.T) {
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
