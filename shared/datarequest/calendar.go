package datarequest

import (
	"errors"
	"fmt"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/br"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/us"

	_ "time/tzdata" // a function's image need not bring time zones
)

// nationwide has the holidays that all Australian states and territories share. The
// jurisdiction AU has these alone, so that no date comes later than the law of any state
// allows.
var nationwide = []*cal.Holiday{au.NewYear, au.AustraliaDay, au.GoodFriday, au.EasterMonday, au.AnzacDay, au.ChristmasDay, au.BoxingDay}

// holidays are the public holidays that the calendar library knows, by ISO 3166.
var holidays = map[string][]*cal.Holiday{
	"AU": nationwide, "AU-ACT": au.HolidaysACT, "AU-NSW": au.HolidaysNSW, "AU-NT": au.HolidaysNT, "AU-QLD": au.HolidaysQLD,
	"AU-SA": au.HolidaysSA, "AU-TAS": au.HolidaysTAS, "AU-VIC": au.HolidaysVIC, "AU-WA": au.HolidaysWA,
	"BR": br.Holidays, "CA": ca.Holidays, "DE": de.Holidays, "ES": es.Holidays, "FR": fr.Holidays,
	"GB": gb.Holidays, "IE": ie.Holidays, "US": us.Holidays, "US-CA": us.Holidays,
}

// ErrCalendar is wrapped by every error of NewCalendar.
var ErrCalendar = errors.New("not a working calendar")

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

// Calendar is the controller's working calendar: Monday to Friday except for holidays, in
// the controller's time zone.
type Calendar struct {
	business *cal.BusinessCalendar
	zone     *time.Location
}

// NewCalendar makes a calendar of the holidays of some jurisdictions (ISO 3166),
// further closed days (2006-01-02) and an IANA time zone.
func NewCalendar(jurisdictions, closed []string, zone string) (*Calendar, error) {
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		return nil, fmt.Errorf("%w: unknown time zone %q", ErrCalendar, zone)
	}
	c := &Calendar{business: cal.NewBusinessCalendar(), zone: location}
	for _, j := range jurisdictions {
		h, ok := holidays[j]
		if !ok {
			return nil, fmt.Errorf("%w: no holidays known for %q", ErrCalendar, j)
		}
		c.business.AddHoliday(h...)
	}
	for _, s := range closed {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			return nil, fmt.Errorf("%w: %q is not a date", ErrCalendar, s)
		}
		c.business.AddHoliday(&cal.Holiday{
			Name: s, Month: d.Month(), Day: d.Day(), StartYear: d.Year(), EndYear: d.Year(), Func: cal.CalcDayOfMonth,
		})
	}
	return c, nil
}

// Today is the controller's civil date at a moment.
func (c *Calendar) Today(t time.Time) Date { return Date{c.day(t)} }

// Quiet is the first date on which the person may be asked again, if the clause applies
// from the given moment. It is the zero Date if the clause sets no such time.
func (c *Calendar) Quiet(clause Clause, t time.Time) Date { return clause.Quiet.after(c.day(t), c) }

// day is the controller's civil date at a moment, as noon UTC: far from any
// change of clocks.
func (c *Calendar) day(t time.Time) time.Time {
	y, m, d := t.In(c.zone).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
}

// onWorkday moves a date that is no working day to the next one that is.
func (c *Calendar) onWorkday(t time.Time) Date {
	for !c.business.IsWorkday(t) {
		t = t.AddDate(0, 0, 1)
	}
	return Date{t}
}

// workdaysAfter counts working days; the day of receipt is not one of them.
func (c *Calendar) workdaysAfter(t time.Time, n int) Date {
	return Date{c.business.WorkdaysFrom(t, n)}
}
