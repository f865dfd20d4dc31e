package consent

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

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
