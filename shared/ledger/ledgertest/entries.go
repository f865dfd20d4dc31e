package ledgertest

import (
	"math"
	"strings"
	"testing"

	"consent-receipts/shared/ledger"
)

func emptyLedger(t *testing.T, b Backend) {
	fill(t, b.Store, 2) // somebody else's
	subject := Subject()
	_, err := b.Store.Newest(t.Context(), subject)
	is(t, "Newest", err, ledger.ErrNotFound)
	for _, seq := range []uint64{0, 1, ledger.MaxSeq, ledger.MaxSeq + 1, math.MaxUint64} {
		_, err = b.Store.Get(t.Context(), subject, seq)
		is(t, "Get", err, ledger.ErrNotFound)
		list, err := b.Store.List(t.Context(), subject, seq, 10)
		sameList(t, list, err, nil)
	}
	_, err = b.Store.ByKey(t.Context(), subject, [32]byte{1})
	is(t, "ByKey", err, ledger.ErrNotFound)
}

func readYourWrites(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for seq := uint64(1); seq <= 12; seq++ { // past 9, where text would sort wrongly
		e := Entry(subject, seq)
		all = append(all, e)
		appendOK(t, b.Store, e)
		holds(t, b.Store, all)
		_, err := b.Store.Get(t.Context(), subject, seq+1)
		is(t, "Get of the next slot", err, ledger.ErrNotFound)
	}
}

func neverReplaces(t *testing.T, b Backend) {
	all := fill(t, b.Store, 12)
	for _, e := range all {
		appendConflicts(t, b.Store, Entry(e.Subject, e.Seq))
	}
	holds(t, b.Store, all)
	for _, e := range all { // nor does a refused entry leave a key behind
		other := Entry(e.Subject, e.Seq)
		appendConflicts(t, b.Store, other)
		_, err := b.Store.ByKey(t.Context(), e.Subject, other.Key)
		is(t, "ByKey of a refused entry", err, ledger.ErrNotFound)
	}
}

func ownWrite(t *testing.T, b Backend) {
	all := fill(t, b.Store, 5)
	for range 2 {
		for _, e := range all { // the newest, and those buried under later ones
			appendOK(t, b.Store, e)
		}
	}
	holds(t, b.Store, all)
}

func anyDifferenceConflicts(t *testing.T, b Backend) {
	all := fill(t, b.Store, 2)
	for _, e := range all {
		for _, change := range []func(*ledger.Entry){
			func(e *ledger.Entry) { e.Receipt += "~" },
			func(e *ledger.Entry) { e.Receipt = e.Receipt[1:] },
			func(e *ledger.Entry) { e.Receipt = strings.ToUpper(e.Receipt) },
			func(e *ledger.Entry) { e.Key[31] ^= 1 },
			func(e *ledger.Entry) { e.Command[0] ^= 1 },
			func(e *ledger.Entry) { e.Due = "2030-01-02" },
			func(e *ledger.Entry) { e.Sealed = "s" },
		} {
			other := e
			change(&other)
			appendConflicts(t, b.Store, other)
		}
	}
	holds(t, b.Store, all)
}

func dueDates(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for i, due := range []string{"2027-11-23", "", "2028-02-29", "0001-01-01", "9999-12-31"} {
		e := Entry(subject, uint64(i)+1)
		e.Due = due
		appendOK(t, b.Store, e)
		all = append(all, e)
	}
	holds(t, b.Store, all)
	for _, e := range all { // a write without its date, or with another, is not the same
		appendOK(t, b.Store, e)
		for _, due := range []string{"2027-11-23", "", "2028-02-29"} {
			if other := e; due != e.Due {
				other.Due = due
				appendConflicts(t, b.Store, other)
			}
		}
	}
	e := Entry(subject, 6)
	e.Due = "2027-02-29"
	is(t, "Append", b.Store.Append(t.Context(), e), ledger.ErrInvalid)
	holds(t, b.Store, all)
}

// sealedIdentities: a sealed identity comes back byte for byte, and is a part of its entry.
func sealedIdentities(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for i, sealed := range []string{"\x00", "", string(random(200)), string(random(ledger.MaxSealed))} {
		e := Entry(subject, uint64(i)+1)
		e.Sealed = sealed
		appendOK(t, b.Store, e)
		all = append(all, e)
	}
	holds(t, b.Store, all)
	for _, e := range all {
		appendOK(t, b.Store, e)
		e.Sealed += "more"
		if len(e.Sealed) <= ledger.MaxSealed {
			appendConflicts(t, b.Store, e)
		}
	}
	e := Entry(subject, 5)
	e.Sealed = string(random(ledger.MaxSealed + 1))
	is(t, "Append", b.Store.Append(t.Context(), e), ledger.ErrInvalid)
	holds(t, b.Store, all)
}

func slotsAreIndependent(t *testing.T, b Backend) {
	subject := Subject()
	late, early := Entry(subject, ledger.MaxSeq), Entry(subject, 10)
	appendOK(t, b.Store, late)
	appendOK(t, b.Store, early)
	newest, err := b.Store.Newest(t.Context(), subject)
	same(t, "Newest", newest, err, late)
	list, err := b.Store.List(t.Context(), subject, 1, 10)
	sameList(t, list, err, []ledger.Entry{early, late})
}

func byKey(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for seq := uint64(1); seq <= 6; seq++ {
		e := Entry(subject, seq)
		appendOK(t, b.Store, e)
		all = append(all, e)

		newest, err := b.Store.Newest(t.Context(), subject)
		same(t, "Newest", newest, err, e)
		for _, older := range all[:len(all)-1] {
			got, err := b.Store.ByKey(t.Context(), subject, older.Key)
			same(t, "ByKey", got, err, older)
		}
		// The newest may be missing, but not be wrong.
		if got, err := b.Store.ByKey(t.Context(), subject, e.Key); err == nil {
			same(t, "ByKey of the newest", got, err, e)
		} else {
			is(t, "ByKey of the newest", err, ledger.ErrNotFound)
		}
		_, err = b.Store.ByKey(t.Context(), subject, [32]byte(random(32)))
		is(t, "ByKey of an unknown key", err, ledger.ErrNotFound)
	}
}

func keysPerSubject(t *testing.T, b Backend) {
	mine, yours := fill(t, b.Store, 3), fill(t, b.Store, 3)
	_, err := b.Store.ByKey(t.Context(), mine[0].Subject, yours[0].Key)
	is(t, "ByKey of another subject's key", err, ledger.ErrNotFound)

	shared := Entry(yours[0].Subject, 4)
	shared.Key = mine[0].Key
	appendOK(t, b.Store, shared)
	appendOK(t, b.Store, Entry(yours[0].Subject, 5))
	for _, e := range []ledger.Entry{mine[0], shared} {
		got, err := b.Store.ByKey(t.Context(), e.Subject, e.Key)
		same(t, "ByKey", got, err, e)
	}
}

func listInPages(t *testing.T, b Backend) {
	fill(t, b.Store, 3) // neighbours, on whichever side
	all := fill(t, b.Store, 25)
	fill(t, b.Store, 3)
	for _, limit := range []int{1, 2, 10, 24, 25, 26, 1000} {
		var got []ledger.Entry
		for from := uint64(1); ; from = got[len(got)-1].Seq + 1 {
			page, err := b.Store.List(t.Context(), all[0].Subject, from, limit)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if len(page) > limit {
				t.Fatalf("%d entries, more than the limit of %d", len(page), limit)
			}
			if len(page) < limit {
				break
			}
		}
		sameList(t, got, nil, all)
	}
	fromZero, err := b.Store.List(t.Context(), all[0].Subject, 0, 3)
	sameList(t, fromZero, err, all[:3])
	after, err := b.Store.List(t.Context(), all[0].Subject, 26, 3)
	sameList(t, after, err, nil)
}

func largeReceipts(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for seq := uint64(1); seq <= 20; seq++ { // more in a list than a DynamoDB answer holds
		e := Entry(subject, seq)
		e.Receipt = strings.Repeat(e.Receipt, ledger.MaxReceipt)[:ledger.MaxReceipt]
		appendOK(t, b.Store, e)
		all = append(all, e)
	}
	holds(t, b.Store, all)

	e := Entry(subject, 21)
	e.Receipt = strings.Repeat("r", ledger.MaxReceipt+1)
	is(t, "Append of a receipt over the limit", b.Store.Append(t.Context(), e), ledger.ErrInvalid)
	holds(t, b.Store, all)
}

func receiptsVerbatim(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for i, receipt := range []string{"r", "a.b.c~", " a ", "a\x00b\r\n", `{"a":"\u00e9"}`, "e\u0301 \u00e9 \u2028 \U0001f600", "\ufeff"} {
		e := Entry(subject, uint64(i)+1)
		e.Receipt = receipt
		appendOK(t, b.Store, e)
		all = append(all, e)
	}
	holds(t, b.Store, all)
}

func readsDoNotAlias(t *testing.T, b Backend) {
	all := fill(t, b.Store, 4)
	subject := all[0].Subject
	newest, err := b.Store.Newest(t.Context(), subject)
	same(t, "Newest", newest, err, all[3])
	got, err := b.Store.Get(t.Context(), subject, 1)
	same(t, "Get", got, err, all[0])
	keyed, err := b.Store.ByKey(t.Context(), subject, all[1].Key)
	same(t, "ByKey", keyed, err, all[1])
	list, err := b.Store.List(t.Context(), subject, 1, 10)
	sameList(t, list, err, all)

	for range 30 { // enough to move and reuse what lies beneath
		e := Entry(Subject(), 1)
		e.Receipt = strings.Repeat("x", ledger.MaxReceipt)
		appendOK(t, b.Store, e)
	}
	same(t, "after many writes", newest, nil, all[3])
	same(t, "after many writes", got, nil, all[0])
	same(t, "after many writes", keyed, nil, all[1])
	sameList(t, list, nil, all)

	clear(list) // what a caller does with its list is its own affair
	holds(t, b.Store, all)
}

func invalidArguments(t *testing.T, b Backend) {
	all := fill(t, b.Store, 2)
	var none ledger.Subject
	_, err := b.Store.Newest(t.Context(), none)
	is(t, "Newest", err, ledger.ErrInvalid)
	_, err = b.Store.Get(t.Context(), none, 1)
	is(t, "Get", err, ledger.ErrInvalid)
	_, err = b.Store.ByKey(t.Context(), none, all[0].Key)
	is(t, "ByKey", err, ledger.ErrInvalid)
	_, err = b.Store.List(t.Context(), none, 1, 1)
	is(t, "List", err, ledger.ErrInvalid)
	is(t, "Append", b.Store.Append(t.Context(), Entry(none, 1)), ledger.ErrInvalid)
	for _, limit := range []int{0, -1} {
		_, err := b.Store.List(t.Context(), all[0].Subject, 1, limit)
		is(t, "List", err, ledger.ErrInvalid)
	}
	for _, seq := range []uint64{0, ledger.MaxSeq + 1} {
		is(t, "Append", b.Store.Append(t.Context(), Entry(all[0].Subject, seq)), ledger.ErrInvalid)
	}
	holds(t, b.Store, all)
}
