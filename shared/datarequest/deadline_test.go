package datarequest_test

import (
	"errors"
	"testing"
	"time"

	"consent-receipts/events"
	"consent-receipts/shared/datarequest"
)

func calendar(t *testing.T, zone string, jurisdictions []string, closed ...string) *datarequest.Calendar {
	t.Helper()
	c, err := datarequest.NewCalendar(jurisdictions, closed, zone)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestGDPR: a calendar month; its last day if it has no such day; the next
// working day if that is none. Dates were worked out by hand on a calendar.
func TestGDPR(t *testing.T) {
	madrid := calendar(t, "Europe/Madrid", []string{"ES"}, "2026-12-24")
	for _, c := range []struct{ received, due, why string }{
		{"2026-11-23T14:00:00Z", "2026-12-23", "the same day next month, a Wednesday"},
		{"2026-11-24T14:00:00Z", "2026-12-28", "24 Dec is closed, 25 Dec a holiday, then a weekend"},
		{"2026-11-25T14:00:00Z", "2026-12-28", "Christmas is a Friday"},
		{"2026-01-15T12:00:00Z", "2026-02-16", "15 Feb 2026 is a Sunday"},
		{"2026-01-14T12:00:00Z", "2026-02-16", "14 Feb 2026 is a Saturday"},
		{"2026-01-28T12:00:00Z", "2026-03-02", "28 Feb 2026 is a Saturday"},
		{"2026-01-31T12:00:00Z", "2026-03-02", "no 31 Feb: the 28th, a Saturday"},
		{"2027-01-29T12:00:00Z", "2027-03-01", "no 29 Feb: the 28th, a Sunday"},
		{"2028-01-31T12:00:00Z", "2028-02-29", "a leap year; the 29th is a Tuesday"},
		{"2028-01-30T12:00:00Z", "2028-02-29", "the same"},
		{"2028-02-29T12:00:00Z", "2028-03-29", "from a leap day"},
		{"2026-03-31T12:00:00Z", "2026-04-30", "April has 30 days"},
		{"2026-05-31T12:00:00Z", "2026-06-30", "June has 30 days"},
		{"2026-08-31T12:00:00Z", "2026-09-30", "September has 30 days"},
		{"2026-10-31T12:00:00Z", "2026-11-30", "November has 30 days"},
		{"2026-12-01T12:00:00Z", "2027-01-04", "1 Jan is a holiday and a Friday"},
		{"2026-12-06T12:00:00Z", "2027-01-07", "6 Jan is a holiday in Spain"},
		{"2026-12-31T12:00:00Z", "2027-02-01", "31 Jan 2027 is a Sunday"},
		{"2026-11-08T12:00:00Z", "2026-12-09", "8 Dec is a holiday in Spain"},
		{"2026-09-12T12:00:00Z", "2026-10-13", "12 Oct is a holiday in Spain"},
		{"2026-04-01T12:00:00Z", "2026-05-04", "1 May is a holiday and a Friday"},
		{"2026-03-03T12:00:00Z", "2026-04-06", "3 April 2026 is Good Friday; Easter Monday is no national holiday"},
		{"2026-11-22T23:30:00Z", "2026-12-23", "half past eleven at night UTC is the 23rd in Madrid"},
		{"2026-07-21T22:30:00Z", "2026-08-24", "in summer it is the 22nd at 22:30 UTC; 22 Aug is a Saturday"},
		{"2026-07-21T21:30:00Z", "2026-08-21", "and an hour earlier still the 21st"},
		{"2026-03-29T00:59:59Z", "2026-04-29", "the night the clocks go forward"},
		{"2026-10-25T00:30:00Z", "2026-11-25", "the night the clocks go back"},
	} {
		check(t, datarequest.Access, datarequest.GDPR, madrid, c.received, "", c.due, c.why)
	}
	for _, kind := range datarequest.Types() { // Art. 12(3) is one clock for all
		check(t, kind, datarequest.GDPR, madrid, "2026-11-23T14:00:00Z", "", "2026-12-23", string(kind))
	}
}

// TestCCPA: 45 calendar days, receipt confirmed within 10 business days; opt-outs
// within 15 business days.
func TestCCPA(t *testing.T) {
	california := calendar(t, "America/Los_Angeles", []string{"US-CA"})
	for _, c := range []struct{ received, confirm, due, why string }{
		{"2026-11-23T20:00:00Z", "2026-12-08", "2027-01-07", "Thanksgiving, the 26th, is a holiday"},
		{"2026-06-01T20:00:00Z", "2026-06-15", "2026-07-16", "two plain weeks"},
		{"2026-12-18T20:00:00Z", "2027-01-05", "2027-02-01", "Christmas and New Year"},
		{"2026-06-05T20:00:00Z", "2026-06-22", "2026-07-20", "Juneteenth, the 19th"},
		{"2028-01-31T20:00:00Z", "2028-02-14", "2028-03-16", "across a leap day"},
		{"2026-06-02T05:00:00Z", "2026-06-15", "2026-07-16", "still 1 June in California"},
		{"2026-06-06T20:00:00Z", "2026-06-22", "2026-07-21", "received on a Saturday"},
	} {
		for _, kind := range []datarequest.Type{datarequest.Access, datarequest.Portability, datarequest.Erasure, datarequest.Rectification} {
			check(t, kind, datarequest.CCPA, california, c.received, c.confirm, c.due, c.why)
		}
	}
	for _, c := range []struct{ received, due, why string }{
		{"2026-06-01T20:00:00Z", "2026-06-23", "15 business days around Juneteenth"},
		{"2026-11-23T20:00:00Z", "2026-12-15", "around Thanksgiving"},
		{"2026-12-18T20:00:00Z", "2027-01-12", "around Christmas and New Year"},
		{"2026-08-03T20:00:00Z", "2026-08-24", "three plain weeks"},
	} {
		for _, kind := range []datarequest.Type{datarequest.OptOutOfSale, datarequest.LimitSensitiveUse} {
			check(t, kind, datarequest.CCPA, california, c.received, "", c.due, c.why)
		}
	}
}

func check(t *testing.T, kind datarequest.Type, rule datarequest.Rule, c *datarequest.Calendar, received, confirm, due, why string) {
	t.Helper()
	at, err := time.Parse(time.RFC3339, received)
	if err != nil {
		t.Fatal(err)
	}
	d, err := datarequest.First(kind, rule, at, c)
	if err != nil || d.Due.String() != due || d.Confirm.String() != confirm || d.Source == "" {
		t.Errorf("%s received %s: confirm %q, due %s, %v; want %q, %s: %s", kind, received, d.Confirm, d.Due, err, confirm, due, why)
	}
}

func TestRefusals(t *testing.T) {
	c := calendar(t, "UTC", nil)
	now := time.Now()
	for _, kind := range []datarequest.Type{datarequest.Restriction, datarequest.Objection, "revenge"} {
		if _, err := datarequest.First(kind, datarequest.CCPA, now, c); !errors.Is(err, datarequest.ErrNotCovered) {
			t.Errorf("%s under CCPA: %v", kind, err)
		}
	}
	if _, err := datarequest.First(datarequest.Access, "hammurabi", now, c); !errors.Is(err, datarequest.ErrUnknownRule) {
		t.Errorf("unknown rule: %v", err)
	}
	for name, args := range map[string][3]string{
		"zone": {"ES", "2026-01-01", "Mars/Olympus"}, "no zone": {"ES", "2026-01-01", ""},
		"jurisdiction": {"XX", "2026-01-01", "UTC"}, "date": {"ES", "2026-02-30", "UTC"},
	} {
		if _, err := datarequest.NewCalendar([]string{args[0]}, []string{args[1]}, args[2]); !errors.Is(err, datarequest.ErrCalendar) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTypesAreThoseOfTheSchema keeps the published schema and this package together.
func TestTypesAreThoseOfTheSchema(t *testing.T) {
	schema, err := events.Compile("data-request/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range datarequest.Types() {
		if err := events.Validate(schema, []byte(`{"type":"`+string(kind)+`"}`)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
