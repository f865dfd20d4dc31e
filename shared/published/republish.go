package published

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"consent-receipts/shared/ledger"
)

// Range says which entries to publish again. Its zero value is all of them.
type Range struct {
	From, To     uint64    // numbers of receipts; 0 means no bound
	Since, Until time.Time // moments of issue; the zero time means no bound; Until is not included
}

// Progress is how far a Republisher came.
type Progress struct {
	Seen, Published int
	Last            ledger.Entry // the last entry that was published or passed over; the next run begins after it
}

// batchSize is how many entries are published at once.
const batchSize = 100

// Republisher publishes entries again, for consumers that lost them or came
// later. The events are the same as the first time, with the same ids.
type Republisher struct {
	Events *Events
	Bus    Bus
	Report func(Progress) // called after each batch; may be nil
}

// Run publishes the entries in the range and stops at the first error. Every entry that the
// progress counts as published is on the bus. A run that begins after the progress's last
// entry leaves nothing out.
func (p *Republisher) Run(ctx context.Context, entries iter.Seq2[ledger.Entry, error], within Range) (Progress, error) {
	var done Progress
	seen := make([]ledger.Entry, 0, batchSize)
	flush := func() error {
		var events [][]byte
		for _, e := range seen {
			event, err := p.event(e, within)
			if err != nil {
				return fmt.Errorf("receipt %d of %s: %w", e.Seq, e.Subject.ID(), err)
			}
			if event != nil {
				events = append(events, event)
			}
		}
		for _, err := range p.Bus.Put(ctx, events) {
			if err != nil {
				return err
			}
		}
		if len(seen) > 0 {
			done.Seen, done.Published, done.Last = done.Seen+len(seen), done.Published+len(events), seen[len(seen)-1]
		}
		seen = seen[:0]
		if p.Report != nil {
			p.Report(done)
		}
		return nil
	}
	for e, err := range entries {
		if err != nil {
			return done, err
		}
		if seen = append(seen, e); len(seen) == batchSize {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	return done, flush()
}

// event makes the event of an entry, or nothing when it is out of the range.
func (p *Republisher) event(e ledger.Entry, within Range) ([]byte, error) {
	if e.Seq < within.From || (within.To > 0 && e.Seq > within.To) {
		return nil, nil
	}
	event, err := p.Events.event(e)
	if err != nil {
		return nil, err
	}
	if event.Time.Before(within.Since) || (!within.Until.IsZero() && !event.Time.Before(within.Until)) {
		return nil, nil
	}
	return json.Marshal(event)
}
