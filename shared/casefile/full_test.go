package casefile

import (
	"errors"
	"testing"
)

// TestFull: a case takes so many records and no more, so that one answer has all of them. However
// many notes it has, a step can be proposed, and what is proposed can be answered.
func TestFull(t *testing.T) {
	records := make([]*Record, MaxRecords)
	for i := range records {
		records[i] = &Record{Act: Act{Did: Note}}
	}
	for did, most := range map[Did]int{Note: 450, Draft: 450, Assign: 450, Link: 450, Propose: 499, Approve: 500, Reject: 500} {
		for n, want := range map[int]error{most - 1: nil, most: ErrFull} {
			f, act := NewFile(records[:n]), &Act{Did: did}
			if did == Approve || did == Reject {
				f.Proposal, act.Of = &Record{Act: Act{Staff: "a colleague"}}, 1
				f.Proposal.Seq = 1
			}
			if err := f.may(act, nil); !errors.Is(err, want) {
				t.Errorf("%s after %d records: %v, want %v", did, n, err, want)
			}
		}
	}
}
