// Package consent has the rules on a person's decisions about the use of their data. It is
// pure: it has no clock, no randomness and no storage.
//
// Decide takes a standing and a command, and returns an event, a typed refusal, or nothing
// (the command is acknowledged and changes nothing). A test guards each of these rules:
//
//   - Only a later, deliberate opt-in brings a consent back, or widens it. An offer is
//     stale for a line that changed after the entry that the offer names. An opt-in event
//     that is not later than the latest no for its line changes nothing; at the same
//     time, the no wins.
//   - An opt-out always withdraws, and is never refused.
//   - In force means given, from its iat, until its end. The default is no.
package consent

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// World is everything that Decide may use besides the standing and the command.
type World struct {
	Now        time.Time                       // the entry's iat: whole seconds, UTC, not before the standing's
	Subject    string                          // the person's pseudonym
	Current    string                          // digest of the current catalogue
	Catalogues map[string]*catalogue.Catalogue // by digest: the current one, the offer's, and those of the lines
	NewID      func() string                   // makes UUIDv4s

	// Contact: the person has no account. Which consents are theirs, if any, is not known here.
	Contact bool
}

// Decide returns the event of a command. A nil event with a nil error means that the command
// is acknowledged and changes nothing; then nothing is appended.
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
	seq      uint64             // number of the new entry
	after    statement.Standing // becomes the new standing
	language string             // of the person: as stated, else that of what they said last; "" if not known
	event    *Event
	yes      map[statement.LineKey]bool // lines to which this command says yes
	attests  statement.Attested         // of an import: what the copied record attests
}

func newDecision(s statement.Standing, c Context, w World) (*decision, error) {
	current, ok := w.Catalogues[w.Current]
	if !ok {
		return nil, fmt.Errorf("the current catalogue %s is not available", w.Current)
	}
	if c.OccurredAt.IsZero() {
		c.OccurredAt = w.Now
	}
	if c.QueuedAt.IsZero() {
		c.QueuedAt = w.Now
	}
	occurred := c.OccurredAt.UTC().Truncate(time.Second)
	if occurred.After(w.Now) { // a clock ahead of ours must not refuse an opt-out
		occurred = w.Now
	}
	return &decision{
		w: w, c: c, current: current, occurred: occurred, seq: s.Seq + 1, after: clone(s),
		language: cmp.Or(c.Language, s.Language()),
		event:    &Event{OccurredAt: occurred, Catalogue: w.Current},
		yes:      map[statement.LineKey]bool{},
	}, nil
}

func (d *decision) mark() statement.Mark {
	return statement.Mark{Seq: d.seq, At: d.w.Now, By: d.c.Actor.Role}
}

// attested returns the mark of this entry on a consent, with what is attested of its
// expression.
func (d *decision) attested(as statement.Attested) statement.Mark {
	m := d.mark()
	m.Attests = as
	return m
}

// end turns a line into a no: withdrawn if there was a consent, otherwise refused.
func (d *decision) end(purpose, recipient, cause string) {
	d.endAs(statement.Withdrawn, purpose, recipient, cause)
}

// endAs turns a line into a no. Its consent, if any, ends in the given state.
func (d *decision) endAs(state statement.State, purpose, recipient, cause string) {
	old := d.after.Line(purpose, recipient)
	change := statement.Change{Purpose: purpose, Recipient: recipient, From: statement.None, To: statement.Refused, Cause: cause}
	no := statement.Line{
		Kind: statement.KindNo, Purpose: purpose, Recipient: recipient, Latest: d.mark(), AsOf: d.w.Now,
		QuietUntil: d.quiet(cause),
	}
	if old != nil {
		no.QuietUntil, no.OptOutSince, no.Deletion = max(no.QuietUntil, old.QuietUntil), old.OptOutSince, old.Deletion
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
	if no.OptOutSince.IsZero() && optsOut(cause) {
		no.OptOutSince = d.w.Now
	}
	no.State = change.To
	d.event.Changes = append(d.event.Changes, change)
	if old == nil && len(d.after.Lines) >= MaxLines {
		d.fence(statement.FenceOverflow)
		return
	}
	put(&d.after, no)
}

// endAll ends the consents of the lines that picks selects.
func (d *decision) endAll(cause string, picks func(*statement.Line) bool) {
	for _, l := range slices.Clone(d.after.Lines) {
		if l.Kind == statement.KindConsent && picks(&l) {
			d.end(l.Purpose, l.Recipient, cause)
		}
	}
}

// all selects every consent.
func all(*statement.Line) bool { return true }

func (d *decision) fence(cause string) {
	d.after.Fence = &statement.Fence{Kind: statement.KindFence, Cause: cause, Seq: d.seq, At: d.w.Now}
}

// note adds a remark, unless it is empty.
func (d *decision) note(by statement.Role, text string) {
	if text != "" {
		d.event.Notes = append(d.event.Notes, statement.Note{By: by, Text: text})
	}
}

// unknown states a change that names an unknown purpose or consent.
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
