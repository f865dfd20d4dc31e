package intake

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/registrar"
)

// Outcomes of a message.
const (
	Recorded     = "recorded"      // a receipt was made for the message
	Repeated     = "repeated"      // a receipt for the message existed already
	Unchanged    = "unchanged"     // the message was acknowledged and changes nothing
	DeadLettered = "dead-lettered" // the message can never succeed, or never did, and is in the dead-letter queue
	Retried      = "retried"       // SQS delivers the message again
)

// end is what became of a message.
type end struct {
	outcome, reason string
}

// Errors of this layer.
var (
	errEnvelope = errors.New("not an envelope")
	errQueue    = errors.New("no producer is configured for the queue")
	errPanic    = errors.New("panic")
)

const (
	reasonCorrupt  = "ledger-entry-refused"
	reasonInternal = "internal"
	reasonQueue    = "unknown-queue"
)

// reasons maps each sentinel error to a reason. The first match counts. A final error stays
// however often the message is tried. Operators read the details in the dead-letter queue,
// so the details contain no personal data.
var reasons = []struct {
	err    error
	slug   string
	final  bool
	detail string
}{
	{registrar.ErrCorrupt, reasonCorrupt, false, "The person's ledger holds something that was not signed by this service. See the log, and docs/ledger.md."},
	{ledger.ErrBusy, "busy", false, "The ledger or the certifying function did not answer, every time that it was tried."},
	{errQueue, reasonQueue, false, "The queue is not in the configuration of the producers."},
	{errPanic, reasonInternal, false, "A bug of this service. See the log."},
	{errEnvelope, "invalid-envelope", true, ""}, // the error says where
	{registrar.ErrMismatch, "idempotency-mismatch", true, "The producer used the id before, for this person and type, with other content."},
	{consent.ErrFuture, "in-the-future", true, "An opt-in stamped over 60 seconds ahead of this service's clock. See to the producer's clock before sending it again."},
	{consent.ErrNotOffered, "not-offered", true, "A choice is not in the catalogue in use, or goes beyond it."},
	{consent.ErrEvidence, "evidence-too-weak", true, "A purpose asks for stronger evidence than a producer can give, or than it gave."},
	{consent.ErrNotNarrower, "not-narrower", true, "A narrowing would widen."},
	{consent.ErrCap, "cap-reached", true, "A limit is reached; docs/consent-model.md lists them."},
	{consent.ErrInvalid, "invalid-command", true, "The data contradicts itself or the catalogue's rules."},
}

// conclude says what becomes of a message. A message whose error may pass is tried again,
// until SQS has delivered it for the last time.
func (h *Handler) conclude(r *reading, result *registrar.Result, err error) end {
	switch {
	case err == nil && result == nil:
		return end{outcome: Unchanged}
	case err == nil && result.Replayed:
		return end{outcome: Repeated}
	case err == nil:
		return end{outcome: Recorded}
	}
	slug, final, _ := explain(err)
	if final || receives(r.message) >= queue.MaxReceives {
		return end{DeadLettered, slug}
	}
	return end{Retried, slug}
}

// explain finds the reason of an error, and a detail without personal data.
func explain(err error) (slug string, final bool, detail string) {
	for _, known := range reasons {
		if errors.Is(err, known.err) {
			if errors.Is(known.err, errEnvelope) {
				return known.slug, known.final, err.Error()
			}
			return known.slug, known.final, known.detail
		}
	}
	return reasonInternal, false, "An unexpected error. See the log."
}

// Attributes of a message in the dead-letter queue. A redrive keeps the attributes, but
// gives the message a new id and a new moment of sending. The last two attributes keep the
// original ones.
const (
	attributeReason    = "reason"
	attributeDetail    = "detail"
	attributeQueuedAt  = "queued_at" // milliseconds since the epoch
	attributeMessageID = "message_id"
)

// putAway sends a message to its dead-letter queue, with the reason.
func (h *Handler) putAway(ctx context.Context, r *reading, err error) error {
	slug, _, detail := explain(err)
	attributes := map[string]string{
		attributeReason: slug, attributeDetail: detail, attributeMessageID: originalID(r.message),
	}
	if at, err := queuedAt(r.message); err == nil {
		attributes[attributeQueuedAt] = strconv.FormatInt(at.UnixMilli(), 10)
	}
	return h.DeadLetters.Send(ctx, r.message.EventSourceARN+queue.DeadLetterSuffix, r.message.Body, attributes)
}

// queuedAt is the moment a message first reached a queue: the moment of its sending, or the
// earlier one that it kept when it was put into the dead-letter queue and sent again.
// Whoever forges the attribute makes an opt-in older, never newer.
func queuedAt(m *events.SQSMessage) (time.Time, error) {
	ms, err := strconv.ParseInt(m.Attributes["SentTimestamp"], 10, 64)
	if err != nil || ms <= 0 {
		return time.Time{}, fmt.Errorf("%w: the queue does not say when the message was sent", errEnvelope)
	}
	if first, err := strconv.ParseInt(attribute(m, attributeQueuedAt), 10, 64); err == nil && first > 0 {
		ms = min(ms, first)
	}
	return time.UnixMilli(ms).UTC(), nil
}

// originalID is the id that a message had when it first came.
func originalID(m *events.SQSMessage) string {
	if id := attribute(m, attributeMessageID); id != "" {
		return id
	}
	return m.MessageId
}

func attribute(m *events.SQSMessage, name string) string {
	if v := m.MessageAttributes[name].StringValue; v != nil {
		return *v
	}
	return ""
}

// receives is how often SQS has delivered a message, this delivery included. It is at least
// 1.
func receives(m *events.SQSMessage) int {
	n, err := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	if err != nil || n < 1 {
		return 1
	}
	return n
}
