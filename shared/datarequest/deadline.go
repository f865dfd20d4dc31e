package datarequest

import (
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/period"
)

// Rule names a body of law that sets deadlines.
type Rule string

// The rules. Both were read on 2026-11-23.
const (
	GDPR Rule = "gdpr" // Regulation (EU) 2016/679, and the UK GDPR
	CCPA Rule = "ccpa" // California Civil Code 1798.100 ff. and 11 CCR 7000 ff.
)

// Errors of First.
var (
	ErrUnknownRule = errors.New("unknown rule")
	ErrNotCovered  = errors.New("the rule does not know this type of request")
)

// Date is a civil date in the controller's time zone: a deadline lasts to its
// end. The zero Date is no date.
type Date struct{ time.Time }

// String writes the date as 2006-01-02, or "" for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Deadline is the first date that a rule sets for a request.
type Deadline struct {
	Rule    Rule
	Confirm Date // by when receipt must be confirmed; zero where the rule does not ask for it
	Due     Date // by when the request must be answered
	Source  string
}

// First returns the first deadline of a request received at the given moment.
//
// GDPR: one month, the same day of the next month or the last one it has, and
// the next working day when that is none (Art. 12(3); Regulation 1182/71, Art. 3).
// CCPA: to know, delete and correct 45 calendar days, receipt confirmed within 10
// business days (11 CCR 7021); to opt out of sale and to limit, 15 business days
// (11 CCR 7026(f), 7027(g)).
func First(t Type, rule Rule, received time.Time, c *Calendar) (Deadline, error) {
	if !t.Valid() {
		return Deadline{}, fmt.Errorf("%w: %q", ErrNotCovered, t)
	}
	day := c.day(received)
	switch rule {
	case GDPR:
		due := c.onWorkday(period.Period{Months: 1}.AddTo(day))
		return Deadline{Rule: rule, Due: due, Source: "GDPR Art. 12(3)"}, nil
	case CCPA:
		switch t {
		case Access, Portability, Erasure, Rectification:
			return Deadline{
				Rule: rule, Confirm: c.workdaysAfter(day, 10), Due: Date{day.AddDate(0, 0, 45)}, Source: "11 CCR 7021",
			}, nil
		case OptOutOfSale:
			return Deadline{Rule: rule, Due: c.workdaysAfter(day, 15), Source: "11 CCR 7026(f)"}, nil
		case LimitSensitiveUse:
			return Deadline{Rule: rule, Due: c.workdaysAfter(day, 15), Source: "11 CCR 7027(g)"}, nil
		}
		return Deadline{}, fmt.Errorf("%w: %s under %s", ErrNotCovered, t, rule)
	}
	return Deadline{}, fmt.Errorf("%w: %q", ErrUnknownRule, rule)
}
