package datarequest_test

import (
	"errors"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// applied carries steps out, one a day given as 2026-01-02, and fails on the first refusal.
func applied(t *testing.T, r statement.Request, rules datarequest.Rules, c *datarequest.Calendar, steps ...[2]string) statement.Request {
	t.Helper()
	for _, s := range steps {
		step := datarequest.Step{Act: datarequest.Act(s[1]), By: datarequest.Staff}
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

// TestSetDue: a date set by hand has a reason and bounds, and a later extension replaces it.
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
	set := func(r statement.Request, due, why string, by datarequest.Party) (statement.Request, error) {
		return datarequest.Apply(r, datarequest.Step{Act: datarequest.SetDue, By: by, Due: due, Why: why}, moment(t, "2026-06-03T03:00:00Z"), nil, c)
	}
	got, err := set(r, "2026-06-30", "We wait for another firm.", datarequest.Staff)
	must(t, err)
	if got.Due != "2026-06-30" || got.NextDate() != got.Due || got.DueSet == nil || got.DueSet.By != statement.RoleAgent || got.DueSet.Reason != "We wait for another firm." {
		t.Errorf("%+v", got)
	}
	for name, test := range map[string]struct {
		due, why string
		by       datarequest.Party
		want     error
	}{
		"without a reason":   {"2026-06-30", "", datarequest.Staff, datarequest.ErrDate},
		"to no date":         {"soon", "why", datarequest.Staff, datarequest.ErrDate},
		"to the past":        {"2026-06-02", "why", datarequest.Staff, datarequest.ErrDate},
		"beyond 12 months":   {"2027-06-02", "why", datarequest.Staff, datarequest.ErrDate},
		"by the person":      {"2026-06-30", "why", datarequest.Person, datarequest.ErrParty},
		"by the system":      {"2026-06-30", "why", datarequest.System, datarequest.ErrParty},
		"to the last of all": {"2027-06-01", "why", datarequest.Staff, nil},
	} {
		if _, err := set(r, test.due, test.why, test.by); !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, _, err = datarequest.Open("id", statement.Access, "us-va", "", moment(t, "2026-06-01T03:00:00Z"), nil, c)
	must(t, err)
	r, err = set(r, "2026-06-20", "We can be faster.", datarequest.Staff)
	must(t, err)
	if r = applied(t, r, nil, c, [2]string{"2026-06-19", "extend"}); r.Due != "2026-08-30" || r.DueSet != nil {
		t.Errorf("extended: %+v", r)
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
