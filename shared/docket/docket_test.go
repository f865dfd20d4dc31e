package docket_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

func day(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }

// called is somebody with this as the end of their pseudonym.
func called(name string) ledger.Subject {
	return ledger.Person(strings.Repeat("-", 43-len(name)) + name)
}

// items are the lives of a few requests.
func items() (all []ledger.Listed) {
	add := func(person, id, kind, rule, due string, states ...string) {
		for i, s := range states {
			state, ended := strings.CutSuffix(s, "!")
			state, at, _ := strings.Cut(state, "@")
			n := 1
			if at != "" {
				_, _ = fmt.Sscan(at, &n)
			}
			l := docket.Item{
				ID: id, Type: statement.RequestType(kind), Rule: statement.Rule(rule), State: statement.RequestState(state), Received: day(1), Due: due, At: day(n),
				Day: day(n).Format(time.DateOnly), Ended: ended,
			}
			all = append(all, ledger.Listed{Subject: called(person), Seq: uint64(i + 1), Text: l.Listing().Text})
		}
	}
	add("ann", "a", "access", "gdpr", "2026-12-01", "received", "completed@11!")
	add("ann", "b", "access", "gdpr", "2026-11-05", "received", "extended@4", "completed@21!")
	add("bob", "a", "access", "gdpr", "2026-11-10", "received")
	add("bob", "c", "erasure", "ccpa", "2026-12-24", "received", "withdrawn@2!")
	add("eve", "d", "erasure", "ccpa", "2026-12-20", "received", "identity-wanted@3")
	add("eve", "e", "erasure", "ccpa", "2026-12-22", "received", "identity-wanted@3", "expired@4!")
	return all
}

func TestFold(t *testing.T) {
	all := items()
	want := []string{"ann b completed true", "bob a received false", "ann a completed false", "eve d identity-wanted false", "eve e expired false", "bob c withdrawn false"}
	var requests []docket.Case
	for range 50 { // in any order
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var err error
		if requests, err = docket.Fold(all); err != nil {
			t.Fatal(err)
		}
		docket.Sort(requests)
		var got []string
		for _, r := range requests {
			got = append(got, fmt.Sprintf("%s %s %s %v", strings.TrimLeft(r.Person, "-"), r.ID, r.State, r.Extended))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
	}
	for filter, want := range map[docket.Filter]string{
		{}:                        "b a a d e c",
		{State: "open"}:           "a d",
		{State: "overdue"}:        "a",
		{State: "ended"}:          "b a e c",
		{State: "withdrawn"}:      "c",
		{Type: "erasure"}:         "d e c",
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
	if _, err := docket.Fold([]ledger.Listed{{Text: "{}"}}); !errors.Is(err, docket.ErrItem) {
		t.Errorf("an item of nobody: %v", err)
	}
}

// TestErasure: an erasure has one item, and ends every open request. A request made after it
// keeps its own state.
func TestErasure(t *testing.T) {
	at := func(month int) time.Time { return time.Date(2026, time.Month(month), 5, 12, 0, 0, 0, time.UTC) }
	kept := months{}
	seq := uint64(0)
	for _, l := range []docket.Item{
		{ID: "access", Type: "access", State: "received", Received: at(3), Due: "2026-04-05", At: at(3)},
		{ID: "granted", Type: "erasure", State: "to-be-erased", Received: at(4), Due: "2026-05-05", At: at(4), Day: "2026-04-05"},
		{ID: "answered", Type: "access", State: "completed", Received: at(4), Due: "2026-05-05", At: at(4), Ended: true},
		{ID: "last", Type: "portability", State: "received", Received: at(6), Due: "2026-07-05", At: at(6)},
		{ID: "last", Type: "portability", State: "expired", Received: at(6), Due: "2026-07-05", At: at(7), Day: "2026-07-05", Ended: true, Erased: true},
		{ID: "later", Type: "access", State: "received", Received: at(8), Due: "2026-09-05", At: at(8)},
	} {
		seq++
		e := l.Listing()
		kept[e.Month] = append(kept[e.Month], ledger.Listed{Subject: called("ann"), Seq: seq, Text: e.Text})
	}
	for until, want := range map[int]string{
		3: "access expired", 4: "access expired, answered completed, granted completed",
		9: "access expired, answered completed, granted completed, last expired, later received",
	} {
		requests := read(t, kept, at(1), at(until), at(9))
		var got []string
		for _, r := range requests {
			got = append(got, fmt.Sprint(r.ID, " ", r.State))
			if r.Ended == (r.ID == "later") {
				t.Errorf("%s: ended %t", r.ID, r.Ended)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("received until month %d: %q, want %q", until, got, want)
		}
	}
	report := docket.NewReport("2026-09-01")
	report.Add(read(t, kept, at(1), at(9), at(9)))
	if total := report.Total(); total.InTime != 1 || total.Late != 1 || total.Expired != 2 || total.Open != 1 {
		t.Errorf("%+v", total)
	}
}

// read reads the requests of all shards.
func read(t *testing.T, r ledger.Docket, from, until, now time.Time) (all []docket.Case) {
	t.Helper()
	if err := docket.Each(t.Context(), r, from, until, now, func(some []docket.Case) { all = append(all, some...) }); err != nil {
		t.Fatal(err)
	}
	docket.Sort(all)
	return all
}

// months are the items of a docket.
type months map[string][]ledger.Listed

func (m months) Listings(_ context.Context, month string, shard int) ([]ledger.Listed, error) {
	return slices.DeleteFunc(slices.Clone(m[month]), func(l ledger.Listed) bool { return l.Subject.Shard() != shard }), nil
}

// TestEach: people of every shard are visited, each shard once.
func TestEach(t *testing.T) {
	kept, visits := months{}, 0
	for n := range 100 {
		e := docket.Item{ID: "a", Type: "access", State: "received", Received: day(1), At: day(1)}.Listing()
		kept[e.Month] = append(kept[e.Month], ledger.Listed{Subject: called(fmt.Sprint(n)), Seq: 1, Text: e.Text})
	}
	report := docket.NewReport("2026-11-02")
	err := docket.Each(t.Context(), kept, day(1), day(2), day(2), func(some []docket.Case) {
		visits++
		report.Add(some)
	})
	if err != nil || report.Total().Received != 100 || visits != ledger.Shards {
		t.Errorf("%d requests in %d visits (%v)", report.Total().Received, visits, err)
	}
	kept["2026-11"][50].Text = "{}"
	if err := docket.Each(t.Context(), kept, day(1), day(2), day(2), report.Add); !errors.Is(err, docket.ErrItem) {
		t.Errorf("an item of nobody: %v", err)
	}
}

// TestDayOfTheController: a day ends at midnight in the controller's zone.
func TestDayOfTheController(t *testing.T) {
	item := docket.Item{ID: "a", State: "completed", Received: day(1), Due: "2026-11-20", Ended: true}
	for d, late := range map[string]bool{"2026-11-20": false, "2026-11-21": true} {
		item.At, item.Day = time.Date(2026, 11, 21, 5, 0, 0, 0, time.UTC), d // 21:00 on the 20th, in California
		r := docket.Case{Item: item}
		if r.Overdue("2026-12-01") != late {
			t.Errorf("answered on %s: late %t", d, !late)
		}
	}
}

// totalOf is what a report says of one request.
func totalOf(r docket.Case, today string) *docket.Row {
	report := docket.NewReport(today)
	report.Add([]docket.Case{r})
	return report.Total()
}

// TestConfirm: the date by which receipt is to be confirmed counts as the deadline does, until
// it is confirmed, and an answer to a request that was confirmed late was late.
func TestConfirm(t *testing.T) {
	item := docket.Item{ID: "a", State: "received", Received: day(1), Confirm: "2026-11-10", Day: "2026-11-01"}
	for _, due := range []string{"", "2026-12-15"} {
		r := docket.Case{Item: item}
		r.Due = due
		if r.Next() != "2026-11-10" || r.Overdue("2026-11-10") || !r.Overdue("2026-11-11") {
			t.Errorf("due %q: next %s, overdue %t, %t", due, r.Next(), r.Overdue("2026-11-10"), r.Overdue("2026-11-11"))
		}
		if total := totalOf(r, "2026-11-11"); total.Overdue != 1 || total.Open != 1 {
			t.Errorf("due %q: %+v", due, total)
		}
		for filter, want := range map[docket.Filter]int{{State: "overdue"}: 1, {DueBefore: "2026-11-11"}: 1, {DueBefore: "2026-11-10"}: 0} {
			if got := filter.Select([]docket.Case{r}, "2026-11-11"); len(got) != want {
				t.Errorf("due %q: %+v finds %d", due, filter, len(got))
			}
		}
		r.Confirm = "" // somebody wrote to the person
		if r.Next() != due || r.Overdue("2026-11-11") {
			t.Errorf("confirmed, and due %q: next %q, overdue %t", due, r.Next(), r.Overdue("2026-11-11"))
		}
		r.State, r.Ended, r.Day = "completed", true, "2026-12-01"
		for _, late := range []bool{false, true} {
			r.ConfirmedLate = late
			if total := totalOf(r, "2027-01-01"); total.Late == 1 != late {
				t.Errorf("confirmed late %t: %+v", late, total)
			}
		}
	}
	requests, err := docket.Fold([]ledger.Listed{
		{Subject: called("ann"), Seq: 1, Text: docket.Item{ID: "later", Due: "2026-11-11"}.Listing().Text},
		{Subject: called("bob"), Seq: 1, Text: item.Listing().Text},
	})
	docket.Sort(requests)
	if err != nil || requests[0].ID != "a" {
		t.Errorf("%+v, %v", requests, err)
	}
}

// TestReach: the docket goes back far enough to find a request that nobody answered in time.
func TestReach(t *testing.T) {
	if docket.Reach < datarequest.MaxMonths+12 {
		t.Errorf("%d months, and a rule may take %d", docket.Reach, datarequest.MaxMonths)
	}
}

func TestReport(t *testing.T) {
	requests, err := docket.Fold(items())
	if err != nil {
		t.Fatal(err)
	}
	report := docket.NewReport("2026-11-23")
	report.Add(requests)
	total := report.Total()
	if got := fmt.Sprintf("%+v", *total); !strings.HasPrefix(got, "{Type: Rule: Month: Received:6 InTime:1 Late:1 Withdrawn:1 Expired:1 Extended:1 Open:2 Overdue:1 MedianDays:10 MaxDays:20") {
		t.Errorf("in all %s", got)
	}
	var b strings.Builder
	if err := docket.WriteCSV(&b, report.Rows()); err != nil {
		t.Fatal(err)
	}
	want := "type,rule,received,answered_in_time,answered_late,withdrawn,expired,extended,open,overdue,median_days,max_days\r\n" +
		"access,gdpr,3,1,1,0,0,1,1,1,10,20\r\n" +
		"erasure,ccpa,3,0,0,1,1,0,1,0,0,0\r\n"
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}

// TestTrend: a report counts the newest twelve months apart, those without a request too.
func TestTrend(t *testing.T) {
	report := docket.NewReport("2026-11-23")
	if trend := report.Trend(); len(trend) != 0 {
		t.Errorf("of nothing %+v", trend)
	}
	for _, at := range []time.Time{day(1), day(30), time.Date(2026, 9, 30, 23, 59, 0, 0, time.UTC), time.Date(2025, 11, 30, 0, 0, 0, 0, time.UTC)} {
		report.Add([]docket.Case{{Item: docket.Item{ID: at.String(), State: "completed", Received: at, At: at.AddDate(0, 0, 3), Ended: true}}})
	}
	trend := report.Trend()
	if len(trend) != docket.Trend || trend[0].Month != "2025-12" || trend[11].Month != "2026-11" {
		t.Fatalf("%d months: %+v", len(trend), trend[0])
	}
	for month, want := range map[int]int{0: 0, 8: 0, 9: 1, 10: 0, 11: 2} {
		if r := trend[month]; r.Received != want || r.InTime != want || r.MedianDays != 3*min(want, 1) {
			t.Errorf("%s: %+v", r.Month, r)
		}
	}
}

// TestPressing: a report names open requests that are late, or due within a week; those that are
// due first, up to a bound; and nobody.
func TestPressing(t *testing.T) {
	report := docket.NewReport("2026-11-23")
	for id, i := range map[string]docket.Item{
		"late": {Due: "2026-11-22"}, "today": {Due: "2026-11-23"}, "near": {Due: "2026-12-30", Confirm: "2026-11-30"}, "far": {Due: "2026-12-01"},
		"none": {}, "answered": {Due: "2026-11-22", Ended: true},
	} {
		i.ID, i.Received = id, day(1)
		report.Add([]docket.Case{{Person: "somebody", Item: i}})
	}
	named, total := report.Pressing()
	if got := fmt.Sprint(named); total != 3 || got != "[{late   2026-11-22 -1} {today   2026-11-23 0} {near   2026-11-30 7}]" {
		t.Errorf("%d: %s", total, got)
	}
	var b strings.Builder
	if err := docket.WritePressingCSV(&b, named[:1]); err != nil || b.String() != "id,type,rule,next,days_left\r\nlate,,,2026-11-22,-1\r\n" {
		t.Errorf("%q %v", b.String(), err)
	}
	for n := range docket.MaxPressing {
		report.Add([]docket.Case{{Item: docket.Item{ID: fmt.Sprint(n), Due: "2026-11-29", Received: day(1)}}})
	}
	if named, total := report.Pressing(); len(named) != docket.MaxPressing || total != docket.MaxPressing+3 || named[2].ID != "0" {
		t.Errorf("%d of %d, %+v", len(named), total, named[2])
	}
}

func TestMonths(t *testing.T) {
	got := docket.Months(time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	if strings.Join(got, " ") != "2026-11 2026-12 2027-01 2027-02" {
		t.Errorf("%v", got)
	}
}

// TestAssigned: the newest assignment of a request counts, whichever order the lines have; what
// has no request is nothing. A number finds its request, and nothing else does.
func TestAssigned(t *testing.T) {
	const one, two = "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11", "6fa0a9ac-43ba-4ff6-9a2e-5d1a3e1d1c11"
	robin, kim := strings.Repeat("R", 43), strings.Repeat("K", 43)
	var all []ledger.Listed
	for _, id := range []string{one, two} {
		l := docket.Item{ID: id, Type: "access", State: "received", Received: day(1)}.Listing()
		all = append(all, ledger.Listed{Subject: called("ann"), Seq: 1, Text: l.Text})
	}
	assigned := func(whom ledger.Subject, id string, to ...string) {
		for i, with := range to {
			l := docket.Assignment{With: with}.Listing(day(1))
			all = append(all, ledger.Listed{Subject: ledger.Case(whom, id), Seq: uint64(2*i + 1), Text: l.Text})
		}
	}
	assigned(called("ann"), one, robin, "", kim)
	assigned(called("ann"), two, robin, "")
	assigned(called("bob"), one, robin) // of no request
	for range 50 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		requests, err := docket.Fold(all)
		if err != nil {
			t.Fatal(err)
		}
		docket.Sort(requests)
		for filter, want := range map[docket.Filter]string{
			{Assigned: kim}: one, {Assigned: robin}: "", {Assigned: docket.Nobody}: two, {}: one + " " + two,
			{Number: one}: one, {Number: "6FA0A9AC"}: two, {Number: "6fa0a9ad"}: "", {Number: one[:9]}: "",
		} {
			var ids []string
			for _, r := range filter.Select(requests, "2026-11-23") {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != want {
				t.Fatalf("%+v: %q, want %q", filter, got, want)
			}
		}
		if requests[0].AssignedIn != 5 || requests[1].AssignedIn != 3 {
			t.Fatalf("%+v", requests)
		}
	}
}

// TestProposed: a request is marked while the newest word about a proposal is that it awaits its
// approval, whoever works on it, and not once it is decided.
func TestProposed(t *testing.T) {
	const id = "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11"
	item := func(seq uint64, state statement.RequestState) ledger.Listed {
		return ledger.Listed{Subject: called("ann"), Seq: seq, Text: docket.Item{ID: id, Type: "access", State: state, Ended: state.Ended(), Received: day(1)}.Listing().Text}
	}
	of := func(seq uint64, l ledger.Listing) ledger.Listed {
		return ledger.Listed{Subject: ledger.Case(called("ann"), id), Seq: seq, Text: l.Text}
	}
	wanted, answered := docket.Proposal{Proposed: true}.Listing(day(1)), docket.Proposal{}.Listing(day(1))
	robin := docket.Assignment{With: strings.Repeat("R", 43)}.Listing(day(1))
	for name, test := range map[string]struct {
		items []ledger.Listed
		want  bool
	}{
		"nothing proposed":         {[]ledger.Listed{item(1, "received"), of(1, robin)}, false},
		"proposed":                 {[]ledger.Listed{item(1, "received"), of(1, wanted), of(2, robin)}, true},
		"rejected":                 {[]ledger.Listed{item(1, "received"), of(1, robin), of(2, wanted), of(3, answered)}, false},
		"proposed again":           {[]ledger.Listed{item(1, "received"), of(2, wanted), of(3, answered), of(4, wanted)}, true},
		"answered by somebody":     {[]ledger.Listed{item(1, "received"), item(2, "denied"), of(1, wanted)}, false},
		"an erasure that is given": {[]ledger.Listed{item(1, "received"), item(2, "to-be-erased"), of(1, wanted)}, false},
	} {
		for range 10 {
			rand.Shuffle(len(test.items), func(i, j int) { test.items[i], test.items[j] = test.items[j], test.items[i] })
			requests, err := docket.Fold(test.items)
			if err != nil || len(requests) != 1 || requests[0].Proposed != test.want || len(docket.Filter{State: docket.Proposed}.Select(requests, "")) == 1 != test.want {
				t.Fatalf("%s: %+v, %v", name, requests, err)
			}
		}
	}
}
