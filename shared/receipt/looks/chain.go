package looks

import (
	"fmt"
	"slices"

	"consent-receipts/shared/receipt/chained"
)

// Lists judges several lists of records together. They may overlap, and be added in any order.
type Lists struct {
	lists [][]chained.Link
}

// Add adds a list that Verify returned.
func (l *Lists) Add(records []*Record) {
	links := make([]chained.Link, len(records))
	for i, r := range records {
		links[i] = r.Link()
	}
	l.lists = append(l.lists, links)
}

// Judged is the result for one list.
type Judged struct {
	Err   error // ErrBroken: it contradicts another list
	After bool  // the record before its first one is in no list
}

type place struct {
	chained.Ledger
	seq uint64
}

// Judge returns the result for each list, in the order in which they were added.
func (l *Lists) Judge() []Judged {
	at := map[place][]chained.Link{} // several at one place are a fork
	for _, one := range slices.Concat(l.lists...) {
		p := place{one.Ledger, one.Seq}
		if !slices.Contains(at[p], one) {
			at[p] = append(at[p], one)
		}
	}
	judged := make([]Judged, len(l.lists))
	for i, list := range l.lists {
		judged[i] = judge(list, at)
	}
	return judged
}

func judge(list []chained.Link, at map[place][]chained.Link) Judged {
	for _, one := range list {
		if len(at[place{one.Ledger, one.Seq}]) > 1 {
			return Judged{Err: fmt.Errorf("%w: two different records have the number %d", ErrBroken, one.Seq)}
		}
	}
	if len(list) == 0 || list[0].Seq == 1 {
		return Judged{}
	}
	first := list[0]
	before := at[place{first.Ledger, first.Seq - 1}]
	switch {
	case len(before) == 0:
		return Judged{After: true}
	case !slices.ContainsFunc(before, first.Follows):
		return Judged{Err: fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, first.Seq)}
	}
	return Judged{}
}
