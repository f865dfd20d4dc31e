package looks

import (
	"fmt"
	"slices"
)

// link holds the members of a record that determine its place.
type link struct {
	ledger
	seq          uint64
	iat          int64
	digest, prev string
}

type ledger struct{ issuer, subject string }

func (r *Record) link() link {
	return link{ledger{r.Issuer, r.Subject}, r.Seq, r.IssuedAt, r.Digest(), r.Prev}
}

// follows reports whether a link is directly after another one.
func (l link) follows(before link) bool {
	return l.ledger == before.ledger && l.seq == before.seq+1 && l.prev == before.digest && l.iat >= before.iat
}

// isPlaced reports whether a link names one before it exactly if it is not the first.
func (l link) isPlaced() bool { return (l.seq == 1) == (l.prev == "") }

// Chain returns ErrBroken unless each record follows the one before. Records before the first
// may be missing.
func Chain(records []*Record) error {
	var before link
	for i, r := range records {
		l := r.link()
		if !l.isPlaced() || i > 0 && !l.follows(before) {
			return fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, r.Seq)
		}
		before = l
	}
	return nil
}

// Lists judges several lists of records together. They may overlap, and be added in any order.
type Lists struct {
	lists [][]link
}

// Add adds a list that Verify returned.
func (l *Lists) Add(records []*Record) {
	links := make([]link, len(records))
	for i, r := range records {
		links[i] = r.link()
	}
	l.lists = append(l.lists, links)
}

// Judged is the result for one list.
type Judged struct {
	Err   error // ErrBroken: it contradicts another list
	After bool  // the record before its first one is in no list
}

type place struct {
	ledger
	seq uint64
}

// Judge returns the result for each list, in the order in which they were added.
func (l *Lists) Judge() []Judged {
	at := map[place][]link{} // several at one place are a fork
	for _, one := range slices.Concat(l.lists...) {
		p := place{one.ledger, one.seq}
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

func judge(list []link, at map[place][]link) Judged {
	for _, one := range list {
		if len(at[place{one.ledger, one.seq}]) > 1 {
			return Judged{Err: fmt.Errorf("%w: two different records have the number %d", ErrBroken, one.seq)}
		}
	}
	if len(list) == 0 || list[0].seq == 1 {
		return Judged{}
	}
	first := list[0]
	before := at[place{first.ledger, first.seq - 1}]
	switch {
	case len(before) == 0:
		return Judged{After: true}
	case !slices.ContainsFunc(before, first.follows):
		return Judged{Err: fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, first.seq)}
	}
	return Judged{}
}
