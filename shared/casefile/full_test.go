package casefile

import (
	"errors"
	"testing"
)

// TestFull: a case takes so many records and no more, so that one answer has all of them.
func TestFull(t *testing.T) {
	records := make([]*Record, MaxRecords)
	for i := range records {
		records[i] = &Record{Act: Act{Did: Note}}
	}
	for n, want := range map[int]error{MaxRecords - 1: nil, MaxRecords: ErrFull} {
		if err := NewFile(records[:n]).may(&Act{Did: Note}, nil); !errors.Is(err, want) {
			t.Errorf("after %d records: %v, want %v", n, err, want)
		}
	}
}
