package datarequest

import (
	"fmt"
	"time"

	"consent-receipts/shared/statement"
)

// Span is the first and the last date, written 2006-01-02, of which an act takes one.
type Span struct {
	From  string `json:"from"`
	Until string `json:"until"`
}

// span returns the dates of which an act takes one, or nil if it takes none.
func span(r statement.Request, act Act, clause Clause, today time.Time, c *Calendar) *Span {
	date := Date{today}.String()
	switch {
	case act == SetDue:
		return &Span{date, lastDue(r, clause, today, c)}
	case act.answers():
		return &Span{asked(r, c), date}
	}
	return nil
}

// check refuses a text that is no date of the span.
func (s *Span) check(date string) error {
	if _, err := civil(date); err != nil || date < s.From || date > s.Until {
		return fmt.Errorf("%w: give a date from %s to %s", ErrDate, s.From, s.Until)
	}
	return nil
}

// lastDue is the last date to which the deadline may be set by hand: that of the rule's last
// extension. If the rule sets no date, or does not fix how far the answer may be put off, it
// is MaxMonths after receipt.
func lastDue(r statement.Request, clause Clause, today time.Time, c *Calendar) string {
	r.Extended = len(clause.Extensions)
	if due := deadline(r, clause, today, c); due != "" && !clause.Postpone {
		return due
	}
	return Date{c.day(r.Received).AddDate(0, MaxMonths, 0)}.String()
}

// asked is the first date on which the person's answer can have been received: the one on
// which the clock was stopped or started anew for it, or else that of the request.
func asked(r statement.Request, c *Calendar) string {
	if Stopped(r) {
		return r.Pauses[len(r.Pauses)-1].From
	}
	return Date{start(r, c)}.String()
}
