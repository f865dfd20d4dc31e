package consent

import (
	"fmt"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// OptIn answers an offer, or is an opt-in event (Offer nil) on the current catalogue.
type OptIn struct {
	Offer    *Offer   `json:"-"`
	Language string   `json:"language,omitempty"` // of an event; an offer has its own language
	Choices  []Choice `json:"choices"`
}

func (OptIn) Operation() string { return "opt-in" }

func (cmd OptIn) apply(d *decision) error {
	if err := checkChoices(cmd.Choices); err != nil {
		return err
	}
	a, err := d.asked(cmd)
	if err != nil {
		return err
	}
	d.event.Catalogue, d.language = a.offer.Catalogue, a.offer.Language
	for i, choice := range cmd.Choices {
		if err := d.answer(choice, a); err != nil {
			return fmt.Errorf("choice %d: %w", i+1, err)
		}
	}
	switch {
	case len(d.yes) > 0:
		d.event.Type = statement.EventOptIn
	case len(d.event.Changes) > 0:
		d.event.Type = statement.EventRefusal
	}
	return nil
}

// asked is the question that choices answer.
type asked struct {
	offer    *Offer
	signed   bool                 // we signed the offer, and it names an entry
	cat      *catalogue.Catalogue // the offer's
	when     time.Time            // when the yes was said
	answered lines
}

func (d *decision) asked(cmd OptIn) (*asked, error) {
	a := &asked{offer: cmd.Offer, signed: cmd.Offer != nil, when: d.w.Now, answered: lines{}}
	if a.signed && d.w.Now.Unix() >= a.offer.Expires {
		return nil, fmt.Errorf("%w: ask for a new one", ErrExpired)
	}
	if !a.signed { // for an event, its time decides
		when, err := d.happened()
		if err != nil {
			return nil, err
		}
		made := NewOffer(d.after, d.current, d.w.Current, nil, cmd.Language)
		a.offer, a.when = &made, when
	}
	cat, ok := d.w.Catalogues[a.offer.Catalogue]
	if !ok {
		return nil, fmt.Errorf("the catalogue %s is not available", a.offer.Catalogue)
	}
	a.cat = cat
	return a, nil
}

// happened returns the time of an event: at the latest, when it reached its queue.
func (d *decision) happened() (time.Time, error) {
	if d.c.OccurredAt.After(d.w.Now.Add(MaxSkew)) {
		return time.Time{}, fmt.Errorf("%w: stamped %s", ErrFuture, d.c.OccurredAt.UTC().Format(time.RFC3339))
	}
	return earliest(d.occurred, d.c.QueuedAt.UTC().Truncate(time.Second)), nil
}

func (d *decision) answer(choice Choice, a *asked) error {
	item, err := a.offer.item(choice)
	if err != nil {
		return err
	}
	if err := a.answered.add(statement.LineKey{Purpose: item.Purpose, Recipient: item.Recipient}); err != nil {
		return err
	}
	switch {
	case choice.Answer == "no":
		d.end(item.Purpose, item.Recipient, "")
		return nil
	case a.signed:
		if err := d.fresh(item, a.offer.Seq); err != nil {
			return err
		}
	case d.outdated(item, a.when):
		return nil
	}
	return d.give(item, choice, a)
}

// fresh refuses a yes to a line that changed after the entry that the offer names.
func (d *decision) fresh(item OfferItem, seen uint64) error {
	l, f := d.after.Line(item.Purpose, item.Recipient), d.after.Fence
	if (l != nil && l.Latest.Seq > seen && l.Latest.Seq < d.seq) || (f != nil && f.Seq > seen && f.Seq < d.seq) {
		return fmt.Errorf("%w: %s for %s changed after the offer was made; ask for a new one", ErrStale, item.Purpose, item.Recipient)
	}
	return nil
}

// outdated reports whether an opt-in event at the given time is too late to count for its
// line.
func (d *decision) outdated(item OfferItem, when time.Time) bool {
	if f := d.after.Fence; f != nil && !when.After(f.At) {
		return true
	}
	l := d.after.Line(item.Purpose, item.Recipient)
	return l != nil && !when.After(l.AsOf)
}

// give grants a consent, or amends the one in force. It does nothing if the consent would
// have ended before it began.
func (d *decision) give(item OfferItem, choice Choice, a *asked) error {
	purpose := a.cat.Purposes[item.Purpose]
	if !d.c.Evidence.Level.Meets(purpose.MinimumEvidence.OptIn) {
		return fmt.Errorf("%w: %s requires %s", ErrEvidence, item.Purpose, purpose.MinimumEvidence.OptIn)
	}
	terms, err := d.terms(item, choice, a)
	if err != nil || !terms.Until.After(d.w.Now) {
		return err
	}
	mark := d.attested(d.attests)
	line := statement.Line{
		Kind: statement.KindConsent, Purpose: item.Purpose, Recipient: item.Recipient, State: statement.Given,
		Terms: terms, Granted: &mark, Latest: mark, AsOf: a.when,
	}
	change := statement.Change{Purpose: item.Purpose, Recipient: item.Recipient, From: statement.None, To: statement.Given}
	old := d.after.Line(item.Purpose, item.Recipient)
	if old != nil {
		change.From = old.StateAt(d.w.Now)
		line.AsOf = latest(old.AsOf, a.when)
	}
	if terms.DespiteGPC {
		d.note(statement.RoleSystem, "opt-in to "+item.Purpose+" was made deliberately while Global Privacy Control was on; it stands")
	}
	if old != nil && old.InForce(d.w.Now) {
		line.ConsentID, line.Granted = old.ConsentID, old.Granted
		terms.From, terms.DespiteGPC = old.From, terms.DespiteGPC || old.DespiteGPC
		change.Added, change.Removed = delta(old.Terms, terms)
	} else {
		if old == nil && len(d.after.Lines) >= MaxLines {
			return fmt.Errorf("%w: a standing has at most %d lines", ErrCap, MaxLines)
		}
		line.ConsentID = d.w.NewID()
		change.Added, _ = delta(&statement.Terms{}, terms)
	}
	change.ConsentID = line.ConsentID
	d.yes[line.Key()] = true
	d.event.Changes = append(d.event.Changes, change)
	put(&d.after, line)
	return nil
}

// terms returns the terms of the offer, narrowed by a choice.
func (d *decision) terms(item OfferItem, choice Choice, a *asked) (*statement.Terms, error) {
	purpose := a.cat.Purposes[item.Purpose]
	data, err := chooseData(item, purpose, choice.Data)
	if err != nil {
		return nil, err
	}
	resources, err := cleanResources(choice.Resources)
	if err != nil {
		return nil, err
	}
	until, err := chooseUntil(choice.Until, item.Valid.AddTo(a.when), a.cat, ErrNotOffered)
	if err != nil {
		return nil, err
	}
	return &statement.Terms{
		Data: data, Resources: resources, Access: purpose.Access, From: d.w.Now, Until: until,
		Retention: purpose.Retention, Catalogue: a.offer.Catalogue, Language: a.offer.Language,
		Notice: a.cat.Notices[purpose.Notice][a.offer.Language].Digest, DespiteGPC: purpose.GPC && d.c.Evidence.GPC,
	}, nil
}
