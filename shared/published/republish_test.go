package published_test

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/published/publishedtest"
)

var must = errtest.None

// all yields entries, and then an error if there is one.
func all(entries []ledger.Entry, err error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

func TestRepublish(t *testing.T) {
	d := publishedtest.NewDesk(t)
	entries := d.Tell(t, publishedtest.Alex) // one an hour
	for _, c := range []struct {
		name string
		in   published.Range
		want []uint64
	}{
		{"all", published.Range{}, []uint64{1, 2, 3, 4, 5}},
		{"from", published.Range{From: 4}, []uint64{4, 5}},
		{"to", published.Range{To: 2}, []uint64{1, 2}},
		{"since", published.Range{Since: publishedtest.Opened.Add(3 * time.Hour)}, []uint64{4, 5}},
		{"until", published.Range{Until: publishedtest.Opened.Add(3 * time.Hour)}, []uint64{1, 2, 3}},
		{"nothing", published.Range{From: 6}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.Bus.Taken = nil
			again := &published.Republisher{Events: d.Events, Bus: d.Bus}
			done, err := again.Run(t.Context(), all(entries, nil), c.in)
			must(t, err)
			var seqs []uint64
			for _, p := range d.Bus.Read(t) {
				seqs = append(seqs, p.Data.Seq)
			}
			if !slices.Equal(seqs, c.want) || done.Seen != 5 || done.Published != len(c.want) || done.Last.Seq != 5 {
				t.Errorf("published %v, progress %d of %d", seqs, done.Published, done.Seen)
			}
		})
	}
}

// TestRepublishAfterAFailure: whatever is before the last entry of a failed run
// is on the bus, so that a run after it leaves nothing out.
func TestRepublishAfterAFailure(t *testing.T) {
	d := publishedtest.NewDesk(t)
	entries := slices.Repeat(d.Tell(t, publishedtest.Alex), 50) // 250 of them, in three batches
	calls := 0
	again := &published.Republisher{Events: d.Events, Bus: d.Bus, Report: func(published.Progress) { calls++ }}
	throttled := errors.New("the table is throttled")
	done, err := again.Run(t.Context(), all(entries[:230], throttled), published.Range{})
	if !errors.Is(err, throttled) || done.Seen != 200 || calls != 2 || len(d.Bus.Taken) != 200 {
		t.Fatalf("%v after %d, %d taken", err, done.Seen, len(d.Bus.Taken))
	}
	d.Bus.Refuse = func(string) bool { return true }
	if more, err := again.Run(t.Context(), all(entries[done.Seen:], nil), published.Range{}); err == nil || more.Seen != 0 {
		t.Fatalf("%v after %d more", err, more.Seen)
	}
	d.Bus.Refuse = nil
	rest, err := again.Run(t.Context(), all(entries[done.Seen:], nil), published.Range{})
	if err != nil || rest.Seen != 50 || len(d.Bus.Taken) != 250 {
		t.Errorf("%v after %d more, %d taken", err, rest.Seen, len(d.Bus.Taken))
	}
}
