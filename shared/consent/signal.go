package consent

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Signal is a Global Privacy Control signal, deliberately sent.
type Signal struct{}

func (Signal) Operation() string { return "signal" }

func (Signal) apply(d *decision) error {
	if d.applyGPC(); len(d.event.Changes) > 0 {
		d.event.Type = statement.EventSignal
	}
	return nil
}

// applyGPC says no to each purpose that the catalogue marks so, whether there was a
// consent or not, unless the person said yes with the signal on: a deliberate choice
// stands. What is quiet already stays as it is, so that a header that comes with each call
// does not write each time; nor is there anything to remember of a line that the standing
// has no room for.
func (d *decision) applyGPC() {
	today, quiet := d.current.DataRequests.Day(d.w.Now), d.quiet(statement.CauseGPC)
	for _, p := range d.gpcPurposes() {
		for _, r := range d.recipients(p) {
			l := d.after.Line(p, r)
			switch {
			case d.yes[statement.LineKey{Purpose: p, Recipient: r}], l == nil && len(d.after.Lines) >= MaxLines:
			case l != nil && l.InForce(d.w.Now) && l.DespiteGPC:
			case l != nil && l.Kind == statement.KindNo && l.Latest.Seq == d.seq: // said by this very event: one change tells it
				l.QuietUntil = max(l.QuietUntil, quiet)
			case l != nil && l.Kind == statement.KindNo && (today < l.QuietUntil || quiet == ""):
			default:
				d.end(p, r, statement.CauseGPC)
			}
		}
	}
}

// gpcPurposes lists the purposes that a signal, or an opt-out of sale, is about: those
// that the current catalogue marks so, and those of consents that were given when one did.
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

// quiet is how long a no lasts in which the controller may not ask again: what the rule
// says of opt-outs of sale, when it was one, or a signal, and of limits.
func (d *decision) quiet(cause string) string {
	kind := statement.OptOutOfSale
	switch cause {
	case statement.CauseGPC, statement.CauseOptOutOfSale:
	case statement.CauseLimit:
		kind = statement.LimitSensitiveUse
	default:
		return ""
	}
	terms := d.current.DataRequests
	clause, err := terms.Own.Clause(statement.Rule(terms.RuleFor(string(kind))), kind)
	if err != nil {
		return "" // no opt-out fails for want of a rule
	}
	c, err := terms.Calendar()
	if err != nil {
		return ""
	}
	return c.Quiet(clause, d.w.Now).String()
}

// Askable lists the purposes of a catalogue that a controller may put before a
// person of its own accord, sorted: none that is quiet, and none that a Global Privacy
// Control signal is about when one comes along. The person may still name any other.
func Askable(s *statement.Standing, cat *catalogue.Catalogue, now time.Time, gpc bool) []string {
	today := cat.DataRequests.Day(now.UTC())
	return slices.DeleteFunc(slices.Sorted(maps.Keys(cat.Purposes)), func(p string) bool {
		return gpc && cat.Purposes[p].GPC ||
			slices.ContainsFunc(s.Lines, func(l statement.Line) bool { return l.Purpose == p && today < l.QuietUntil })
	})
}
