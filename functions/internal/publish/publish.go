// Package publish tells other systems, by events on a bus, that receipts were
// issued: the ledger is the outbox. It is handed what the ledger tells of its changes, so
// what was appended is published at least once, and nothing that was not. Package
// published makes the events.
package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

// Publisher publishes what was appended. All fields are set.
type Publisher struct {
	Events  *published.Events
	Bus     published.Bus
	Metrics *emf.Emitter
	Log     *slog.Logger
}

// These are the outcomes of a change.
const (
	outcomePublished = "published"
	outcomeFailed    = "failed"
)

// Publish publishes the changes that are receipts of people. It returns an error for each
// change that has to come again; one whose error wraps published.ErrRefused will fail again.
// A change that fails keeps no other from being published.
func (p *Publisher) Publish(ctx context.Context, changes []ledger.Change) []error {
	errs := make([]error, len(changes))
	var details [][]byte
	var of []int // of each detail, the index of its change
	for i, c := range changes {
		detail, err := p.event(c)
		if errs[i] = err; detail != nil {
			details, of = append(details, detail), append(of, i)
		}
	}
	count := map[string]int{}
	for i, err := range p.Bus.Put(ctx, details) {
		if errs[of[i]] = err; err == nil {
			count[outcomePublished]++
		}
	}
	for i, err := range errs {
		if err == nil {
			continue
		}
		count[outcomeFailed]++
		line := "not published"
		if errors.Is(err, published.ErrRefused) {
			line = alarm.Refused
		}
		p.Log.Error(line, "sequence_number", changes[i].Mark, "error", err)
	}
	for outcome, n := range count {
		p.Metrics.Count("Receipts", n, map[string]string{"Outcome": outcome})
	}
	return errs
}

// event returns the event that tells of a change, or nil if there is nothing to tell.
func (p *Publisher) event(c ledger.Change) ([]byte, error) {
	switch {
	case c.Err != nil:
		return nil, fmt.Errorf("%w: %w", published.ErrRefused, c.Err)
	case c.What == ledger.Replaced: // entries never change, so somebody else changed the table
		p.Log.Error(alarm.Changed, "sequence_number", c.Mark)
		return nil, nil
	case c.What == ledger.Removed, c.Subject.Kind() != ledger.KindPerson: // an erasure publishes its own entry
		return nil, nil
	}
	return p.Events.Of(c.Entry)
}
