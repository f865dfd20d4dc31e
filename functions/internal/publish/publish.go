// Package publish tells other systems, by events on a bus, that receipts were
// issued: the ledger is the outbox. It is handed what the ledger tells of its changes, so
// what was appended is published at least once, and nothing that was not. Package
// published makes the events. People without an account are of no concern to other systems; the
// events on them go to those alone who tell these people.
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
	Events   *published.Events
	Bus      published.Bus // takes the events on people
	Contacts published.Bus // takes those on contacts
	Metrics  *emf.Emitter
	Log      *slog.Logger
}

// These are the outcomes of a change.
const (
	outcomePublished = "published"
	outcomeFailed    = "failed"
)

// Publish publishes the changes that are receipts. It returns an error for each
// change that has to come again; one whose error wraps published.ErrRefused will fail again.
// A change that fails keeps no other from being published.
func (p *Publisher) Publish(ctx context.Context, changes []ledger.Change) []error {
	errs := make([]error, len(changes))
	var people, contacts parcel
	for i, c := range changes {
		to := &people
		if c.Subject.Kind() == ledger.KindContact {
			to = &contacts
		}
		detail, err := p.event(c)
		if errs[i] = err; detail != nil {
			to.details, to.of = append(to.details, detail), append(to.of, i)
		}
	}
	count := map[string]int{}
	if n := people.put(ctx, p.Bus, errs) + contacts.put(ctx, p.Contacts, errs); n > 0 {
		count[outcomePublished] = n
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

// parcel has the events for one bus.
type parcel struct {
	details [][]byte
	of      []int // of each event, the index of its change
}

// put puts the events on their bus, sets the errors of their changes, and counts those that the bus
// took.
func (p parcel) put(ctx context.Context, bus published.Bus, errs []error) (taken int) {
	for i, err := range bus.Put(ctx, p.details) {
		if errs[p.of[i]] = err; err == nil {
			taken++
		}
	}
	return taken
}

// event returns the event that tells of a change, or nil if there is nothing to tell.
func (p *Publisher) event(c ledger.Change) ([]byte, error) {
	switch {
	case c.Err != nil:
		return nil, fmt.Errorf("%w: %w", published.ErrRefused, c.Err)
	case c.What == ledger.Replaced: // entries never change, so somebody else changed the table
		p.Log.Error(alarm.Changed, "sequence_number", c.Mark)
		return nil, nil
	case c.What == ledger.Removed, c.Subject.Pseudonym() == "": // an erasure publishes its own entry
		return nil, nil
	}
	return p.Events.Of(c.Entry)
}
