package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// ErrBusy: an entry could not be appended now. Nothing is known to be written; the same
// command may be sent again and finds out what happened.
var ErrBusy = errors.New("the ledger is busy")

// AppendNext runs a step that reads the newest entry of a ledger and appends the one after
// it. A step that lost the slot to another, or does not know whether it did (ErrConflict,
// ErrUnavailable), runs again after a pause with jitter, up to tries times in all; by its
// Key it finds what an earlier run wrote, see [Written]. Any other error of the step is
// returned as it is. The error is ErrBusy after the last try, and when the context ends.
func AppendNext(ctx context.Context, tries int, step func(context.Context) error) error {
	for try := 0; ; try++ {
		err := step(ctx)
		switch {
		case !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUnavailable):
			return err
		case try+1 == tries:
			return fmt.Errorf("%w: %d tries: %w", ErrBusy, tries, err)
		}
		if err := pause(ctx, try); err != nil {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
}

// Written returns the entry with this Key, or ErrNotFound. The newest entry of the ledger
// was read just before: the index behind ByKey may not show that one yet.
func Written(ctx context.Context, s Store, newest Entry, key [32]byte) (Entry, error) {
	if newest.Key == key {
		return newest, nil
	}
	return s.ByKey(ctx, newest.Subject, key)
}

// The longest pauses before a step runs again: before its second run, and before any run.
const (
	firstPause = 4 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

// pause waits before a lost race for a slot is run again, with full jitter: anything up
// to 4 ms after the first try (0), twice that after each further one, 200 ms at most.
// The jitter decides nothing but who goes first. The error is the context's.
func pause(ctx context.Context, try int) error {
	bound := maxPause
	if try < 6 { // a shift that far is beyond the bound
		bound = min(firstPause<<try, maxPause)
	}
	timer := time.NewTimer(rand.N(bound)) //nolint:gosec // jitter needs no secret randomness
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
