// Package consent is the pure domain: what a person may say about the use of
// their data, and what then holds. It reads no clock, makes no randomness and
// knows no storage.
//
// Decide takes a standing and a command and yields an event, a typed refusal,
// or nothing (the command is acknowledged and changes nothing). The rules, each
// guarded by a test:
//
//   - Nothing brings a consent back, or widens it, but a later, deliberate
//     opt-in. An offer is stale for a line that changed after the entry that the
//     person was looking at. An opt-in event that is not later than the latest
//     no for its line changes nothing; ties go to no.
//   - An opt-out always withdraws, and is never refused.
//   - In force means given, from its iat, until its end. The default is no.
package consent

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// World is all that Decide may know beside the standing and the command.
type World struct {
	Now        time.Time                       // the entry's iat: whole seconds, UTC, not before the standing's
	Subject    string                          // the person's pseudonym
	Current    string                          // digest of the current catalogue
	Catalogues map[string]*catalogue.Catalogue // by digest: the current one, the offer's, those of the lines
	NewID      func() string                   // makes UUIDv4s
}

// Decide says what a command comes to. A nil event with a nil error means that
// the command is acknowledged and changes nothing; nothing is appended then.
func Decide(s statement.Standing, cmd Command, c Context, w World) (*Event, error) {
	d, err := newDecision(s, c, w)
	if err != nil {
		return nil, err
	}
	if err := cmd.apply(d); err != nil || d.event.Type == "" {
		return nil, err
	}
	if c.Evidence.GPC {
		d.applyGPC()
	}
	d.forgetAnswered()
	d.explain(&s)
	d.after.Seq, d.after.At = d.seq, w.Now
	d.event.Standing = d.after
	return d.event, nil
}

// decision is one run of Decide.
type decision struct {
	w        World
	c        Context
	current  *catalogue.Catalogue
	occurred time.Time
	seq      uint64             // of the entry to come
	after    statement.Standing // grows into the new standing
	language string             // of what the person was shown; "" where nobody said
	event    *Event
	yes      map[statement.LineKey]bool // lines that this command says yes to
	attests  statement.Attested         // of an import: what the record that it copies attests
}

func newDecision(s statement.Standing, c Context, w World) (*decision, error) {
	current, ok := w.Catalogues[w.Current]
	if !ok {
		return nil, fmt.Errorf("current catalogue %s is not at hand", w.Current)
	}
	if c.OccurredAt.IsZero() {
		c.OccurredAt = w.Now
	}
	if c.QueuedAt.IsZero() {
		c.QueuedAt = w.Now
	}
	occurred := c.OccurredAt.UTC().Truncate(time.Second)
	if occurred.After(w.Now) { // a clock ahead of ours: no opt-out is refused for it
		occurred = w.Now
	}
	return &decision{
		w: w, c: c, current: current, occurred: occurred, seq: s.Seq + 1, after: clone(s),
		language: c.Language,
		event:    &Event{OccurredAt: occurred, Catalogue: w.Current},
		yes:      map[statement.LineKey]bool{},
	}, nil
}

func (d *decision) mark() statement.Mark {
	return statement.Mark{Seq: d.seq, At: d.w.Now, By: d.c.Actor.Role}
}

// attested is the mark of a word on a consent that was expressed as stated.
func (d *decision) attested(as statement.Attested) statement.Mark {
	m := d.mark()
	m.Attests = as
	return m
}

// end turns a line into a no: refused, or withdrawn if there was a consent.
func (d *decision) end(purpose, recipient, cause string) {
	d.endAs(statement.Withdrawn, purpose, recipient, cause)
}

// endAs turns a line into a no. The consent that it held, if any, is over and has the
// given state.
func (d *decision) endAs(state statement.State, purpose, recipient, cause string) {
	old := d.after.Line(purpose, recipient)
	change := statement.Change{Purpose: purpose, Recipient: recipient, From: statement.None, To: statement.Refused, Cause: cause}
	no := statement.Line{
		Kind: statement.KindNo, Purpose: purpose, Recipient: recipient, Latest: d.mark(), AsOf: d.w.Now,
		QuietUntil: d.quiet(cause),
	}
	if old != nil {
		no.QuietUntil = max(no.QuietUntil, old.QuietUntil)
		change.From, change.ConsentID, no.ConsentID = old.StateAt(d.w.Now), old.ConsentID, old.ConsentID
		if change.From != statement.Refused {
			change.To = state
		}
		if old.Granted != nil {
			change.GivenIn = old.Granted.Seq
		}
		if old.Kind == statement.KindConsent && d.occurred.Before(old.AsOf) {
			d.event.Late = true
		}
		no.AsOf = latest(old.AsOf, d.w.Now)
	}
	no.State = change.To
	d.event.Changes = append(d.event.Changes, change)
	if old == nil && len(d.after.Lines) >= MaxLines {
		d.fence(statement.FenceOverflow)
		return
	}
	put(&d.after, no)
}

// endAll ends the consents of the lines that a rule picks.
func (d *decision) endAll(cause string, picks func(*statement.Line) bool) {
	for _, l := range slices.Clone(d.after.Lines) {
		if l.Kind == statement.KindConsent && picks(&l) {
			d.end(l.Purpose, l.Recipient, cause)
		}
	}
}

// all picks every consent.
func all(*statement.Line) bool { return true }

func (d *decision) fence(cause string) {
	d.after.Fence = &statement.Fence{Kind: statement.KindFence, Cause: cause, Seq: d.seq, At: d.w.Now}
}

// note keeps a text that somebody gave, if it says anything.
func (d *decision) note(by statement.Role, text string) {
	if text != "" {
		d.event.Notes = append(d.event.Notes, statement.Note{By: by, Text: text})
	}
}

// unknown states that nobody knows what the command names.
func (d *decision) unknown(c statement.Change) {
	c.From, c.To = statement.None, statement.None
	d.event.Changes = append(d.event.Changes, c)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
