package consent

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Signal is a Global Privacy Control signal that was sent deliberately.
type Signal struct{}

func (Signal) Operation() string { return "signal" }

func (Signal) apply(d *decision) error {
	if d.applyGPC(); len(d.event.Changes) > 0 {
		d.event.Type = statement.EventSignal
	}
	return nil
}

// applyGPC says no to each purpose that the catalogue marks with gpc, with or without a
// consent. It skips a consent that the person gave while the signal was on: a deliberate
// choice stays. A no stays as it is, since when it was said included, and only becomes an
// opt-out of sale. Lines that are already quiet are skipped, so that a header on each request
// does not write each time, and so are lines for which the standing has no space.
func (d *decision) applyGPC() {
	today, quiet := d.current.DataRequests.Day(d.w.Now), d.quiet(statement.CauseGPC)
	for _, p := range d.gpcPurposes() {
		for _, r := range d.recipients(p) {
			l := d.after.Line(p, r)
			switch {
			case d.yes[statement.LineKey{Purpose: p, Recipient: r}], l == nil && len(d.after.Lines) >= MaxLines:
			case l != nil && l.InForce(d.w.Now) && l.DespiteGPC:
			case l != nil && l.Kind == statement.KindNo && l.Latest.Seq == d.seq: // this event already said it: one change is enough
				d.optOutOfSale(l, quiet)
			case l != nil && !l.OptOutSince.IsZero() && (today < l.QuietUntil || quiet == ""):
			case l != nil && l.Kind == statement.KindNo:
				d.event.Changes = append(d.event.Changes, statement.Change{
					ConsentID: l.ConsentID, Purpose: p, Recipient: r, From: l.State, To: l.State, Cause: statement.CauseGPC,
				})
				l.AsOf = latest(l.AsOf, d.w.Now)
				d.optOutOfSale(l, quiet)
			default:
				d.end(p, r, statement.CauseGPC)
			}
		}
	}
}

// optOutOfSale makes an opt-out of sale and sharing of a no.
func (d *decision) optOutOfSale(no *statement.Line, quiet string) {
	no.QuietUntil = max(no.QuietUntil, quiet)
	if no.OptOutSince.IsZero() {
		no.OptOutSince = d.w.Now
	}
}

// gpcPurposes lists the purposes that a signal, or an opt-out of sale, concerns: those that
// the current catalogue marks with gpc, and those of consents given under a catalogue that
// did.
func (d *decision) gpcPurposes() (purposes []string) {
	for id, p := range d.current.Purposes {
		if p.GPC {
			purposes = append(purposes, id)
		}
	}
	for _, l := range d.after.Lines {
		if holds(&l, d.w.Now) && d.gpcMarked(l) {
			purposes = append(purposes, l.Purpose)
		}
	}
	return unique(purposes)
}

func (d *decision) gpcMarked(l statement.Line) bool {
	if p, ok := d.current.Purposes[l.Purpose]; ok {
		return p.GPC
	}
	cat, ok := d.w.Catalogues[l.Catalogue]
	return !ok || cat.Purposes[l.Purpose].GPC
}

// quiet returns the date until which the controller may not ask again after a no: by the rule
// on opt-outs of sale for such an opt-out or a signal, or by the rule on limits.
func (d *decision) quiet(cause string) string {
	kind := statement.OptOutOfSale
	switch {
	case optsOut(cause):
	case cause == statement.CauseLimit:
		kind = statement.LimitSensitiveUse
	default:
		return ""
	}
	terms := d.current.DataRequests
	rule := statement.Rule(terms.RuleFor(string(kind)))
	clause, err := terms.Own.Clause(rule, kind)
	if err != nil {
		return "" // no opt-out may fail for lack of a rule
	}
	c, err := terms.Calendar(rule)
	if err != nil {
		return ""
	}
	return c.Quiet(clause, d.w.Now).String()
}

// optsOut reports whether a cause is an opt-out of sale and sharing. A privacy signal is one
// (11 CCR 7025(c)(1)).
func optsOut(cause string) bool {
	return cause == statement.CauseGPC || cause == statement.CauseOptOutOfSale
}

// OptOutSince returns the moment since which an opt-out of sale and sharing is in force for
// everything in a catalogue that a Global Privacy Control signal concerns. It returns false
// if something of that is allowed, or was never opted out of, or if nothing is concerned.
func OptOutSince(s *statement.Standing, cat *catalogue.Catalogue) (since time.Time, ok bool) {
	for id, p := range cat.Purposes {
		for _, r := range p.Recipients {
			if !p.GPC {
				continue
			}
			l := s.Line(id, r)
			if l == nil || l.OptOutSince.IsZero() {
				return time.Time{}, false
			}
			since = latest(since, l.OptOutSince)
		}
	}
	return since, !since.IsZero()
}

// Askable lists, sorted, the purposes of a catalogue that a controller may offer to a person
// on its own initiative. It leaves out those that are quiet and, while a Global Privacy
// Control signal is on, those that the signal concerns. The person may still name any
// purpose.
func Askable(s *statement.Standing, cat *catalogue.Catalogue, now time.Time, gpc bool) []string {
	today := cat.DataRequests.Day(now.UTC())
	return slices.DeleteFunc(slices.Sorted(maps.Keys(cat.Purposes)), func(p string) bool {
		return gpc && cat.Purposes[p].GPC ||
			slices.ContainsFunc(s.Lines, func(l statement.Line) bool { return l.Purpose == p && today < l.QuietUntil })
	})
}
