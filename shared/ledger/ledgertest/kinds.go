package ledgertest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"consent-receipts/shared/ledger"
)

// kinds are the subjects of all kinds with one id.
func kinds(id string) []ledger.Subject {
	return []ledger.Subject{ledger.Person(id), ledger.Contact(id), ledger.Case(ledger.Person(id), aRequest), ledger.Audit(id), ledger.Day(id)}
}

// aRequest is the id of a data request.
const aRequest = "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11"

// kindsApart: the same id of another kind is another ledger, whichever of them is written
// first, and however it is read.
func kindsApart(t *testing.T, b Backend) {
	for first := range kinds(Pseudonym()) {
		subjects := kinds(Pseudonym())
		subjects[0], subjects[first] = subjects[first], subjects[0]
		written := map[ledger.Subject][]ledger.Entry{}
		for i, subject := range subjects {
			isEmpty(t, b, subject, [32]byte{1})
			var all []ledger.Entry
			for seq := uint64(1); seq <= uint64(3+i); seq++ {
				e := Entry(subject, seq)
				e.Key = [32]byte{byte(seq)} // the same in each
				appendOK(t, b.Store, e)
				all = append(all, e)
			}
			written[subject] = all
			for _, all := range written {
				holds(t, b.Store, all)
			}
		}
	}
}

// isEmpty checks that a subject's ledger is empty, through every way of reading.
func isEmpty(t *testing.T, b Backend, subject ledger.Subject, key [32]byte) {
	t.Helper()
	_, err := b.Store.Newest(t.Context(), subject)
	is(t, "Newest of another kind", err, ledger.ErrNotFound)
	_, err = b.Store.Get(t.Context(), subject, 1)
	is(t, "Get of another kind", err, ledger.ErrNotFound)
	_, err = b.Store.ByKey(t.Context(), subject, key)
	is(t, "ByKey of another kind", err, ledger.ErrNotFound)
	list, err := b.Store.List(t.Context(), subject, 1, 10)
	sameList(t, list, err, nil)
}

// indexesOfPeople: only people and contacts are in the agenda, and only they and their cases
// are in the docket.
func indexesOfPeople(t *testing.T, b Backend) {
	year := rand.IntN(9999)
	day, line := fmt.Sprintf("%04d-11-23", year), ledger.Listing{Month: fmt.Sprintf("%04d-11", year), Text: "{}"}
	subjects := kinds(Pseudonym())
	for _, subject := range subjects[2:] {
		due, lined := Entry(subject, 1), Entry(subject, 1)
		due.Due, lined.Listing = day, line
		is(t, "Append of a due date of no person", b.Store.Append(t.Context(), due), ledger.ErrInvalid)
		if subject.Kind() == ledger.KindCase {
			appendOK(t, b.Store, lined)
			continue
		}
		is(t, "Append of a line of no person", b.Store.Append(t.Context(), lined), ledger.ErrInvalid)
		isEmpty(t, b, subject, due.Key)
		appendOK(t, b.Store, Entry(subject, 1))
	}
	var listed []ledger.Listed
	for _, subject := range subjects[:2] {
		e := Entry(subject, 1)
		e.Due, e.Listing = day, line
		appendOK(t, b.Store, e)
		listed = append(listed, ledger.Listed{Subject: subject, Seq: 1, Text: "{}"})
	}
	listed = append(listed, ledger.Listed{Subject: subjects[2], Seq: 1, Text: "{}"})
	agreed(t, b.Agenda, day, subjects[:2], subjects[2:])
	docketed(t, b.Docket, line.Month, listed)
	lines, err := b.Docket.Listings(t.Context(), line.Month, subjects[0].Shard())
	for _, l := range lines {
		if err != nil || !l.Subject.HasListings() {
			t.Errorf("the docket has %v (%v)", l, err)
		}
	}
}
