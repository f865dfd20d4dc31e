// Package callbacks tells other systems what became of the requests that they sent: it
// turns the news of a receipt into messages, one for each URL that a request gave, and
// delivers each until the receiver has it.
//
// Both lie in one queue, which is what makes it lose nothing: a message that could not be
// delivered stays in it, hidden until it is tried again. What is given up goes to the
// dead-letter queue, with the reason.
package callbacks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/callback"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/consent"
)

// Queue is what is asked of SQS.
type Queue interface {
	Send(ctx context.Context, arn, body string, attributes map[string]string) error
	// Hide hides a message that was received for a while, 12 hours at most.
	Hide(ctx context.Context, arn, receipt string, d time.Duration) error
}

// Handler handles messages of the queue. All fields are set.
type Handler struct {
	Teller
	Sender *callback.Sender
	Queue  Queue
	Dead   string // ARN of the dead-letter queue
	Clock  func() time.Time
	Log    *slog.Logger
}

// Teller makes messages of what became of a request.
type Teller struct {
	Counter *protocols.Counter
	API     *protocols.API
}

// content is either the news of a receipt, as events/schema/published has it, or a
// callback to be made.
type content struct {
	News
	Callback *callback.Message `json:"callback"`
}

// News are the parts of a published event that matter here.
type News struct {
	Data struct {
		Event    string    `json:"event"`
		Requests []Request `json:"requests"`
	} `json:"data"`
}

// Request is a data request that a receipt is about.
type Request struct {
	ID string `json:"id"`
}

// Messages returns what is to be told of a receipt, and to whom. Nobody is told that a
// request was received, for its answer said so, nor that the answer grows.
func (t *Teller) Messages(ctx context.Context, news News) (all []callback.Message, err error) {
	switch consent.EventType(news.Data.Event) {
	case consent.EventRequestReceived, consent.EventRequestPart:
		return nil, nil
	}
	for _, r := range news.Data.Requests {
		ticket, err := t.Counter.OfRequest(ctx, r.ID)
		if errors.Is(err, protocols.ErrNotFound) {
			continue // the person asked themselves
		}
		if err != nil {
			return nil, err
		}
		some, err := t.API.Callbacks(ticket)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Handle handles a batch. What is not done stays in the queue.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (out events.SQSEventResponse, err error) {
	for _, m := range batch.Records {
		if !h.one(ctx, m) {
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// one reports whether nothing is left to do for a message.
func (h *Handler) one(ctx context.Context, m events.SQSMessage) bool {
	var c content
	if err := json.Unmarshal([]byte(m.Body), &c); err != nil {
		return h.bury(ctx, m, "no JSON")
	}
	if c.Callback != nil {
		return h.deliver(ctx, m, *c.Callback)
	}
	messages, err := h.Messages(ctx, c.News)
	for _, told := range messages {
		body, _ := json.Marshal(content{Callback: &told}) // text and bytes: cannot fail
		err = errors.Join(err, h.Queue.Send(ctx, m.EventSourceARN, string(body), nil))
	}
	if err != nil {
		h.Log.Error("news not told", "message", m.MessageId, "error", err)
	}
	return err == nil
}

// deliver makes one attempt. How many there were, the queue knows.
func (h *Handler) deliver(ctx context.Context, m events.SQSMessage, c callback.Message) bool {
	received, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	state, err := h.Sender.Send(ctx, c, callback.State{Attempts: max(received, 1) - 1})
	switch state.Outcome {
	case callback.Delivered:
		return true
	case callback.GivenUp:
		h.Log.Error("callback given up", "message", m.MessageId, "attempts", state.Attempts, "error", err)
		return h.bury(ctx, m, state.Reason)
	}
	h.Log.Warn("callback not delivered", "message", m.MessageId, "attempts", state.Attempts, "error", err)
	if err := h.Queue.Hide(ctx, m.EventSourceARN, m.ReceiptHandle, state.Next.Sub(h.Clock())); err != nil {
		h.Log.Error("callback comes again too soon", "message", m.MessageId, "error", err)
	}
	return false
}

// bury puts a message where people look, with the reason.
func (h *Handler) bury(ctx context.Context, m events.SQSMessage, reason string) bool {
	err := h.Queue.Send(ctx, h.Dead, m.Body, map[string]string{"reason": reason})
	if err != nil {
		h.Log.Error("callback not buried", "message", m.MessageId, "error", fmt.Errorf("%s: %w", reason, err))
	}
	return err == nil
}
