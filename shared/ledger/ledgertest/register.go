package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
)

// within bounds how late the register may be.
const within = 10 * time.Second

func lines(t *testing.T, b Backend) {
	month, next := fmt.Sprintf("%04d-11", rand.IntN(9999)), fmt.Sprintf("%04d-12", rand.IntN(9999))
	one, two := Subject(), Subject()
	var all []ledger.Entry
	add := func(subject string, seq uint64, due, month, text string) {
		e := Entry(subject, seq)
		e.Due = due
		if month != "" {
			e.Line = ledger.Line{Month: month, Text: text}
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
	for _, e := range all { // the same again is the same, another line is not
		appendOK(t, b.Store, e)
		e.Line = ledger.Line{Month: month, Text: "other"}
		appendConflicts(t, b.Store, e)
	}
	want := []ledger.Registered{{Subject: one, Seq: 1, Text: all[0].Line.Text}, {Subject: one, Seq: 3, Text: all[2].Line.Text}, {Subject: two, Seq: 1, Text: "somebody else"}}
	registered(t, b.Register, month, want)
	registered(t, b.Register, next, []ledger.Registered{{Subject: one, Seq: 4, Text: "another month"}})
	for _, wrong := range []string{"", "2026-13", "2026-1", "2026-11-01"} {
		_, err := b.Register.Lines(t.Context(), wrong)
		is(t, "Lines of "+wrong, err, ledger.ErrInvalid)
	}
}

// registered waits until the register of a month, whose subjects come in any order,
// has these lines of theirs.
func registered(t *testing.T, r ledger.Register, month string, want []ledger.Registered) {
	t.Helper()
	var got []ledger.Registered
	for begin := time.Now(); time.Since(begin) < within; time.Sleep(10 * time.Millisecond) {
		all, err := r.Lines(t.Context(), month)
		if err != nil {
			t.Fatal(err)
		}
		got = nil
		for _, w := range want {
			if !slices.ContainsFunc(got, func(l ledger.Registered) bool { return l.Subject == w.Subject }) {
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
	t.Errorf("the register of %s has %v, want %v", month, got, want)
}
