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
	"consent-receipts/shared/datarequest"
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
	switch cmd := cmd.(type) {
	case OptIn:
		err = d.optIn(cmd)
	case OptOut:
		err = d.optOut(cmd)
	case Signal:
		err = d.signal()
	case RequestData:
		err = d.requestData(cmd)
	case TakeBack:
		err = d.takeBack(cmd)
	case AdvanceRequest:
		err = d.advance(cmd)
	case AddPart:
		err = d.addPart(cmd)
	case Expire:
		d.expire()
	case Annul:
		err = d.annul(cmd)
	case Erase:
		err = d.erase()
	case Import:
		err = d.importRecord(cmd)
	default:
		err = fmt.Errorf("%w: unknown command %T", ErrInvalid, cmd)
	}
	if err != nil || d.event.Type == "" {
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
	yes      map[[2]string]bool // lines that this command says yes to
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
		yes:      map[[2]string]bool{},
	}, nil
}

func (d *decision) mark() statement.Mark {
	return statement.Mark{Seq: d.seq, At: d.w.Now, By: d.c.Actor.Role}
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

func (d *decision) fence(cause string) {
	d.after.Fence = &statement.Fence{Kind: statement.KindFence, Cause: cause, Seq: d.seq, At: d.w.Now}
}

func (d *decision) note(text string) {
	d.event.Notes = append(d.event.Notes, statement.Note{By: statement.RoleSystem, Text: text})
}

// expire marks consents that are past their end. That is nobody's word: the marks and
// the watermark of the line stay, so that a yes to an offer made before, or an opt-in
// that happened since, still counts.
func (d *decision) expire() {
	for _, l := range slices.Clone(d.after.Lines) {
		until, ok := l.Lapses()
		if !ok || d.w.Now.Before(until) {
			continue
		}
		d.event.Type = statement.EventExpiry
		d.event.Changes = append(d.event.Changes, statement.Change{
			ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient, From: l.State, To: statement.Expired, GivenIn: l.Granted.Seq,
		})
		l.State = statement.Expired
		put(&d.after, l)
	}
}

// erase leaves nothing but the fence, and says what became of each request.
func (d *decision) erase() error {
	d.event.Type = statement.EventErasure
	for _, l := range slices.Clone(d.after.Lines) {
		if l.Kind == statement.KindConsent {
			d.end(l.Purpose, l.Recipient, "")
		}
	}
	for i, r := range d.after.Requests {
		if !r.Open() {
			continue
		}
		if err := d.step(i, datarequest.Step{Act: datarequest.Erase, By: datarequest.System}); err != nil {
			return err
		}
		r = d.after.Requests[i]
		d.event.Requests = append(d.event.Requests, statement.RequestStatement{Request: r, Complaint: d.complaint(r)})
	}
	d.after.Lines, d.after.Requests = nil, nil
	d.fence(statement.FenceErasure)
	return nil
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
