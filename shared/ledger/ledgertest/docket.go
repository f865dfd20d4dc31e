package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
)

// within bounds how late the docket and the agenda may be, on a machine however busy.
const within = 5 * time.Minute

func lines(t *testing.T, b Backend) {
	month, next := fmt.Sprintf("%04d-11", rand.IntN(9999)), fmt.Sprintf("%04d-12", rand.IntN(9999))
	one, two := Subject(), Subject()
	var all []ledger.Entry
	add := func(subject ledger.Subject, seq uint64, due, month, text string) {
		e := Entry(subject, seq)
		e.Due = due
		if month != "" {
			e.Listing = ledger.Listing{Month: month, Text: text}
		}
		appendOK(t, b.Store, e)
		all = append(all, e)
	}
	add(one, 1, "2027-11-23", month, `{"state":"received"}`)
	add(one, 2, "", "", "")
	add(one, 3, "", month, "completed \u00e9\u4e16")
	add(one, 4, "", next, "another month")
	holds(t, b.Store, all)
	add(two, 1, "", month, "somebody else")
	for _, e := range all { // the same entry again is no error, and one with another line is a conflict
		appendOK(t, b.Store, e)
		e.Listing = ledger.Listing{Month: month, Text: "other"}
		appendConflicts(t, b.Store, e)
	}
	want := []ledger.Listed{{Subject: one, Seq: 1, Text: all[0].Listing.Text}, {Subject: one, Seq: 3, Text: all[2].Listing.Text}, {Subject: two, Seq: 1, Text: "somebody else"}}
	docketed(t, b.Docket, month, want)
	docketed(t, b.Docket, next, []ledger.Listed{{Subject: one, Seq: 4, Text: "another month"}})
	for _, wrong := range []string{"", "2026-13", "2026-1", "2026-11-01"} {
		_, err := b.Docket.Listings(t.Context(), wrong, 0)
		is(t, "Lines of "+wrong, err, ledger.ErrInvalid)
	}
	for _, shard := range []int{-1, ledger.Shards} {
		_, err := b.Docket.Listings(t.Context(), month, shard)
		is(t, fmt.Sprint("Lines of shard ", shard), err, ledger.ErrInvalid)
	}
}

// docketed waits until the docket of a month, whose subjects come in any order,
// has these lines of theirs.
func docketed(t *testing.T, r ledger.Docket, month string, want []ledger.Listed) {
	t.Helper()
	var got []ledger.Listed
	for begin := time.Now(); time.Since(begin) < within; time.Sleep(10 * time.Millisecond) {
		var all []ledger.Listed
		for shard := range ledger.Shards {
			some, err := r.Listings(t.Context(), month, shard)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(some, func(l ledger.Listed) bool { return l.Subject.Shard() != shard }) {
				t.Fatalf("shard %d of %s has somebody of another one", shard, month)
			}
			all = append(all, some...)
		}
		got = nil
		for _, w := range want {
			if !slices.ContainsFunc(got, func(l ledger.Listed) bool { return l.Subject == w.Subject }) {
				for _, l := range all {
					if l.Subject == w.Subject {
						got = append(got, l)
					}
				}
			}
		}
		if slices.Equal(got, want) {
			return
		}
	}
	t.Errorf("the docket of %s has %v, want %v", month, got, want)
}

// agenda has each person once on a day, whatever came after.
func agenda(t *testing.T, b Backend) {
	year := rand.IntN(9999)
	day, other := fmt.Sprintf("%04d-11-23", year), fmt.Sprintf("%04d-11-24", year)
	var one, two, later []ledger.Subject
	for n := range 40 { // over all shards
		s := Subject()
		first := Entry(s, 1)
		first.Due = day
		appendOK(t, b.Store, first)
		one = append(one, s)
		if n%2 == 0 {
			second := Entry(s, 2)
			second.Due = day
			appendOK(t, b.Store, second)
			third := Entry(s, 3)
			third.Due = other
			appendOK(t, b.Store, third)
			two = append(two, s)
		} else {
			appendOK(t, b.Store, Entry(s, 2))
			later = append(later, s)
		}
	}
	agreed(t, b.Agenda, day, one, nil)
	agreed(t, b.Agenda, other, two, later)
	for _, wrong := range []string{"", "2026-13-01", "2026-11", "2026-02-30"} {
		_, err := b.Agenda.DueOn(t.Context(), wrong, 0, ledger.Subject{}, 1)
		is(t, "DueOn "+wrong, err, ledger.ErrInvalid)
	}
	for _, wrong := range [][2]int{{-1, 1}, {ledger.Shards, 1}, {0, 0}} {
		_, err := b.Agenda.DueOn(t.Context(), day, wrong[0], ledger.Subject{}, wrong[1])
		is(t, fmt.Sprintf("DueOn of shard %d, at most %d", wrong[0], wrong[1]), err, ledger.ErrInvalid)
	}
}

// dueOn reads a day's agenda shard by shard, some people at a time.
func dueOn(t *testing.T, a ledger.Agenda, day string, limit int) (all []ledger.Subject) {
	t.Helper()
	for shard := range ledger.Shards {
		var last ledger.Subject
		for more := true; more; {
			some, err := a.DueOn(t.Context(), day, shard, last, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range some {
				if s.Shard() != shard || s.Compare(last) <= 0 {
					t.Fatalf("shard %d of %s after %s has %s", shard, day, last, s)
				}
				last = s
			}
			all, more = append(all, some...), len(some) == limit
		}
	}
	return all
}

// agreed waits until a day's agenda has these subjects and not those.
func agreed(t *testing.T, a ledger.Agenda, day string, want, not []ledger.Subject) {
	t.Helper()
	var got []ledger.Subject
	for begin := time.Now(); time.Since(begin) < within; time.Sleep(10 * time.Millisecond) {
		got = dueOn(t, a, day, 2) // some shard has more
		for _, s := range not {
			if slices.Contains(got, s) {
				t.Fatalf("%s is on %s", s, day)
			}
		}
		if !slices.ContainsFunc(want, func(s ledger.Subject) bool { return !slices.Contains(got, s) }) {
			return
		}
	}
	t.Errorf("the agenda of %s has %d, want %d", day, len(got), len(want))
}
