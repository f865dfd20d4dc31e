package ledger_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"consent-receipts/shared/ledger"
)

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for try, most := range map[int]time.Duration{0: 4 * time.Millisecond, 3: 32 * time.Millisecond, 6: 200 * time.Millisecond, 90: 200 * time.Millisecond} {
			var waited time.Duration
			for range 200 {
				begin := time.Now()
				if err := ledger.Pause(t.Context(), try); err != nil {
					t.Fatal(err)
				}
				waited = max(waited, time.Since(begin))
			}
			if waited > most || waited < most/2 {
				t.Errorf("after try %d: %s at most, want %s", try, waited, most)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := ledger.Pause(ctx, 0); !errors.Is(err, context.Canceled) {
			t.Errorf("of a caller who has gone: %v", err)
		}
	})
}
