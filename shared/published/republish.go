package published

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
)

// Range says which entries to publish again. Its zero value is all of them.
type Range struct {
	From, To     uint64    // numbers of receipts; 0 means no bound
	Since, Until time.Time // moments of issue; the zero time means no bound; Until is not included
}

// Segment is a piece of publishing everybody's receipts again: a part of the ledger, from
// where the pieces before it came to.
type Segment struct {
	Segment   int       `json:"segment"` // 0 to Of-1
	Of        int       `json:"of"`      // the number of segments into which the ledger is divided, at most MaxSegments
	Since     time.Time `json:"since,omitzero"`
	Until     time.Time `json:"until,omitzero"`
	After     string    `json:"after,omitempty"`     // where the ledger goes on; "": at its beginning
	Read      int       `json:"read,omitempty"`      // entries of the segment that were read
	Published int       `json:"published,omitempty"` // and published
}

// MaxSegments is the largest number of segments.
const MaxSegments = 10_000

// ErrSegment: there is no such segment.
var ErrSegment = errors.New("not a segment of the ledger")

// Scan reads the entries of everybody.
type Scan interface {
	// Page reads entries of a segment in an order that never changes, from after on, and
	// returns where to go on: "" at the end. Beside ledger.ErrCorrupt it returns the entries
	// that it could read.
	Page(ctx context.Context, segment, of int, after string) (entries []ledger.Entry, next string, err error)
}

// Republisher publishes entries again, for consumers that lost them or came later. The events
// are the same as the first time, with the same ids.
type Republisher struct {
	Events *Events
	Bus    Bus
	Scan   Scan // for segments
	Log    *slog.Logger
}

// Put publishes those of the entries that are in the range, and counts them. An entry that
// is refused keeps no other from being published, and is logged. After an error of the bus,
// some of the entries may be published.
func (p *Republisher) Put(ctx context.Context, entries []ledger.Entry, within Range) (n int, err error) {
	var events [][]byte
	for _, e := range entries {
		event, err := p.event(e, within)
		if err != nil {
			p.Log.Error(alarm.Refused, "seq", e.Seq, "error", err)
		} else if event != nil {
			events = append(events, event)
		}
	}
	for _, err := range p.Bus.Put(ctx, events) {
		if err != nil {
			return 0, err
		}
	}
	return len(events), nil
}

// pages is how many pages a piece reads at most. It begins none when less than spare is left
// of its time.
const (
	pages = 20
	spare = time.Minute
)

// Do publishes a piece, and returns the one that follows, unless it has reached the end of the
// segment. After an error the same piece may be done again; what is no segment is ErrSegment.
func (p *Republisher) Do(ctx context.Context, s Segment) ([]Segment, error) {
	if s.Of < 1 || s.Of > MaxSegments || s.Segment < 0 || s.Segment >= s.Of {
		return nil, fmt.Errorf("%w: %d of %d", ErrSegment, s.Segment, s.Of)
	}
	end, bounded := ctx.Deadline()
	for range pages {
		entries, next, err := p.Scan.Page(ctx, s.Segment, s.Of, s.After)
		if errors.Is(err, ledger.ErrCorrupt) {
			p.Log.Error(alarm.Refused, "error", err)
		} else if err != nil {
			return nil, err
		}
		n, err := p.Put(ctx, entries, Range{Since: s.Since, Until: s.Until})
		if err != nil {
			return nil, err
		}
		s.After, s.Read, s.Published = next, s.Read+len(entries), s.Published+n
		if next == "" || bounded && time.Until(end) < spare {
			break
		}
	}
	p.Log.Info("republished", "segment", s.Segment, "of", s.Of, "read", s.Read, "published", s.Published, "done", s.After == "")
	if s.After == "" {
		return nil, nil
	}
	return []Segment{s}, nil
}

// event makes the event of an entry, or nothing when it is out of the range, or of a contact:
// no other system knows those.
func (p *Republisher) event(e ledger.Entry, within Range) ([]byte, error) {
	if e.Subject.Kind() != ledger.KindPerson || e.Seq < within.From || (within.To > 0 && e.Seq > within.To) || outside(issued(e.Receipt), within) {
		return nil, nil
	}
	event, err := p.Events.event(e)
	if err != nil || outside(event.Time, within) {
		return nil, err
	}
	return json.Marshal(event)
}

// outside reports whether a moment of issue is out of a range. Nobody knows it of the zero time.
func outside(t time.Time, within Range) bool {
	return !t.IsZero() && (t.Before(within.Since) || (!within.Until.IsZero() && !t.Before(within.Until)))
}

// issued is when a receipt says that it was issued, or the zero time if it does not say so. It
// spares the verification of what is out of the range: nothing else follows from it.
func issued(compact string) (t time.Time) {
	_, rest, _ := strings.Cut(compact, ".")
	payload, _, _ := strings.Cut(rest, ".")
	var claims struct {
		IssuedAt int64 `json:"iat"`
	}
	if b, err := base64.RawURLEncoding.DecodeString(payload); err == nil && json.Unmarshal(b, &claims) == nil && claims.IssuedAt > 0 {
		t = time.Unix(claims.IssuedAt, 0).UTC()
	}
	return t
}
