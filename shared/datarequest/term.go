package datarequest

import (
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/period"
)

// Term is a length of time in one unit. The day from which it is counted is not
// part of it. The zero Term is none.
type Term struct {
	Months       int    `json:"months,omitempty"` // the same date, or the month's last one
	Days         int    `json:"days,omitempty"`
	BusinessDays int    `json:"business_days,omitempty"`
	WithoutDelay bool   `json:"without_delay,omitempty"` // the law names no number: there is no date
	End          string `json:"end,omitempty"`           // "working-day": the next one, when it ends on another day
}

// endWorkingDay moves an end, see Term.End.
const endWorkingDay = "working-day"

// Skipped is a weekday that was no working day, for a public holiday.
type Skipped struct {
	Date Date
	Name string // of the holiday, as its country calls it
}

// after counts the term from a day. Paused days do not count.
func (t Term) after(day time.Time, paused int, c *Calendar) Date {
	end, _ := t.reckon(day, paused, c)
	return end
}

// reckon counts like after, and says which public holidays it skipped: between the first day
// and the last one if the term is one of business days, else at its end.
func (t Term) reckon(day time.Time, paused int, c *Calendar) (end Date, skipped []Skipped) {
	next := day.AddDate(0, 0, 1)
	switch {
	case t == Term{}, t.WithoutDelay:
		return Date{}, nil
	case t.BusinessDays > 0:
		end = c.workdaysAfter(day, t.BusinessDays) // it is never stopped
	default:
		next = period.Period{Months: t.Months, Days: t.Days}.AddTo(day).AddDate(0, 0, paused)
		end = Date{next}
		if t.End == endWorkingDay {
			end = c.onWorkday(next)
		}
	}
	for ; next.Before(end.Time); next = next.AddDate(0, 0, 1) {
		if name := c.holiday(next); name != "" {
			skipped = append(skipped, Skipped{Date{next}, name})
		}
	}
	return end, skipped
}

// passesOver reports whether public holidays can move the end of the term.
func (t Term) passesOver() bool { return t.BusinessDays > 0 || t.End == endWorkingDay }

// String writes the term in English, for the staff.
func (t Term) String() string {
	text := ""
	for _, part := range []struct {
		n         int
		one, many string
	}{{t.Months, "month", "months"}, {t.Days, "day", "days"}, {t.BusinessDays, "business day", "business days"}} {
		switch {
		case part.n == 1:
			text = "1 " + part.one
		case part.n > 1:
			text = fmt.Sprintf("%d %s", part.n, part.many)
		}
	}
	if t.WithoutDelay {
		text = "without delay"
	}
	if t.End == endWorkingDay {
		text += ", then the next working day"
	}
	return text
}

func (t Term) check() error {
	units := 0
	for _, n := range []int{t.Months, t.Days, t.BusinessDays} {
		if n < 0 || n > maxCount {
			return fmt.Errorf("a term is 1 to %d months, days or business_days", maxCount)
		}
		if n > 0 {
			units++
		}
	}
	if t.WithoutDelay {
		units++
	}
	if units != 1 || (t.End != "" && (t.End != endWorkingDay || t.WithoutDelay)) {
		return errors.New("a term has exactly one of months, days, business_days, without_delay, and perhaps end: working-day")
	}
	return nil
}
