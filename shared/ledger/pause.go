package ledger

import (
	"context"
	"math/rand/v2"
	"time"
)

// After how long at most somebody who lost a slot tries again: at first, and ever.
const (
	firstPause = 4 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

// Pause waits before a lost race for a slot is run again, with full jitter: anything up
// to 4 ms after the first try (0), twice that after each further one, 200 ms at most.
// The jitter decides nothing but who goes first. The error is the context's.
func Pause(ctx context.Context, try int) error {
	bound := maxPause
	if try < 6 { // a shift that far is beyond the bound
		bound = min(firstPause<<try, maxPause)
	}
	timer := time.NewTimer(rand.N(bound))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
