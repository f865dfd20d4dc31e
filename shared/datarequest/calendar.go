package datarequest

import (
	"errors"
	"fmt"
	"time"

	"github.com/rickar/cal/v2"

	_ "time/tzdata" // a function's image need not bring time zones
)

// ErrCalendar is wrapped by every error of NewCalendar.
var ErrCalendar = errors.New("not a working calendar")

// Date is a civil date in the calendar's time zone: a deadline lasts to its
// end. The zero Date is no date.
type Date struct{ time.Time }

// String writes the date as 2006-01-02, or "" for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Place is where and how days are counted: a time zone, and whose public holidays are no
// working days.
type Place struct {
	Timezone string   `json:"timezone"`         // IANA name
	Holidays []string `json:"holidays"`         // jurisdictions, by ISO 3166
	Closed   []string `json:"closed,omitempty"` // further days off, 2006-01-02
}

// Calendar is a working calendar: Monday to Friday except for holidays, in a time zone.
type Calendar struct {
	Place
	business *cal.BusinessCalendar
	zone     *time.Location
}

// NewCalendar makes the calendar of a place. It wraps ErrCalendar.
func NewCalendar(p Place) (*Calendar, error) {
	location, err := time.LoadLocation(p.Timezone)
	if err != nil || p.Timezone == "" {
		return nil, fmt.Errorf("%w: unknown time zone %q", ErrCalendar, p.Timezone)
	}
	c := &Calendar{Place: p, business: cal.NewBusinessCalendar(), zone: location}
	for _, code := range p.Holidays {
		j, ok := jurisdictions[code]
		if !ok {
			return nil, fmt.Errorf("%w: no holidays known for %q", ErrCalendar, code)
		}
		c.business.AddHoliday(j.days...)
	}
	for _, s := range p.Closed {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is not a date", ErrCalendar, s)
		}
		c.business.AddHoliday(once("closed", d.Year(), d.Month(), d.Day()))
	}
	return c, nil
}

// civil reads a date written 2006-01-02, as noon UTC.
func civil(date string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	return day.Add(12 * time.Hour), err
}

// Today is the civil date at a moment.
func (c *Calendar) Today(t time.Time) Date { return Date{c.day(t)} }

// Moment reads a date-time (RFC 3339), or a date: its first moment here that is of the same
// date in UTC too. Receipts say moments in UTC: a letter of the 1st is of the 1st everywhere.
func (c *Calendar) Moment(text string) (time.Time, error) {
	if len(text) != len(time.DateOnly) {
		return time.Parse(time.RFC3339, text)
	}
	here, err := time.ParseInLocation(time.DateOnly, text, c.zone)
	if err != nil {
		return time.Time{}, err
	}
	if utc := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, time.UTC); utc.After(here) {
		return utc, nil
	}
	return here, nil
}

// EndOf is the last second of a civil date, written 2006-01-02.
func (c *Calendar) EndOf(date string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, date, c.zone)
	return day.AddDate(0, 0, 1).Add(-time.Second), err
}

// Quiet is the first date on which the person may be asked again, if the clause applies
// from the given moment. It is the zero Date if the clause sets no such time.
func (c *Calendar) Quiet(clause Clause, t time.Time) Date { return clause.Quiet.after(c.day(t), 0, c) }

// day is the civil date at a moment, as noon UTC: far from any change of clocks.
func (c *Calendar) day(t time.Time) time.Time {
	y, m, d := t.In(c.zone).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
}

// Working reports whether the date of a moment in UTC is a working day.
func (c *Calendar) Working(t time.Time) bool { return c.business.IsWorkday(t) }

// onWorkday moves a date that is no working day to the next one that is.
func (c *Calendar) onWorkday(t time.Time) Date {
	for !c.Working(t) {
		t = t.AddDate(0, 0, 1)
	}
	return Date{t}
}

// workdaysAfter counts working days; the day of receipt is not one of them.
func (c *Calendar) workdaysAfter(t time.Time, n int) Date {
	return Date{c.business.WorkdaysFrom(t, n)}
}

// holiday names the holiday for which a weekday is no working day, or returns "".
func (c *Calendar) holiday(t time.Time) string {
	if day := t.Weekday(); day == time.Saturday || day == time.Sunday {
		return ""
	}
	_, _, h := c.business.IsHoliday(t)
	if h == nil {
		return ""
	}
	return h.Name
}
