// Package faulty is a ledger.Store that fails on a schedule: for tests, and for
// runs under load. It fails only in ways that the contract allows, so whoever
// uses a ledger must get through it unharmed. In particular it never makes up a
// conflict, which would be a lie about what is in the slot.
package faulty

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"consent-receipts/shared/ledger"
)

// Fault is what befalls one call.
type Fault int

const (
	// None: the call goes through.
	None Fault = iota
	// Throttled: the call never reaches the store, so nothing is written, and the
	// answer is ledger.ErrUnavailable.
	Throttled
	// LostAnswer: the call is done, an entry is written and stays, but the answer
	// is ledger.ErrUnavailable.
	LostAnswer
	// Slow: the call waits before it goes through. If its context ends meanwhile it
	// does not go through.
	Slow
	// LateIndex: ByKey does not know of the subject's newest entry yet. Other calls
	// go through.
	LateIndex
)

// Op is a method of ledger.Store.
type Op int

// The methods of ledger.Store.
const (
	Newest Op = iota
	Get
	ByKey
	List
	Append
)

// Schedule says what befalls the next call, which is to this method. A Store
// asks it once per call and never twice at the same time, so it may keep state.
// It belongs to one Store.
type Schedule func(Op) Fault

// Always is the same fault every time.
func Always(f Fault) Schedule { return func(Op) Fault { return f } }

// InTurn gives the calls to one method these faults one after another, and none
// to later calls and to other methods.
func InTurn(op Op, faults ...Fault) Schedule {
	return func(called Op) Fault {
		if called != op || len(faults) == 0 {
			return None
		}
		f := faults[0]
		faults = faults[1:]
		return f
	}
}

// Share is how often a fault occurs: 0.1 is every tenth call.
type Share struct {
	Fault Fault
	Of    float64
}

// Random draws a fault for each call, and none for what the shares leave of 1.
// The same source gives the same sequence.
func Random(r *rand.Rand, shares ...Share) Schedule {
	return func(Op) Fault {
		x := r.Float64()
		for _, s := range shares {
			if x -= s.Of; x < 0 {
				return s.Fault
			}
		}
		return None
	}
}

// Store wraps another store.
type Store struct {
	inner    ledger.Store
	delay    time.Duration
	mu       sync.Mutex
	schedule Schedule
}

var _ ledger.Store = (*Store)(nil)

// New wraps a store. The delay is that of a Slow call.
func New(inner ledger.Store, schedule Schedule, delay time.Duration) *Store {
	return &Store{inner: inner, schedule: schedule, delay: delay}
}

// Newest implements ledger.Store.
func (s *Store) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	return call(ctx, s, Newest, func(Fault) (ledger.Entry, error) {
		return s.inner.Newest(ctx, subject)
	})
}

// Get implements ledger.Store.
func (s *Store) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	return call(ctx, s, Get, func(Fault) (ledger.Entry, error) {
		return s.inner.Get(ctx, subject, seq)
	})
}

// ByKey implements ledger.Store.
func (s *Store) ByKey(ctx context.Context, subject ledger.Subject, key [32]byte) (ledger.Entry, error) {
	return call(ctx, s, ByKey, func(f Fault) (ledger.Entry, error) {
		found, err := s.inner.ByKey(ctx, subject, key)
		if err != nil || f != LateIndex {
			return found, err
		}
		newest, err := s.inner.Newest(ctx, subject)
		if err != nil {
			return ledger.Entry{}, err
		}
		if found == newest {
			return ledger.Entry{}, fmt.Errorf("%w yet: the index is late", ledger.ErrNotFound)
		}
		return found, nil
	})
}

// List implements ledger.Store.
func (s *Store) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	return call(ctx, s, List, func(Fault) ([]ledger.Entry, error) {
		return s.inner.List(ctx, subject, from, limit)
	})
}

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, e ledger.Entry) error {
	_, err := call(ctx, s, Append, func(Fault) (struct{}, error) {
		return struct{}{}, s.inner.Append(ctx, e)
	})
	return err
}

// call makes one call as the schedule wants it.
func call[T any](ctx context.Context, s *Store, op Op, do func(Fault) (T, error)) (T, error) {
	var none T
	fault := s.next(op)
	switch fault {
	case Throttled:
		return none, unavailable(ctx, "throttled")
	case LostAnswer:
		_, _ = do(fault)
		return none, unavailable(ctx, "the answer was lost")
	case Slow:
		select {
		case <-time.After(s.delay):
		case <-ctx.Done():
			return none, unavailable(ctx, "too slow")
		}
	}
	return do(fault)
}

func (s *Store) next(op Op) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.schedule(op)
}

func unavailable(ctx context.Context, why string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ledger.ErrUnavailable, why, err)
	}
	return fmt.Errorf("%w: %s", ledger.ErrUnavailable, why)
}
