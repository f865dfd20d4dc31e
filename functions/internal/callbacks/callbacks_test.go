package callbacks_test

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

	"consent-receipts/functions/internal/callback"
	"consent-receipts/functions/internal/callbacks"
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

// newHandler delivers to a receiver on this machine.
func newHandler(t *testing.T, receiver http.HandlerFunc) (*callbacks.Handler, *queue, string) {
	t.Helper()
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	policy := callback.Public()
	policy.Plain, policy.Allow = true, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }
	q := &queue{sent: map[string][]string{}}
	clock := func() time.Time { return now }
	return &callbacks.Handler{
		Sender: callback.NewSender(policy, time.Second, clock), Queue: q, Dead: dead, Clock: clock, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	}, q, server.URL
}

func message(t *testing.T, url string, received int) events.SQSMessage {
	t.Helper()
	b, err := json.Marshal(map[string]any{"callback": callback.Message{ID: "m", URL: url, Header: map[string]string{"Content-Type": "application/json"}, Body: []byte(`{}`)}})
	if err != nil {
		t.Fatal(err)
	}
	return events.SQSMessage{
		MessageId: "1", Body: string(b), EventSourceARN: own, ReceiptHandle: "handle",
		Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(received)},
	}
}

// TestDeliver: a callback that fails stays in the queue, hidden for longer each time,
// until it is buried with the reason; one that may never be made is buried at once.
func TestDeliver(t *testing.T) {
	answer := http.StatusInternalServerError
	h, q, url := newHandler(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) })
	var waited time.Duration
	for received := 1; received < callback.MaxAttempts; received++ {
		out, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message(t, url, received)}})
		if err != nil || len(out.BatchItemFailures) != 1 || q.hidden <= 0 || len(q.sent[dead]) > 0 {
			t.Fatalf("attempt %d: %+v, hidden for %s", received, out, q.hidden)
		}
		if q.hidden > 12*time.Hour {
			t.Fatalf("hidden for %s, longer than SQS can", q.hidden)
		}
		waited += q.hidden
	}
	if waited < 24*time.Hour {
		t.Errorf("given up after %s", waited)
	}
	out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message(t, url, callback.MaxAttempts)}})
	if len(out.BatchItemFailures) != 0 || len(q.sent[dead]) != 1 || !strings.Contains(q.reason, "500") {
		t.Errorf("at last: %+v, buried %q for %q", out, q.sent[dead], q.reason)
	}
	answer = http.StatusNoContent
	if out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message(t, url, 3)}}); len(out.BatchItemFailures) != 0 || len(q.sent[dead]) != 1 {
		t.Errorf("delivered: %+v", out)
	}
}

// TestRefused: what may not be called, and what is no message, is buried at once; and
// what cannot be buried stays.
func TestRefused(t *testing.T) {
	h, q, _ := newHandler(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	h.Sender = callback.NewSender(callback.Public(), time.Second, h.Clock)
	for _, url := range []string{"https://127.0.0.1/", "https://169.254.169.254/latest", "http://bank.example/", "https://localhost/", "file:///etc/passwd"} {
		q.sent = map[string][]string{}
		out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{message(t, url, 1)}})
		if len(out.BatchItemFailures) != 0 || len(q.sent[dead]) != 1 || strings.Contains(q.reason, url) {
			t.Errorf("%s: %+v, buried %d for %q", url, out, len(q.sent[dead]), q.reason)
		}
	}
	junk := events.SQSMessage{MessageId: "2", Body: "no JSON", EventSourceARN: own}
	if out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{junk}}); len(out.BatchItemFailures) != 0 || q.reason != "no JSON" {
		t.Errorf("junk: %+v, %q", out, q.reason)
	}
	q.fail = errors.New("down")
	if out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{junk}}); len(out.BatchItemFailures) != 1 {
		t.Error("what could not be buried is gone")
	}
}

// TestSilent: nobody is told of a receipt that no request is about, or that its own
// answer told of.
func TestSilent(t *testing.T) {
	h, q, _ := newHandler(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	for _, body := range []string{
		`{"type":"consent-receipts.receipt.v1","data":{"event":"opt-in","requests":[]}}`,
		`{"type":"consent-receipts.receipt.v1","data":{"event":"request-received","requests":[{"id":"x"}]}}`,
	} {
		out, _ := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{{MessageId: "3", Body: body, EventSourceARN: own}}})
		if len(out.BatchItemFailures) != 0 || len(q.sent) != 0 {
			t.Errorf("%s: %+v, sent %v", body, out, q.sent)
		}
	}
}
