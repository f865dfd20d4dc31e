package bench

import "testing"

// BenchmarkOptIn is one person's opt-in through the handler, many at a time.
func BenchmarkOptIn(b *testing.B) {
	for b.Loop() {
		optIns(b, 1, optInCount)
	}
}
