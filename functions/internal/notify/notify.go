// Package notify tells other systems what became of the requests that they sent: it
// turns the news of a receipt into notices, one for each URL that a request gave, and
// tries each until the receiver has it. People without an account are told by a mail, which is
// tried as often.
//
// News and notices lie in one queue, so that none is lost: a notice that could not be
// delivered stays in the queue, hidden until it is tried again. A notice that is given up
// goes to the dead-letter queue, with the reason.
//
// A notice says which change is to be told. Its message is made at each attempt. If the
// request has changed again since, the notice of that later change tells more, and the
// earlier one is dropped: after an outage the last thing that a receiver hears is how the
// request stands.
package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/door"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// Queue is the part of SQS that Handler needs.
type Queue interface {
	Send(ctx context.Context, arn, body string, attributes map[string]string) error
	// Hide hides a message that was received for a while, 12 hours at most.
	Hide(ctx context.Context, arn, receipt string, d time.Duration) error
}

// Handler handles messages of the queue. All fields are set, but Mails.
type Handler struct {
	Counter *counter.Counter
	API     *protocols.API
	Sender  *callback.Sender
	Queue   Queue
	Dead    string       // ARN of the dead-letter queue
	Mails   *door.Teller // nil: no mails are sent here
	Clock   func() time.Time
	Log     *slog.Logger
}

// content is either the news of a receipt, as events/schema/published has it, or a
// notice to be given.
type content struct {
	news
	Notice *notice `json:"notice,omitempty"`
}

// news has the members of a published event that matter here.
type news struct {
	Subject string `json:"subject"` // a pseudonym, or ~ and the id of a contact
	Data    struct {
		Seq      uint64   `json:"seq"`
		Event    string   `json:"event"`
		Requests []change `json:"requests"`
	} `json:"data"`
}

// change is how a data request stands after a receipt.
type change struct {
	ID    string                 `json:"id"`
	State statement.RequestState `json:"state"`
	Due   string                 `json:"due"` // YYYY-MM-DD
}

// notice says that one URL is to be told of a change. It names neither the person nor the
// URL.
type notice struct {
	change
	To int `json:"to"` // the index among the URLs that were given with the request
}

// notices returns the notices that follow from a receipt. There is none when a request was
// received, because the answer to the request said so, and none when a part was added to an
// answer, or taken out of it again.
func (h *Handler) notices(ctx context.Context, n news) (all []notice, err error) {
	switch statement.EventType(n.Data.Event) {
	case statement.EventRequestReceived, statement.EventRequestPart, statement.EventPartRemoved:
		return nil, nil
	}
	for _, c := range n.Data.Requests {
		tickets, err := h.Counter.OfRequest(ctx, c.ID) // there is none if the person asked themselves
		if err != nil {
			return nil, err
		}
		for to := range receivers(tickets) {
			all = append(all, notice{c, to})
		}
	}
	return all, nil
}

// receiver is a URL that a ticket gave.
type receiver struct {
	ticket counter.Ticket
	url    string
}

// receivers lists who is to be told of a request. The order never changes, because notices
// refer to it.
func receivers(tickets []counter.Ticket) (all []receiver) {
	for _, ticket := range tickets {
		for _, url := range ticket.Origin.Callbacks {
			all = append(all, receiver{ticket, url})
		}
	}
	return all
}

// message makes the message of a notice. It reports false when the notice has been
// overtaken, because the request has changed since.
func (h *Handler) message(ctx context.Context, n notice) (m callback.Message, current bool, err error) {
	tickets, err := h.Counter.OfRequest(ctx, n.ID)
	if err != nil {
		return m, false, err
	}
	all := receivers(tickets)
	if n.To < 0 || n.To >= len(all) {
		return m, false, nil
	}
	to := all[n.To]
	if to.ticket.State != n.State || to.ticket.Due != n.Due {
		return m, false, nil
	}
	m, err = h.API.Callback(ctx, to.ticket, to.url)
	return m, true, err
}

// Handle handles a batch. Messages that are not done stay in the queue.
func (h *Handler) Handle(ctx context.Context, batch events.SQSEvent) (out events.SQSEventResponse, err error) {
	for _, m := range batch.Records {
		if !h.one(ctx, m) {
			out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: m.MessageId})
		}
	}
	return out, nil
}

// one handles one message, and reports whether nothing is left to do for it.
func (h *Handler) one(ctx context.Context, m events.SQSMessage) bool {
	var c content
	if err := json.Unmarshal([]byte(m.Body), &c); err != nil {
		return h.bury(ctx, m, "no JSON")
	}
	if c.Notice != nil {
		return h.deliver(ctx, m, *c.Notice)
	}
	if whose, err := ledger.ParseWhom(c.Subject); err == nil && whose.Kind() == ledger.KindContact {
		return h.tell(ctx, m, whose, c.news)
	}
	notices, err := h.notices(ctx, c.news)
	for _, n := range notices {
		body, _ := json.Marshal(content{Notice: &n}) // text and a number: cannot fail
		err = errors.Join(err, h.Queue.Send(ctx, m.EventSourceARN, string(body), nil))
	}
	if err != nil {
		h.failed("news not told", m, err)
	}
	return err == nil
}

// failed logs a message that will come again, and why.
func (h *Handler) failed(line string, m events.SQSMessage, err error) {
	if problem.Unbelievable(err) {
		line = alarm.Refused
	}
	h.Log.Error(line, "message", m.MessageId, "error", err)
}

// deliver makes one attempt at a callback.
func (h *Handler) deliver(ctx context.Context, m events.SQSMessage, n notice) bool {
	message, current, err := h.message(ctx, n)
	if err != nil {
		h.failed("callback not made", m, err)
		return false
	}
	if !current {
		h.Log.Info("callback overtaken by a later one", "message", m.MessageId)
		return true
	}
	state, err := h.Sender.Send(ctx, message, h.tried(m))
	return h.attempted(ctx, m, "callback", state, err)
}

// tell makes one attempt at the mail that tells a contact of a receipt.
func (h *Handler) tell(ctx context.Context, m events.SQSMessage, whose ledger.Subject, n news) bool {
	if h.Mails == nil {
		return true
	}
	var err error
	for _, c := range n.Data.Requests {
		err = errors.Join(err, h.Mails.Tell(ctx, whose, n.Data.Seq, c.ID))
	}
	switch {
	case errors.Is(err, door.ErrNotNoted):
		h.Log.Error("mail not noted", "message", m.MessageId, "error", err)
		return true
	case err == nil, errors.Is(err, door.ErrNotSent):
		return h.attempted(ctx, m, "mail", h.tried(m).After(m.MessageId, h.Clock(), err), err)
	}
	h.failed("mail not made", m, err)
	return false
}

// tried returns the attempts that were made before. Their number follows from how long the message
// has been in the queue. How often it was received does not tell it, because a receive counts even
// when this function could not make an attempt.
func (h *Handler) tried(m events.SQSMessage) callback.State {
	sent, _ := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
	return callback.Since(h.Clock().Sub(time.UnixMilli(sent)))
}

// attempted does what follows from an attempt, and reports whether nothing is left to do.
func (h *Handler) attempted(ctx context.Context, m events.SQSMessage, what string, state callback.State, err error) bool {
	switch state.Outcome {
	case callback.Delivered:
		return true
	case callback.GivenUp:
		h.Log.Error(what+" given up", "message", m.MessageId, "attempts", state.Attempts, "error", err)
		return h.bury(ctx, m, state.Reason)
	}
	h.Log.Warn(what+" not delivered", "message", m.MessageId, "attempts", state.Attempts, "error", err)
	if err := h.Queue.Hide(ctx, m.EventSourceARN, m.ReceiptHandle, state.Next.Sub(h.Clock())); err != nil {
		h.Log.Error(what+" comes again too soon", "message", m.MessageId, "error", err)
	}
	return false
}

// bury puts a message into the dead-letter queue, where people look, with the reason.
func (h *Handler) bury(ctx context.Context, m events.SQSMessage, reason string) bool {
	err := h.Queue.Send(ctx, h.Dead, m.Body, map[string]string{"reason": reason})
	if err != nil {
		h.Log.Error("message not buried", "message", m.MessageId, "error", fmt.Errorf("%s: %w", reason, err))
	}
	return err == nil
}
