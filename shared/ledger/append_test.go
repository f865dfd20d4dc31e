package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"consent-receipts/shared/ledger"
)

// TestAppendNext: a step runs again as long as it loses, within the bound, with pauses
// that grow up to their own.
func TestAppendNext(t *testing.T) {
	other := errors.New("other")
	for name, c := range map[string]struct {
		err  error // of each step before the last
		lost int   // how many those are
		want error
		runs int
	}{
		"at once":               {nil, 0, nil, 1},
		"a slot is lost":        {ledger.ErrConflict, 3, nil, 4},
		"an answer is lost":     {ledger.ErrUnavailable, 3, nil, 4},
		"on the last try":       {ledger.ErrConflict, 8, nil, 9},
		"lost every time":       {ledger.ErrConflict, 9, ledger.ErrBusy, 9},
		"unavailable for good":  {ledger.ErrUnavailable, 100, ledger.ErrBusy, 9},
		"what does not pass by": {other, 1, other, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				runs := 0
				err := ledger.AppendNext(t.Context(), 9, func(context.Context) error {
					if runs++; runs <= c.lost {
						return fmt.Errorf("step %d: %w", runs, c.err)
					}
					return nil
				})
				if !errors.Is(err, c.want) || runs != c.runs {
					t.Errorf("%v after %d runs, want %v after %d", err, runs, c.want, c.runs)
				}
				if errors.Is(c.want, ledger.ErrBusy) && !errors.Is(err, c.err) {
					t.Errorf("%v does not say why", err)
				}
			})
		})
	}
}

func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most := map[int]time.Duration{}
		for range 200 {
			run, last := 0, time.Now()
			_ = ledger.AppendNext(t.Context(), 10, func(context.Context) error {
				most[run] = max(most[run], time.Since(last))
				run, last = run+1, time.Now()
				return ledger.ErrConflict
			})
		}
		for run, want := range map[int]time.Duration{1: 4 * time.Millisecond, 4: 32 * time.Millisecond, 7: 200 * time.Millisecond, 9: 200 * time.Millisecond} {
			if most[run] > want || most[run] < want/2 {
				t.Errorf("before run %d: %s at most, want %s", run, most[run], want)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := ledger.AppendNext(ctx, 10, func(context.Context) error { cancel(); return ledger.ErrConflict })
		if !errors.Is(err, ledger.ErrBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("of a caller who has gone: %v", err)
		}
	})
}
