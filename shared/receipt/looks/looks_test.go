package looks_test

import (
	"errors"
	"testing"
	"time"

	"consent-receipts/shared/receipt/chained"
	"consent-receipts/shared/receipt/looks"
)

// TestFollows: a record comes after the one whose digest it names, in the same ledger and
// with the next number, and not earlier; the first alone names none.
func TestFollows(t *testing.T) {
	mine, others := looks.OfDay(time.Unix(0, 0)), looks.Of("somebody")
	first := &looks.Record{Head: chained.Head{Subject: mine, Seq: 1, IssuedAt: 7, Raw: "e30.e30.c2ln"}}
	forked := &looks.Record{Head: chained.Head{Subject: mine, Seq: 1, IssuedAt: 7, Raw: "e30.eyJ9.c2ln"}}
	for name, c := range map[string]struct {
		record looks.Record
		before *looks.Record
		want   error
	}{
		"the first":                      {looks.Record{Head: chained.Head{Subject: mine, Seq: 1}}, nil, nil},
		"the second":                     {looks.Record{Head: chained.Head{Subject: mine, Seq: 2, IssuedAt: 7, Prev: first.Digest()}}, first, nil},
		"a second with none before":      {looks.Record{Head: chained.Head{Subject: mine, Seq: 2, Prev: first.Digest()}}, nil, nil},
		"a first that names one before":  {looks.Record{Head: chained.Head{Subject: mine, Seq: 1, Prev: first.Digest()}}, nil, looks.ErrBroken},
		"a second alone that names none": {looks.Record{Head: chained.Head{Subject: mine, Seq: 2}}, nil, looks.ErrBroken},
		"a second that names none":       {looks.Record{Head: chained.Head{Subject: mine, Seq: 2, IssuedAt: 7}}, first, looks.ErrBroken},
		"an earlier one":                 {looks.Record{Head: chained.Head{Subject: mine, Seq: 2, IssuedAt: 6, Prev: first.Digest()}}, first, looks.ErrBroken},
		"after another first":            {looks.Record{Head: chained.Head{Subject: mine, Seq: 2, IssuedAt: 7, Prev: first.Digest()}}, forked, looks.ErrBroken},
		"in another ledger":              {looks.Record{Head: chained.Head{Subject: others, Seq: 2, IssuedAt: 7, Prev: first.Digest()}}, first, looks.ErrBroken},
		"of another issuer":              {looks.Record{Head: chained.Head{Issuer: "https://other.example", Subject: mine, Seq: 2, IssuedAt: 7, Prev: first.Digest()}}, first, looks.ErrBroken},
		"the first again":                {looks.Record{Head: chained.Head{Subject: mine, Seq: 1, IssuedAt: 7, Prev: first.Digest()}}, first, looks.ErrBroken},
		"with one missing":               {looks.Record{Head: chained.Head{Subject: mine, Seq: 3, IssuedAt: 7, Prev: first.Digest()}}, first, looks.ErrBroken},
	} {
		c.record.Raw = "e30.e31.c2ln"
		chain := []*looks.Record{&c.record}
		if c.before != nil {
			chain = []*looks.Record{c.before, &c.record}
		}
		if err := chained.Check(chain); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if c.before == nil {
			continue
		}
		// The same rule holds where one list ends and another one begins.
		if alone := chained.Check(chain[1:]); alone != nil || c.record.Seq != 2 || c.record.Subject != mine || c.record.Issuer != "" {
			continue
		}
		for _, order := range [][]*looks.Record{{c.before, &c.record}, {&c.record, c.before}} {
			var lists looks.Lists
			for _, r := range order {
				lists.Add([]*looks.Record{r})
			}
			for i, got := range lists.Judge() {
				if want := order[i] == &c.record && c.want != nil; errors.Is(got.Err, looks.ErrBroken) != want || got.After {
					t.Errorf("%s, in two lists: %+v", name, got)
				}
			}
		}
	}
}

// TestLists: two records with one number are a fork, in whichever lists; a list that begins
// with a later record lacks those before unless another list has them.
func TestLists(t *testing.T) {
	at := func(seq uint64, payload string, before *looks.Record) *looks.Record {
		r := &looks.Record{Head: chained.Head{Seq: seq, Raw: "e30." + payload + ".c2ln"}}
		if before != nil {
			r.Prev = before.Digest()
		}
		return r
	}
	first := at(1, "a", nil)
	second := at(2, "b", first)
	third, forked := at(3, "c", second), at(3, "d", second)
	const fine, broken, after = "fine", "broken", "after"
	for name, c := range map[string]struct {
		lists [][]*looks.Record
		want  []string
	}{
		"overlapping":     {[][]*looks.Record{{second, third}, {first, second}}, []string{fine, fine}},
		"twice":           {[][]*looks.Record{{first}, {first}}, []string{fine, fine}},
		"one after other": {[][]*looks.Record{{third}, {first, second}}, []string{fine, fine}},
		"one missing":     {[][]*looks.Record{{third}, {first}}, []string{after, fine}},
		"forked":          {[][]*looks.Record{{first, second, third}, {second, forked}, {first}}, []string{broken, broken, fine}},
		"none":            {[][]*looks.Record{{}}, []string{fine}},
	} {
		var lists looks.Lists
		for _, list := range c.lists {
			lists.Add(list)
		}
		for i, got := range lists.Judge() {
			said := fine
			if errors.Is(got.Err, looks.ErrBroken) {
				said = broken
			} else if got.After {
				said = after
			}
			if said != c.want[i] {
				t.Errorf("%s: list %d is %s, want %s", name, i, said, c.want[i])
			}
		}
	}
}
