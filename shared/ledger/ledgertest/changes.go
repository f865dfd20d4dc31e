package ledgertest

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
)

// Stream is a store, and what it tells of its entries.
type Stream struct {
	Store   ledger.Store
	Changes ledger.Changes
	// Remove takes an entry away, as nothing but an erasure does.
	Remove func(t *testing.T, subject ledger.Subject, seq uint64)
	// Restart is a crash of whoever follows the changes, and of the store if it is
	// embedded: what it returns is the stream as it is when both are up again.
	Restart func(t *testing.T) Stream
}

// RunChanges runs the suite of ledger.Changes. It calls open once per subtest; what open
// opens, it closes with t.Cleanup.
func RunChanges(t *testing.T, open func(t *testing.T) Stream) {
	for name, test := range map[string]func(*testing.T, Stream){
		"what was appended is told as it is":       appendedIsTold,
		"nothing else is told":                     nothingElseIsTold,
		"each ledger in its order, beside writers": inOrder,
		"who goes on after a crash misses nothing": goesOn,
		"the same again from the same mark":        sameAgain,
		"of a removal, the keys":                   removal,
		"a page has its limit":                     pageBounded,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// follow reads changes after a mark, page by page, until there are n of these subjects. It
// checks what holds for every page.
func follow(t *testing.T, changes ledger.Changes, mark string, limit, n int, subjects ...ledger.Subject) (all []ledger.Change) {
	t.Helper()
	for deadline := time.Now().Add(within); ; {
		page, err := changes.ChangesAfter(t.Context(), mark, limit)
		if err != nil {
			t.Fatalf("ChangesAfter %q: %v", mark, err)
		}
		if len(page) > limit {
			t.Fatalf("%d changes, more than %d", len(page), limit)
		}
		for _, c := range page {
			if c.Mark == "" || c.Mark == mark {
				t.Fatalf("after the mark %q comes %q", mark, c.Mark)
			}
			if mark = c.Mark; slices.Contains(subjects, c.Subject) {
				all = append(all, c)
			}
		}
		if len(all) >= n {
			return all
		}
		if len(page) == 0 && time.Now().After(deadline) {
			t.Fatalf("%d changes are told, want %d", len(all), n)
		}
	}
}

func tells(t *testing.T, c ledger.Change, want ledger.Entry) {
	t.Helper()
	if c.Err != nil || c.What != ledger.Appended || c.Subject != want.Subject || c.Seq != want.Seq || c.Entry != want {
		t.Fatalf("told that number %d was %s (%v), want entry %d as it was appended", c.Seq, c.What, c.Err, want.Seq)
	}
}

// appendedIsTold: entries of each kind, with all that they can have.
func appendedIsTold(t *testing.T, s Stream) {
	person := Subject()
	full := Entry(person, 1)
	full.Due, full.Listing = "2026-12-23", ledger.Listing{Month: "2026-11", Text: `{"says":"añadido"}`}
	full.Sealed = string(random(ledger.MaxSealed))
	large := Entry(person, 2)
	large.Receipt = strings.Repeat("é", ledger.MaxReceipt/2)
	for _, e := range []ledger.Entry{
		full, large, Entry(ledger.Contact(person.ID()), 1), Entry(ledger.Case(person, aRequest), 1), Entry(ledger.Audit(person.ID()), 1), Entry(ledger.Day(person.ID()), 1),
	} {
		appendOK(t, s.Store, e)
		told := follow(t, s.Changes, "", 100, int(e.Seq), e.Subject)
		e.Sealed = "" // which nobody is told
		tells(t, told[len(told)-1], e)
	}
}

// nothingElseIsTold: neither of what lost its slot, nor once more of what was there.
func nothingElseIsTold(t *testing.T, s Stream) {
	first, last := Entry(Subject(), 1), Entry(Subject(), 1)
	appendOK(t, s.Store, first)
	appendOK(t, s.Store, first)
	appendConflicts(t, s.Store, Entry(first.Subject, 1))
	bad := Entry(first.Subject, 2)
	bad.Receipt = ""
	is(t, "Append of what is no entry", s.Store.Append(t.Context(), bad), ledger.ErrInvalid)
	appendOK(t, s.Store, last)
	told := follow(t, s.Changes, "", 100, 2, first.Subject, last.Subject)
	if tells(t, told[0], first); len(told) != 2 {
		t.Fatalf("%d changes, want 2", len(told))
	}
	tells(t, told[1], last)
}

// inOrder: many write into ledgers of their own, and what is read meanwhile is in order.
func inOrder(t *testing.T, s Stream) {
	const writers, each = 8, 12
	var subjects []ledger.Subject
	written := map[ledger.Subject][]ledger.Entry{}
	for range writers {
		subject := Subject()
		subjects = append(subjects, subject)
		for n := range each {
			written[subject] = append(written[subject], Entry(subject, uint64(n)+1))
		}
	}
	var all sync.WaitGroup
	for _, entries := range written {
		all.Go(func() {
			for _, e := range entries {
				if err := s.Store.Append(t.Context(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	told := follow(t, s.Changes, "", 5, writers*each, subjects...)
	all.Wait()
	for _, c := range told {
		left := written[c.Subject]
		if len(left) == 0 {
			t.Fatalf("number %d of a ledger is told when all of it was", c.Seq)
		}
		tells(t, c, left[0])
		written[c.Subject] = left[1:]
	}
}

// goesOn: what is appended while nobody reads, and across a crash, comes after the mark.
func goesOn(t *testing.T, s Stream) {
	entries := fill(t, s.Store, 5)
	subject := entries[0].Subject
	told := follow(t, s.Changes, "", 1, 3, subject)
	for n := 6; n <= 8; n++ {
		entries = append(entries, Entry(subject, uint64(n)))
		appendOK(t, s.Store, entries[n-1])
	}
	again := s.Restart(t)
	entries = append(entries, Entry(subject, 9))
	appendOK(t, again.Store, entries[8])
	told = append(told, follow(t, again.Changes, told[2].Mark, 2, len(entries)-3, subject)...)
	if len(told) != len(entries) {
		t.Fatalf("%d changes, want %d", len(told), len(entries))
	}
	for i, c := range told {
		tells(t, c, entries[i])
	}
}

// sameAgain: a reader that lost its last mark reads again what it had read.
func sameAgain(t *testing.T, s Stream) {
	entries := fill(t, s.Store, 4)
	first := follow(t, s.Changes, "", 100, 4, entries[0].Subject)
	again := follow(t, s.Restart(t).Changes, first[0].Mark, 100, 3, entries[0].Subject)
	if !slices.Equal(first[1:], again) {
		t.Fatalf("from the same mark, other changes")
	}
}

// removal tells whose entry it was and which, and nothing of what was in it.
func removal(t *testing.T, s Stream) {
	entries := fill(t, s.Store, 3)
	subject := entries[0].Subject
	mark := follow(t, s.Changes, "", 100, 3, subject)[2].Mark
	s.Remove(t, subject, 2)
	told := follow(t, s.Changes, mark, 100, 1, subject)
	want := ledger.Change{Mark: told[0].Mark, What: ledger.Removed, Subject: subject, Seq: 2}
	if len(told) != 1 || told[0] != want {
		t.Fatalf("told %+v", told)
	}
	for _, c := range follow(t, s.Changes, "", 100, 4, subject) { // from the beginning it may be known already
		if c.Seq != 2 || c.What == ledger.Appended {
			tells(t, c, entries[c.Seq-1])
		}
	}
}

// pageBounded: a page has as many changes as were asked for, however many follow.
func pageBounded(t *testing.T, s Stream) {
	entries := fill(t, s.Store, 30)
	for _, limit := range []int{1, 7, 29} {
		follow(t, s.Changes, "", limit, len(entries), entries[0].Subject)
	}
	_, err := s.Changes.ChangesAfter(t.Context(), "", 0)
	is(t, "ChangesAfter, a limit of 0", err, ledger.ErrInvalid)
}
