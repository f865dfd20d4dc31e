package queue

import "context"

// Bus is a published.Bus that is one queue.
type Bus struct {
	Sender
	ARN string
}

// Put implements published.Bus. If the queue does not take all events, the error stands for each.
func (b Bus) Put(ctx context.Context, events [][]byte) []error {
	bodies, errs := make([]string, len(events)), make([]error, len(events))
	for i, event := range events {
		bodies[i] = string(event)
	}
	err := b.SendAll(ctx, b.ARN, bodies)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
