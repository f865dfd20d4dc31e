package datarequest_test

import (
	"errors"
	"slices"
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
	c, err := datarequest.NewCalendar(datarequest.Place{Timezone: zone, Holidays: jurisdictions, Closed: closed})
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

// TestDates compares the clocks of every built-in rule with dates from elsewhere. Each has
// the words of its source, and its arithmetic.
func TestDates(t *testing.T) {
	rows, seen := 0, map[string]bool{}
	for line := range strings.Lines(read(t, "testdata/dates.txt")) {
		part := strings.Split(line, " | ")
		f := strings.Fields(part[0])
		if f[0] == "#" {
			continue
		}
		if len(part) != 3 || len(f) != 8 {
			t.Fatalf("not a row: %s", line)
		}
		for i := range f {
			f[i] = strings.TrimPrefix(f[i], "-")
		}
		var jurisdictions []string
		if f[3] != "" {
			jurisdictions = []string{f[3]}
		}
		rule, kind := statement.Rule(f[0]), statement.RequestType(f[1])
		rows, seen[f[0]+" "+f[1]], seen["calendar "+f[3]] = rows+1, true, true
		c, received := calendar(t, f[2], jurisdictions), moment(t, f[4])
		d, err := datarequest.Reckon(nil, rule, kind, received, c)
		if got := []string{d.Confirm.Date.String(), d.Due.Date.String(), d.Extended.Date.String()}; err != nil || !slices.Equal(got, f[5:8]) || d.Clause.Source == "" {
			t.Errorf("%s: %q, %v", line, got, err)
		}
		if kind != statement.WithdrawalOfConsent {
			checkRequest(t, line, f, received, c)
		}
	}
	if rows < 300 {
		t.Errorf("%d dates, want at least 300", rows)
	}
	for code := range datarequest.Jurisdictions() {
		if !seen["calendar "+code] {
			t.Errorf("no date with the holidays of %s", code)
		}
	}
	for _, rule := range datarequest.Builtin() {
		pack, err := datarequest.Rules(nil).Pack(rule)
		must(t, err)
		if pack.Revocation != nil && !seen[string(rule)+" withdrawal-of-consent"] {
			t.Errorf("no date of a withdrawal under %s", rule)
		}
		if !slices.ContainsFunc(pack.Clauses, func(c datarequest.Clause) bool { return seen[string(rule)+" "+string(c.Types[0])] }) {
			t.Errorf("no date of %s", rule)
		}
	}
}

// checkRequest: a request has the dates of its row, and again once it is extended.
func checkRequest(t *testing.T, line string, f []string, received time.Time, c *datarequest.Calendar) {
	t.Helper()
	r, clause, err := datarequest.Open("id", statement.RequestType(f[1]), statement.Rule(f[0]), "", received, nil, c)
	if err != nil || r.Confirm != f[5] || r.Due != f[6] || r.Timezone != f[2] {
		t.Errorf("%s: confirm %q, due %q, zone %q, %v", line, r.Confirm, r.Due, r.Timezone, err)
	}
	if next := r.NextDate(); next == "" && f[5]+f[6] != "" || f[6] != "" && next > r.Due {
		t.Errorf("%s: next date %q", line, next)
	}
	if f[7] == "" {
		return
	}
	r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.Extend, By: datarequest.Staff, Reason: clause.Extensions[0].Reasons[0]}, received, nil, c)
	if err != nil || r.Due != f[7] || r.NextDate() != f[7] {
		t.Errorf("%s: extended to %q, %v", line, r.Due, err)
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
		if _, err := datarequest.NewCalendar(datarequest.Place{Timezone: args[2], Holidays: []string{args[0]}, Closed: []string{args[1]}}); !errors.Is(err, datarequest.ErrCalendar) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTypesAreThoseOfTheSchema keeps the published schema and this package together.
func TestTypesAreThoseOfTheSchema(t *testing.T) {
	check := func(body string) error { return events.CheckJSON("data-request/1", []byte(body)) }
	const id = "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"
	for _, kind := range statement.RequestTypes() {
		must(t, check(`{"type":"`+string(kind)+`"}`))
		if check(`{"type":"`+string(kind)+`","about":"`+id+`"}`) == nil {
			t.Errorf("%s is about an earlier request", kind)
		}
	}
	for _, kind := range []statement.RequestType{statement.Appeal, statement.Withdrawal} {
		must(t, check(`{"type":"`+string(kind)+`","about":"`+id+`"}`))
		if check(`{"type":"`+string(kind)+`"}`) == nil {
			t.Errorf("%s is about nothing", kind)
		}
	}
}

var must = errtest.None
