package ledgertest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"consent-receipts/shared/ledger"
)

const racers = 32

// together calls fn in n goroutines, which start as one.
func together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			fn(i)
		})
	}
	close(start)
	wg.Wait()
}

func raceForSlot(t *testing.T, b Backend) {
	subject := Subject()
	var all []ledger.Entry
	for seq := uint64(1); seq <= 5; seq++ {
		var wanted [racers]ledger.Entry
		var errs [racers]error
		for i := range wanted {
			wanted[i] = Entry(subject, seq)
		}
		together(racers, func(i int) { errs[i] = b.Store.Append(t.Context(), wanted[i]) })
		winners := 0
		for i, err := range errs {
			if err == nil {
				winners++
				all = append(all, wanted[i])
			} else {
				is(t, "Append", err, ledger.ErrConflict)
			}
		}
		if winners != 1 {
			t.Fatalf("%d appends got slot %d", winners, seq)
		}
		holds(t, b.Store, all)
	}
}

func raceOfOneEntry(t *testing.T, b Backend) {
	e := Entry(Subject(), 1)
	var errs [racers]error
	together(racers, func(i int) { errs[i] = b.Store.Append(t.Context(), e) })
	for _, err := range errs {
		if err != nil {
			t.Fatalf("Append of one and the same entry: %v", err)
		}
	}
	holds(t, b.Store, []ledger.Entry{e})
}

func subjectsInParallel(t *testing.T, b Backend) {
	const slots = 8
	var all [racers][]ledger.Entry
	var errs [racers]error
	for i := range all {
		subject := Subject()
		for seq := uint64(1); seq <= slots; seq++ {
			all[i] = append(all[i], Entry(subject, seq))
		}
	}
	together(racers, func(i int) {
		for _, e := range all[i] {
			errs[i] = errors.Join(errs[i], b.Store.Append(t.Context(), e))
			// A loser of the race for one's own slot, to be told so among the others.
			if err := b.Store.Append(t.Context(), Entry(e.Subject, e.Seq)); !errors.Is(err, ledger.ErrConflict) {
				errs[i] = errors.Join(errs[i], errors.New("the taken slot was no conflict"), err)
			}
		}
	})
	for i := range all {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		holds(t, b.Store, all[i])
	}
}

// readersBesideWriters: a reader sees all that was acknowledged, no gap, and
// never less than it saw before.
func readersBesideWriters(t *testing.T, b Backend) {
	const slots = 60
	subject := Subject()
	var acknowledged atomic.Uint64
	var failed atomic.Value
	together(5, func(i int) {
		if i == 0 {
			defer acknowledged.Store(slots) // lets the readers go, come what may
			for seq := uint64(1); seq <= slots; seq++ {
				if err := b.Store.Append(t.Context(), Entry(subject, seq)); err != nil {
					failed.Store("Append: " + err.Error())
					return
				}
				acknowledged.Store(seq)
			}
			return
		}
		for least := uint64(0); least < slots && failed.Load() == nil; {
			least = max(least, acknowledged.Load())
			e, err := b.Store.Newest(t.Context(), subject)
			if least > 0 && err != nil || e.Seq < least {
				failed.Store("Newest shows less than was acknowledged or seen before")
				return
			}
			least = max(least, e.Seq)
			list, err := b.Store.List(t.Context(), subject, 1, slots)
			if err != nil || uint64(len(list)) < least || len(list) > 0 && list[len(list)-1].Seq != uint64(len(list)) {
				failed.Store("List shows less than Newest, or a gap")
				return
			}
		}
	})
	if why := failed.Load(); why != nil {
		t.Fatal(why)
	}
}

func contextEnded(t *testing.T, b Backend) {
	all := fill(t, b.Store, 2)
	next := Entry(all[0].Subject, 3)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for ctx, why := range map[context.Context]error{cancelled: context.Canceled, late: context.DeadlineExceeded} {
		_, newest := b.Store.Newest(ctx, next.Subject)
		_, get := b.Store.Get(ctx, next.Subject, 1)
		_, byKey := b.Store.ByKey(ctx, next.Subject, all[0].Key)
		_, list := b.Store.List(ctx, next.Subject, 1, 1)
		for what, err := range map[string]error{
			"Newest": newest, "Get": get, "ByKey": byKey, "List": list, "Append": b.Store.Append(ctx, next),
		} {
			is(t, what, err, ledger.ErrUnavailable)
			is(t, what, err, why)
		}
	}
	holds(t, b.Store, all)
	_, err := b.Store.Get(t.Context(), next.Subject, 3)
	is(t, "Get of what was not written", err, ledger.ErrNotFound)
}

// contextEndsMeanwhile: after no answer in time, the same call finds out.
func contextEndsMeanwhile(t *testing.T, b Backend) {
	var all [racers][]ledger.Entry
	var errs [racers]error
	together(racers, func(i int) {
		subject := Subject()
		for seq := uint64(1); seq <= 4; seq++ {
			e := Entry(subject, seq)
			all[i] = append(all[i], e)
			ctx, cancel := context.WithTimeout(t.Context(), rand.N(5*time.Millisecond))
			err := b.Store.Append(ctx, e)
			cancel()
			if err == nil {
				continue
			}
			if !errors.Is(err, ledger.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				errs[i] = errors.Join(errs[i], err)
			}
			errs[i] = errors.Join(errs[i], b.Store.Append(t.Context(), e))
		}
	})
	for i := range all {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		holds(t, b.Store, all[i])
	}
}
