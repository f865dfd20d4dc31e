package datarequest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// applied carries steps out, one a day given as 2026-01-02, and fails on the first refusal.
func applied(t *testing.T, r statement.Request, rules datarequest.Rules, c *datarequest.Calendar, steps ...[2]string) statement.Request {
	t.Helper()
	for _, s := range steps {
		step := datarequest.Step{Act: datarequest.Act(s[1]), By: datarequest.Staff, NothingHeld: s[1] == "complete"}
		if step.Act == datarequest.Extend {
			step.Reason = "complexity"
		}
		var err error
		r, err = datarequest.Apply(r, step, moment(t, s[0]+"T12:00:00Z"), rules, c)
		must(t, err)
	}
	return r
}

// TestClarification: the days from the question to the answer, both included, do not count
// for the month, nor for its extension.
func TestClarification(t *testing.T) {
	c := calendar(t, "Europe/London", []string{"GB"})
	r, _, err := datarequest.Open("id", statement.Access, "uk-gdpr", "", moment(t, "2026-03-02T12:00:00Z"), nil, c)
	must(t, err)
	asked := applied(t, r, nil, c, [2]string{"2026-03-10", "ask-clarification"})
	if _, _, lapses := datarequest.Lapse(asked); lapses || !datarequest.Stopped(asked) || datarequest.Deadline(asked) != "" {
		t.Errorf("the clock runs while the person is asked: %+v", asked)
	}
	_, err = datarequest.Apply(asked, datarequest.Step{Act: datarequest.Miss, By: datarequest.System}, moment(t, "2026-05-02T12:00:00Z"), nil, c)
	if !errors.Is(err, datarequest.ErrEarly) {
		t.Errorf("missed while the clock stands still: %v", err)
	}
	answered := applied(t, asked, nil, c, [2]string{"2026-03-20", "give-clarification"})
	if answered.Due != "2026-04-13" || len(asked.Pauses) != 1 || asked.Pauses[0].Until != "" {
		t.Errorf("due %s, pauses %+v, before %+v", answered.Due, answered.Pauses, asked.Pauses)
	}
	if extended := applied(t, answered, nil, c, [2]string{"2026-03-23", "extend"}); extended.Due != "2026-06-15" { // 2 and 11 days; 13 June is a Saturday
		t.Errorf("extended to %s", extended.Due)
	}
	again := applied(t, answered, nil, c, [2]string{"2026-03-20", "ask-clarification"}, [2]string{"2026-03-21", "give-clarification"})
	if again.Due != "2026-04-14" { // the 20th counts once
		t.Errorf("asked twice: due %s", again.Due)
	}
	done := applied(t, asked, nil, c, [2]string{"2026-03-11", "complete"})
	if done.Pauses[0].Until != "2026-03-11" {
		t.Errorf("completed while the clock stood still: %+v", done.Pauses)
	}
	erasure, _, err := datarequest.Open("id", statement.Erasure, "uk-gdpr", "", moment(t, "2026-03-02T12:00:00Z"), nil, c)
	must(t, err)
	for name, test := range map[string]struct {
		r   statement.Request
		act datarequest.Act
		day string
	}{
		"asked about an erasure":    {erasure, datarequest.AskClarification, "2026-03-10"},
		"asked twice":               {asked, datarequest.AskClarification, "2026-03-11"},
		"answered without question": {applied(t, r, nil, c, [2]string{"2026-03-03", "start"}), datarequest.GiveClarification, "2026-03-04"},
	} {
		if _, err := datarequest.Apply(test.r, datarequest.Step{Act: test.act, By: datarequest.Staff}, moment(t, test.day+"T12:00:00Z"), nil, c); !errors.Is(err, datarequest.ErrPause) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := datarequest.Apply(r, datarequest.Step{Act: datarequest.AskClarification, By: datarequest.Staff}, moment(t, "2026-04-03T12:00:00Z"), nil, c); !errors.Is(err, datarequest.ErrLate) {
		t.Errorf("asked a day late: %v", err)
	}
}

// TestIdentityPausesTheClock where an operator's rule says so.
func TestIdentityPausesTheClock(t *testing.T) {
	pack, err := datarequest.Rules(nil).Pack("ch")
	must(t, err)
	pack.Clauses[0].Identity = datarequest.IdentityPauses
	must(t, pack.Check())
	rules, c := datarequest.Rules{"house": pack}, calendar(t, "UTC", nil)
	r, _, err := datarequest.Open("id", statement.Access, "house", "", moment(t, "2026-06-01T12:00:00Z"), rules, c)
	must(t, err)
	asked := applied(t, r, rules, c, [2]string{"2026-06-03", "ask-identity"})
	if act, after, ok := datarequest.Lapse(asked); act != datarequest.Expire || after != "2026-07-03" || !ok {
		t.Errorf("%s after %s, %v", act, after, ok)
	}
	if given := applied(t, asked, rules, c, [2]string{"2026-06-12", "give-identity"}); given.Due != "2026-07-11" || given.Pauses[0].Why != "identity" {
		t.Errorf("due %s, pauses %+v", given.Due, given.Pauses)
	}
}

// setDue sets the deadline by hand, on the third day after receipt.
func setDue(t *testing.T, r statement.Request, due, why string, c *datarequest.Calendar) (statement.Request, error) {
	t.Helper()
	step := datarequest.Step{Act: datarequest.SetDue, By: datarequest.Staff, Due: due, Why: why}
	return datarequest.Apply(r, step, r.Received.AddDate(0, 0, 3), nil, c)
}

// TestSetDue: a date set by hand has a reason, and a later extension replaces it.
func TestSetDue(t *testing.T) {
	c := calendar(t, "Asia/Seoul", nil)
	r, _, err := datarequest.Open("id", statement.Portability, "kr-pipa", "", moment(t, "2026-06-01T03:00:00Z"), nil, c)
	must(t, err)
	if r.Due != "" || r.NextDate() != "" {
		t.Errorf("a date is invented: %+v", r)
	}
	if _, _, lapses := datarequest.Lapse(r); lapses {
		t.Error("without a date, it lapses")
	}
	got, err := setDue(t, r, "2026-06-30", "We wait for another firm.", c)
	must(t, err)
	if got.Due != "2026-06-30" || got.NextDate() != got.Due || got.DueSet == nil || got.DueSet.By != statement.RoleAgent || got.DueSet.Reason != "We wait for another firm." {
		t.Errorf("%+v", got)
	}
	if _, err := setDue(t, r, "2026-06-30", "", c); !errors.Is(err, datarequest.ErrDate) {
		t.Errorf("without a reason: %v", err)
	}
	for _, by := range []datarequest.Party{datarequest.Person, datarequest.System} {
		_, err := datarequest.Apply(r, datarequest.Step{Act: datarequest.SetDue, By: by, Due: "2026-06-30", Why: "why"}, r.Received, nil, c)
		if !errors.Is(err, datarequest.ErrParty) {
			t.Errorf("by %s: %v", by, err)
		}
	}
	_, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.Start, By: datarequest.Staff, Due: "2026-06-30"}, r.Received, nil, c)
	if !errors.Is(err, datarequest.ErrDate) {
		t.Errorf("a date of another act: %v", err)
	}
	r, _, err = datarequest.Open("id", statement.Access, "us-va", "", moment(t, "2026-06-01T03:00:00Z"), nil, c)
	must(t, err)
	r, err = setDue(t, r, "2026-06-20", "We can be faster.", c)
	must(t, err)
	if r = applied(t, r, nil, c, [2]string{"2026-06-19", "extend"}); r.Due != "2026-08-30" || r.DueSet != nil {
		t.Errorf("extended: %+v", r)
	}
}

// TestSetDueWithinTheLaw: a date set by hand is from today to the last that the rule allows,
// its extension included, and the refusal names that date.
func TestSetDueWithinTheLaw(t *testing.T) {
	for _, test := range []struct {
		rule statement.Rule
		kind statement.RequestType
		last string
	}{
		{"gdpr", statement.Access, "2026-09-01"},           // three months
		{"ccpa", statement.Access, "2026-08-30"},           // 90 days
		{"ccpa", statement.OptOutOfSale, "2026-06-22"},     // 15 business days, and no extension
		{"quebec", statement.Access, "2026-07-01"},         // 30 days, and no extension
		{"us-fl", statement.Access, "2026-07-31"},          // 60 days
		{"pipeda", statement.Erasure, "2026-07-01"},        // 30 days
		{"pipeda", statement.Access, "2027-06-01"},         // an alternative format has no length
		{"nz", statement.Rectification, "2027-06-01"},      // an extension of a reasonable length
		{"kr-pipa", statement.Portability, "2027-06-01"},   // no date at all
		{"us-ok", statement.Access, "2027-06-01"},          // not in force yet
		{"uk-gdpr", statement.Complain, "2027-06-01"},      // the same, by the date of receipt
		{"au-cdr", statement.Objection, "2026-06-03"},      // 2 business days
		{"in-dpdp", statement.Grievance, "2027-06-01"},     // not in force yet
		{"us-ct", statement.OptOutOfSale, "2026-08-30"},    // 90 days
		{"lgpd", statement.Access, "2026-06-16"},           // 15 days
		{"uk-gdpr", statement.Restriction, "2026-09-01"},   // three months
		{"ch", statement.Access, "2027-06-01"},             // told, with the new date
		{"kr-pipa", statement.Rectification, "2027-06-01"}, // postponed without a length
	} {
		c := calendar(t, "UTC", nil)
		r, _, err := datarequest.Open("id", test.kind, test.rule, "", moment(t, "2026-06-01T12:00:00Z"), nil, c)
		must(t, err)
		last := moment(t, test.last+"T12:00:00Z")
		at := r.Received.AddDate(0, 0, 1)
		for due, want := range map[string]error{
			test.last: nil, last.AddDate(0, 0, 1).Format("2006-01-02"): datarequest.ErrDate,
			"2026-06-02": nil, "2026-06-01": datarequest.ErrDate, "soon": datarequest.ErrDate, "": datarequest.ErrDate,
		} {
			_, err := datarequest.Apply(r, datarequest.Step{Act: datarequest.SetDue, By: datarequest.Staff, Due: due, Why: "why"}, at, nil, c)
			if !errors.Is(err, want) || want == nil && err != nil {
				t.Errorf("%s, %s, to %q: %v", test.rule, test.kind, due, err)
			}
			if err != nil && !strings.Contains(err.Error(), "2026-06-02 to "+test.last) {
				t.Errorf("%s, %s, to %q: the error does not name the last date: %v", test.rule, test.kind, due, err)
			}
		}
		choices := datarequest.Choices(r, datarequest.Staff, at, nil, c)
		if i := slices.IndexFunc(choices, func(c datarequest.Choice) bool { return c.Act == datarequest.SetDue }); i < 0 || *choices[i].Dates != (datarequest.Span{From: "2026-06-02", Until: test.last}) {
			t.Errorf("%s, %s: offered %+v", test.rule, test.kind, choices)
		}
	}
}

// TestAnswerOfAnEarlierDay: a clock that waits for the person goes on from the day on which
// their answer came, not from the day on which somebody recorded it.
func TestAnswerOfAnEarlierDay(t *testing.T) {
	c := calendar(t, "Europe/London", []string{"GB"})
	r, _, err := datarequest.Open("id", statement.Access, "uk-gdpr", "", moment(t, "2026-03-02T12:00:00Z"), nil, c)
	must(t, err)
	paused := applied(t, r, nil, c, [2]string{"2026-03-10", "ask-clarification"})
	restarted := applied(t, r, nil, c, [2]string{"2026-03-10", "ask-identity"})
	for _, test := range []struct {
		r        statement.Request
		act      datarequest.Act
		received string
		due      string // "": refused
	}{
		{paused, datarequest.GiveClarification, "", "2026-04-17"},           // 15 days; recorded on the 24th
		{paused, datarequest.GiveClarification, "2026-03-20", "2026-04-13"}, // 11 days, both included
		{paused, datarequest.GiveClarification, "2026-03-10", "2026-04-07"}, // 1 day; the 3rd is Good Friday, the 6th Easter Monday
		{paused, datarequest.GiveClarification, "2026-03-09", ""},           // before the question
		{paused, datarequest.GiveClarification, "2026-03-25", ""},           // tomorrow
		{paused, datarequest.GiveClarification, "lately", ""},
		{paused, datarequest.Complete, "2026-03-20", ""}, // no answer of the person
		{restarted, datarequest.GiveIdentity, "", "2026-04-24"},
		{restarted, datarequest.GiveIdentity, "2026-03-20", "2026-04-20"},
		{restarted, datarequest.GiveIdentity, "2026-03-09", ""},
	} {
		got, err := datarequest.Apply(test.r, datarequest.Step{Act: test.act, By: datarequest.Staff, Received: test.received}, moment(t, "2026-03-24T12:00:00Z"), nil, c)
		switch {
		case test.due == "" && !errors.Is(err, datarequest.ErrDate):
			t.Errorf("%s on %q: %v", test.act, test.received, err)
		case test.due != "" && (err != nil || got.Due != test.due):
			t.Errorf("%s on %q: due %s, want %s, %v", test.act, test.received, got.Due, test.due, err)
		}
	}
	got, err := datarequest.Apply(paused, datarequest.Step{Act: datarequest.GiveClarification, By: datarequest.Staff, Received: "2026-03-20"}, moment(t, "2026-03-24T12:00:00Z"), nil, c)
	must(t, err)
	if got.Pauses[0].Until != "2026-03-20" {
		t.Errorf("the pause: %+v", got.Pauses)
	}
	again := applied(t, got, nil, c, [2]string{"2026-03-24", "ask-clarification"}, [2]string{"2026-03-25", "give-clarification"})
	if again.Due != "2026-04-15" { // 11 and 2 days
		t.Errorf("asked again: due %s", again.Due)
	}
}

// TestComplaintIsConfirmed: the date by which receipt of a complaint is to be confirmed is the
// one that is awaited, although the answer has none.
func TestComplaintIsConfirmed(t *testing.T) {
	c := calendar(t, "Europe/London", []string{"GB"})
	r, _, err := datarequest.Open("id", statement.Complain, "uk-gdpr", "", moment(t, "2026-06-19T12:00:00Z"), nil, c)
	must(t, err)
	if act, after, ok := datarequest.Lapse(r); act != datarequest.Miss || after != "2026-07-20" || !ok || datarequest.Awaited(r) != after || r.Due != "" {
		t.Errorf("%s after %s, %v: %+v", act, after, ok, r)
	}
	late, err := datarequest.Apply(r, datarequest.Step{Act: datarequest.Miss, By: datarequest.System}, moment(t, "2026-07-21T12:00:00Z"), nil, c)
	must(t, err)
	if late.State != statement.Overdue || late.Confirmed != "" || datarequest.Awaited(late) != "2026-07-20" {
		t.Errorf("missed: %+v", late)
	}
	confirmed := applied(t, late, nil, c, [2]string{"2026-07-22", "acknowledge"})
	if confirmed.State != statement.Acknowledged || confirmed.Confirmed != "2026-07-22" || datarequest.Awaited(confirmed) != "" {
		t.Errorf("confirmed: %+v", confirmed)
	}
}

// TestHolidaysOfARequest: a request names the public holidays that can move its dates, and
// none where every day counts.
func TestHolidaysOfARequest(t *testing.T) {
	c := calendar(t, "Europe/London", []string{"GB-SCT"})
	for rule, want := range map[statement.Rule]int{"uk-gdpr": 1, "ccpa": 1, "nz": 1, "us-va": 0, "lgpd": 0} {
		r, _, err := datarequest.Open("id", statement.Access, rule, "", moment(t, "2026-06-19T12:00:00Z"), nil, c)
		must(t, err)
		if len(r.Holidays) != want || want > 0 && r.Holidays[0] != "GB-SCT" {
			t.Errorf("%s: %v", rule, r.Holidays)
		}
	}
}

func TestDaysLeft(t *testing.T) {
	for _, test := range []struct {
		due, today string
		want       int
		ok         bool
	}{
		{"2026-12-23", "2026-12-20", 3, true}, {"2026-12-23", "2026-12-23", 0, true}, {"2026-12-23", "2027-01-02", -10, true},
		{"2027-03-29", "2027-03-27", 2, true}, {"", "2026-12-20", 0, false},
	} {
		if got, ok := datarequest.DaysLeft(test.due, test.today); got != test.want && ok || ok != test.ok {
			t.Errorf("%s on %s: %d, %v", test.due, test.today, got, ok)
		}
	}
}
