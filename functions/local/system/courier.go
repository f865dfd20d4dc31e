package system

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/notify"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

// Courier stands in for the stream, the bus and the queue of the cloud: it carries the
// ledger's changes to the publisher, and the events about data requests to the callbacks. The
// queue's file has its position, so that nothing is lost while this machine is off. Only one
// goroutine may use it.
type Courier struct {
	changes   ledger.Changes
	publisher *publish.Publisher // publishes onto the queue
	queue     *queue
	callbacks notify.Handler
	protocols func() (*protocols.API, error)
}

// As much is carried at once as in a deployment.
const (
	changesAtOnce  = 100
	messagesAtOnce = 5
)

// Work publishes the new changes and handles the waiting messages. It returns the moment at
// which the next message comes again, or zero if none waits.
func (c *Courier) Work(ctx context.Context, sender *callback.Sender) (next time.Time, err error) {
	if err := c.publish(ctx); err != nil {
		return next, err
	}
	for batch := c.queue.receive(messagesAtOnce); len(batch) > 0; batch = c.queue.receive(messagesAtOnce) {
		if c.callbacks.API == nil {
			if c.callbacks.API, err = c.protocols(); err != nil {
				return next, err
			}
		}
		c.callbacks.Sender = sender
		answer, err := c.callbacks.Handle(ctx, events.SQSEvent{Records: batch})
		if err != nil {
			return next, err
		}
		if err := c.queue.settle(batch, answer.BatchItemFailures); err != nil {
			return next, err
		}
	}
	return c.queue.next(), nil
}

// publish publishes the changes since the last time. A change that is refused would be
// refused again, so it is passed over; in the cloud the stream does the same in the end.
func (c *Courier) publish(ctx context.Context) error {
	for {
		changes, err := c.changes.ChangesAfter(ctx, c.queue.kept.Mark, changesAtOnce)
		if err != nil || len(changes) == 0 {
			return err
		}
		waiting := slices.DeleteFunc(slices.Clone(changes), untold)
		failed := map[string]error{} // by mark
		for i, err := range c.publisher.Publish(ctx, waiting) {
			if err != nil && !errors.Is(err, published.ErrRefused) {
				failed[waiting[i].Mark] = err
			}
		}
		mark := c.queue.kept.Mark
		for _, change := range changes {
			if err = failed[change.Mark]; err != nil {
				break
			}
			mark = change.Mark
		}
		if err := errors.Join(err, c.queue.advance(mark)); err != nil {
			return err
		}
	}
}

// untold reports whether nobody is told of a change: the queue takes events about data requests
// alone, and an entry about one has a line of the docket. To verify every other entry again
// would take the processor from the people who opt in at that moment.
func untold(c ledger.Change) bool {
	return c.Err == nil && c.What == ledger.Appended && c.Entry.Listing == (ledger.Listing{})
}
