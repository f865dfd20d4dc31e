package datarequest_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"consent-receipts/events"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/statement"
)

func calendar(t testing.TB, zone string, jurisdictions []string, closed ...string) *datarequest.Calendar {
	t.Helper()
	c, err := datarequest.NewCalendar(jurisdictions, closed, zone)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestDates compares the clocks of every built-in rule with dates from elsewhere.
func TestDates(t *testing.T) {
	table, err := os.ReadFile("testdata/dates.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows, seen := 0, map[statement.Rule]bool{}
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		rule, kind, why := statement.Rule(f[0]), statement.RequestType(f[1]), strings.Join(f[8:], " ")
		for i := range f {
			f[i] = strings.TrimPrefix(f[i], "-")
		}
		var jurisdictions []string
		if f[3] != "" {
			jurisdictions = []string{f[3]}
		}
		rows, seen[rule] = rows+1, true
		c, received := calendar(t, f[2], jurisdictions), moment(t, f[4])
		r, clause, err := datarequest.Open("id", kind, rule, "", received, nil, c)
		if err != nil || r.Confirm != f[5] || r.Due != f[6] || clause.Source == "" {
			t.Errorf("%s %s received %s: confirm %q, due %q, %v; want %q, %q: %s", rule, kind, f[4], r.Confirm, r.Due, err, f[5], f[6], why)
			continue
		}
		if next := r.NextDate(); next == "" || next > r.Due {
			t.Errorf("%s %s received %s: next date %q", rule, kind, f[4], next)
		}
		if f[7] == "" {
			if len(clause.Extensions) > 0 {
				t.Errorf("%s %s: may be extended; the table says not", rule, kind)
			}
			continue
		}
		r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.Extend, By: datarequest.Staff, Reason: clause.Extensions[0].Reasons[0]}, received, nil, c)
		if err != nil || r.Due != f[7] || r.NextDate() != f[7] {
			t.Errorf("%s %s received %s: extended to %q, %v; want %q: %s", rule, kind, f[4], r.Due, err, f[7], why)
		}
	}
	if rows < 120 {
		t.Errorf("%d dates, want at least 120", rows)
	}
	for _, rule := range datarequest.Builtin() {
		if !seen[rule] {
			t.Errorf("no date of %s", rule)
		}
	}
}

// TestClosedDays: what the controller lists as closed is no working day.
func TestClosedDays(t *testing.T) {
	c := calendar(t, "Europe/Madrid", []string{"ES"}, "2026-12-24")
	r, _, err := datarequest.Open("id", statement.Access, "gdpr", "", moment(t, "2026-11-24T14:00:00Z"), nil, c)
	if err != nil || r.Due != "2026-12-28" { // the 25th is a holiday, then comes a weekend
		t.Errorf("due %s, %v", r.Due, err)
	}
}

// TestIdentityRestartsTheClock where the rule says so, and leaves it alone elsewhere.
func TestIdentityRestartsTheClock(t *testing.T) {
	c := calendar(t, "Europe/London", []string{"GB"})
	for rule, want := range map[statement.Rule]struct{ waiting, given, extended string }{
		"gdpr":    {"2026-07-01", "2026-07-01", "2026-09-01"},
		"uk-gdpr": {"2026-07-03", "2026-07-20", "2026-09-18"}, // 18 July is a Saturday
	} {
		r, clause, err := datarequest.Open("id", statement.Access, rule, "", moment(t, "2026-06-01T12:00:00Z"), nil, c)
		must(t, err)
		r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.AskIdentity, By: datarequest.Staff}, moment(t, "2026-06-03T12:00:00Z"), nil, c)
		must(t, err)
		if r.Due != want.waiting || r.NextDate() != want.waiting || r.Confirmed != "2026-06-03" {
			t.Errorf("%s: while identity is wanted: due %s, next %s, confirmed %s", rule, r.Due, r.NextDate(), r.Confirmed)
		}
		r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.GiveIdentity, By: datarequest.Staff}, moment(t, "2026-06-18T12:00:00Z"), nil, c)
		must(t, err)
		if r.Due != want.given {
			t.Errorf("%s: after the proof due %s, want %s", rule, r.Due, want.given)
		}
		r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.Extend, By: datarequest.Staff, Reason: clause.Extensions[0].Reasons[0]}, moment(t, "2026-06-19T12:00:00Z"), nil, c)
		must(t, err)
		if r.Due != want.extended {
			t.Errorf("%s: extended to %s, want %s", rule, r.Due, want.extended)
		}
	}
}

func TestRefusedRules(t *testing.T) {
	c := calendar(t, "UTC", nil)
	for kind, rule := range map[statement.RequestType]statement.Rule{
		statement.Restriction: "ccpa", statement.Objection: "us-va", statement.Appeal: "gdpr", "revenge": "gdpr", statement.Access: "au-cdr",
	} {
		if _, _, err := datarequest.Open("id", kind, rule, "", time.Now(), nil, c); !errors.Is(err, datarequest.ErrNotCovered) {
			t.Errorf("%s under %s: %v", kind, rule, err)
		}
	}
	for _, rule := range []statement.Rule{"", "hammurabi", "../rules/gdpr", "GDPR"} {
		if _, _, err := datarequest.Open("id", statement.Access, rule, "", time.Now(), nil, c); !errors.Is(err, datarequest.ErrUnknownRule) {
			t.Errorf("unknown rule %q: %v", rule, err)
		}
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
	must(t, err)
	const id = "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"
	for _, kind := range statement.RequestTypes() {
		must(t, events.Validate(schema, []byte(`{"type":"`+string(kind)+`"}`)))
		if events.Validate(schema, []byte(`{"type":"`+string(kind)+`","about":"`+id+`"}`)) == nil {
			t.Errorf("%s is about an earlier request", kind)
		}
	}
	for _, kind := range []statement.RequestType{statement.Appeal, statement.Withdrawal} {
		must(t, events.Validate(schema, []byte(`{"type":"`+string(kind)+`","about":"`+id+`"}`)))
		if events.Validate(schema, []byte(`{"type":"`+string(kind)+`"}`)) == nil {
			t.Errorf("%s is about nothing", kind)
		}
	}
}

var must = errtest.None
