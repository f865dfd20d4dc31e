package register_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/register"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// lines are the lives of a few requests.
func lines() (all []ledger.Registered) {
	add := func(person, id, kind, rule, due string, states ...string) {
		for i, s := range states {
			state, ended := strings.CutSuffix(s, "!")
			state, at, _ := strings.Cut(state, "@")
			n := 1
			if at != "" {
				_, _ = fmt.Sscan(at, &n)
			}
			l := register.Line{ID: id, Type: kind, Rule: rule, State: state, Received: day(1), Due: due, At: day(n), Ended: ended}
			all = append(all, ledger.Registered{Subject: person, Seq: uint64(i + 1), Text: l.Entry().Text})
		}
	}
	add("ann", "a", "access", "gdpr", "2026-12-01", "received", "completed@11!")
	add("ann", "b", "access", "gdpr", "2026-11-05", "received", "extended@4", "completed@21!")
	add("bob", "a", "access", "gdpr", "2026-11-10", "received")
	add("bob", "c", "erasure", "ccpa", "2026-12-24", "received", "withdrawn@2!")
	add("eve", "d", "erasure", "ccpa", "2026-12-20", "received", "identity-wanted@3")
	return all
}

func TestFold(t *testing.T) {
	all := lines()
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	requests, err := register.Fold(all)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range requests {
		got = append(got, fmt.Sprintf("%s %s %s %v", r.Person, r.ID, r.State, r.Extended))
	}
	want := []string{"ann b completed true", "bob a received false", "ann a completed false", "eve d identity-wanted false", "bob c withdrawn false"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for filter, want := range map[register.Filter]string{
		{}:                        "b a a d c",
		{State: "open"}:           "a d",
		{State: "overdue"}:        "a",
		{State: "ended"}:          "b a c",
		{State: "withdrawn"}:      "c",
		{Type: "erasure"}:         "d c",
		{DueBefore: "2026-11-10"}: "b",
	} {
		var ids []string
		for _, r := range filter.Select(requests, "2026-11-23") {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%+v: %q, want %q", filter, got, want)
		}
	}
	if _, err := register.Fold([]ledger.Registered{{Text: "{}"}}); !errors.Is(err, register.ErrLine) {
		t.Errorf("a line of nobody: %v", err)
	}
}

func TestReport(t *testing.T) {
	requests, err := register.Fold(lines())
	if err != nil {
		t.Fatal(err)
	}
	total := register.Total(requests, "2026-11-23")
	if got := fmt.Sprintf("%+v", *total); !strings.HasPrefix(got, "{Type: Rule: Received:5 InTime:1 Late:1 Withdrawn:1 Extended:1 Open:2 Overdue:1 MedianDays:10 MaxDays:20") {
		t.Errorf("in all %s", got)
	}
	var b strings.Builder
	if err := register.WriteCSV(&b, register.Report(requests, "2026-11-23")); err != nil {
		t.Fatal(err)
	}
	want := "type,rule,received,answered_in_time,answered_late,withdrawn,extended,open,overdue,median_days,max_days\r\n" +
		"access,gdpr,3,1,1,0,1,1,1,10,20\r\n" +
		"erasure,ccpa,2,0,0,1,0,1,0,0,0\r\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

func TestMonths(t *testing.T) {
	got := register.Months(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	if strings.Join(got, " ") != "2026-11 2026-12 2027-01 2027-02" {
		t.Errorf("%v", got)
	}
}
