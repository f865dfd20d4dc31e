package faulty_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/ledger/ledgertest"
)

func open(t *testing.T) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// The contract allows for a late index, so the suite passes as it is.
func TestConformanceLateIndex(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) ledgertest.Backend {
		s := open(t)
		return ledgertest.Backend{Store: faulty.New(s, faulty.Always(faulty.LateIndex), 0), Documents: s, Docket: s, Agenda: s, Tickets: s}
	})
}

// Repeating what failed is all it takes to get through every fault at once.
func TestConformanceRetrying(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) ledgertest.Backend {
		s := open(t)
		schedule := faulty.Random(rand.New(rand.NewPCG(1, 2)),
			faulty.Share{Fault: faulty.Throttled, Of: 0.15},
			faulty.Share{Fault: faulty.LostAnswer, Of: 0.15},
			faulty.Share{Fault: faulty.Slow, Of: 0.15},
			faulty.Share{Fault: faulty.LateIndex, Of: 0.15})
		return ledgertest.Backend{
			Store:     retrying{faulty.New(s, schedule, 50*time.Microsecond)},
			Documents: s,
			Docket:    s,
			Agenda:    s,
			Tickets:   s,
		}
	})
}

func TestThrottled(t *testing.T) {
	s := open(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	store := faulty.New(s, faulty.InTurn(faulty.Append, faulty.Throttled), 0)
	is(t, store.Append(t.Context(), e), ledger.ErrUnavailable)
	_, err := s.Newest(t.Context(), e.Subject)
	is(t, err, ledger.ErrNotFound)
	is(t, store.Append(t.Context(), e), nil)
}

func TestLostAnswer(t *testing.T) {
	s := open(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	store := faulty.New(s, faulty.InTurn(faulty.Append, faulty.LostAnswer, faulty.LostAnswer), 0)
	is(t, store.Append(t.Context(), e), ledger.ErrUnavailable)
	got, err := s.Newest(t.Context(), e.Subject)
	is(t, err, nil)
	if got != e {
		t.Error("the entry was not written")
	}
	// That somebody else has the slot is an answer too, and can be lost.
	is(t, store.Append(t.Context(), ledgertest.Entry(e.Subject, 1)), ledger.ErrUnavailable)
	is(t, store.Append(t.Context(), ledgertest.Entry(e.Subject, 1)), ledger.ErrConflict)
	is(t, store.Append(t.Context(), e), nil)
}

func TestFaultsOfReads(t *testing.T) {
	s := open(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	is(t, s.Append(t.Context(), e), nil)
	for _, f := range []faulty.Fault{faulty.Throttled, faulty.LostAnswer} {
		store := faulty.New(s, faulty.Always(f), 0)
		got, err := store.Newest(t.Context(), e.Subject)
		is(t, err, ledger.ErrUnavailable)
		if got != (ledger.Entry{}) {
			t.Error("Newest: an entry with the error")
		}
		_, err = store.Get(t.Context(), e.Subject, 1)
		is(t, err, ledger.ErrUnavailable)
		_, err = store.ByKey(t.Context(), e.Subject, e.Key)
		is(t, err, ledger.ErrUnavailable)
		_, err = store.List(t.Context(), e.Subject, 1, 1)
		is(t, err, ledger.ErrUnavailable)
	}
}

func TestSlow(t *testing.T) {
	// Opened outside the bubble, whose clock does not wait for files.
	s := open(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	is(t, s.Append(t.Context(), e), nil)
	synctest.Test(t, func(t *testing.T) {
		store := faulty.New(s, faulty.Always(faulty.Slow), time.Minute)
		start := time.Now()
		_, err := store.Newest(t.Context(), e.Subject)
		is(t, err, nil)
		if waited := time.Since(start); waited != time.Minute {
			t.Errorf("waited %v", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		next := ledgertest.Entry(e.Subject, 2)
		err = store.Append(ctx, next)
		is(t, err, ledger.ErrUnavailable)
		is(t, err, context.DeadlineExceeded)
		_, err = s.Get(t.Context(), e.Subject, 2)
		is(t, err, ledger.ErrNotFound)
	})
}

func TestLateIndex(t *testing.T) {
	s := open(t)
	store := faulty.New(s, faulty.Always(faulty.LateIndex), 0)
	first := ledgertest.Entry(ledgertest.Subject(), 1)
	second := ledgertest.Entry(first.Subject, 2)
	is(t, store.Append(t.Context(), first), nil)
	_, err := store.ByKey(t.Context(), first.Subject, first.Key)
	is(t, err, ledger.ErrNotFound)
	is(t, store.Append(t.Context(), second), nil)
	got, err := store.ByKey(t.Context(), first.Subject, first.Key)
	is(t, err, nil)
	if got != first {
		t.Error("not the entry with the key")
	}
	_, err = store.ByKey(t.Context(), first.Subject, second.Key)
	is(t, err, ledger.ErrNotFound)
}

func TestRandomIsDeterministic(t *testing.T) {
	draw := func(seed uint64) []faulty.Fault {
		schedule := faulty.Random(rand.New(rand.NewPCG(seed, 0)),
			faulty.Share{Fault: faulty.Throttled, Of: 0.25}, faulty.Share{Fault: faulty.LostAnswer, Of: 0.25})
		var faults []faulty.Fault
		for range 1000 {
			faults = append(faults, schedule(faulty.Append))
		}
		return faults
	}
	faults := draw(1)
	if !slices.Equal(faults, draw(1)) {
		t.Error("one seed, two sequences")
	}
	if slices.Equal(faults, draw(2)) {
		t.Error("two seeds, one sequence")
	}
	count := map[faulty.Fault]int{}
	for _, f := range faults {
		count[f]++
	}
	for f, want := range map[faulty.Fault]int{faulty.None: 500, faulty.Throttled: 250, faulty.LostAnswer: 250} {
		if got := count[f]; got < want-60 || got > want+60 {
			t.Errorf("fault %d: %d of 1000, want about %d", f, got, want)
		}
	}
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// retrying repeats what failed for no good reason, until the context ends.
type retrying struct{ ledger.Store }

func (s retrying) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	return retry(ctx, func() (ledger.Entry, error) { return s.Store.Newest(ctx, subject) })
}

func (s retrying) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	return retry(ctx, func() (ledger.Entry, error) { return s.Store.Get(ctx, subject, seq) })
}

func (s retrying) ByKey(ctx context.Context, subject ledger.Subject, key [32]byte) (ledger.Entry, error) {
	return retry(ctx, func() (ledger.Entry, error) { return s.Store.ByKey(ctx, subject, key) })
}

func (s retrying) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	return retry(ctx, func() ([]ledger.Entry, error) { return s.Store.List(ctx, subject, from, limit) })
}

func (s retrying) Append(ctx context.Context, e ledger.Entry) error {
	_, err := retry(ctx, func() (struct{}, error) { return struct{}{}, s.Store.Append(ctx, e) })
	return err
}

func retry[T any](ctx context.Context, call func() (T, error)) (T, error) {
	for {
		got, err := call()
		if !errors.Is(err, ledger.ErrUnavailable) || errors.Is(err, ctx.Err()) {
			return got, err
		}
	}
}
