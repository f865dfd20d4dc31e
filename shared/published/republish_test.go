package published_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/published/publishedtest"
)

var must = errtest.None

// again returns a republisher of a desk's receipts, and its log.
func again(d *publishedtest.Desk, scan published.Scan) (*published.Republisher, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return &published.Republisher{Events: d.Events, Bus: d.Bus, Scan: scan, Log: slog.New(slog.NewJSONHandler(log, nil))}, log
}

// seqs are the numbers of the receipts that are on the bus since the last call.
func seqs(t *testing.T, d *publishedtest.Desk) (all []uint64) {
	t.Helper()
	for _, p := range d.Bus.Read(t) {
		all = append(all, p.Data.Seq)
	}
	d.Bus.Taken = nil
	return all
}

func TestPut(t *testing.T) {
	d := publishedtest.NewDesk(t)
	entries := d.Tell(t, publishedtest.Alex) // one an hour
	third := publishedtest.Opened.Add(3 * time.Hour)
	for _, c := range []struct {
		name string
		in   published.Range
		want []uint64
	}{
		{"all", published.Range{}, []uint64{1, 2, 3, 4, 5}},
		{"from", published.Range{From: 4}, []uint64{4, 5}},
		{"to", published.Range{To: 2}, []uint64{1, 2}},
		{"since", published.Range{Since: third}, []uint64{4, 5}},
		{"until", published.Range{Until: third}, []uint64{1, 2, 3}},
		{"nothing", published.Range{From: 6}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := again(d, nil)
			n, err := p.Put(t.Context(), entries, c.in)
			must(t, err)
			if got := seqs(t, d); !slices.Equal(got, c.want) || n != len(c.want) {
				t.Errorf("published %v, counted %d", got, n)
			}
		})
	}
}

// TestPutRefused: an entry that cannot be believed keeps no other from being published, and
// somebody is told. What is out of the range is not verified; what hides when it was issued is.
func TestPutRefused(t *testing.T) {
	d := publishedtest.NewDesk(t)
	entries := d.Tell(t, publishedtest.Alex)
	entries[1].Receipt = "poison"
	entries[3].Subject = ledger.Person(strings.Repeat("x", 43)) // copied to somebody else
	for since, want := range map[time.Duration]struct {
		seqs    []uint64
		refused int
	}{0: {[]uint64{1, 3, 5}, 2}, 4 * time.Hour: {[]uint64{5}, 1}} {
		p, log := again(d, nil)
		_, err := p.Put(t.Context(), entries, published.Range{Since: publishedtest.Opened.Add(since)})
		must(t, err)
		if got, refused := seqs(t, d), strings.Count(log.String(), alarm.Refused); !slices.Equal(got, want.seqs) || refused != want.refused {
			t.Errorf("since %s: published %v, refused %d: %s", since, got, refused, log)
		}
		if strings.Contains(log.String(), publishedtest.Alex) {
			t.Error("the log names a person")
		}
	}
	d.Bus.Refuse = func(string) bool { return true }
	p, _ := again(d, nil)
	if n, err := p.Put(t.Context(), entries, published.Range{}); err == nil || n != 0 {
		t.Errorf("%d published on a bus that takes nothing: %v", n, err)
	}
}

// pages is a ledger in one segment, with some entries on each page.
type pages struct {
	entries []ledger.Entry
	size    int
	fails   error // of the page in the middle
	asked   int
}

func (s *pages) Page(_ context.Context, _, _ int, after string) (page []ledger.Entry, next string, err error) {
	s.asked++
	from, _ := strconv.Atoi(after)
	to := min(from+s.size, len(s.entries))
	if from <= len(s.entries)/2 && len(s.entries)/2 < to {
		err = s.fails
	}
	if to < len(s.entries) {
		next = strconv.Itoa(to)
	}
	return s.entries[from:to], next, err
}

// TestSegments: pieces are bounded, and each goes on where the one before it ended. One that
// fails is done again and leaves nothing out.
func TestSegments(t *testing.T) {
	d := publishedtest.NewDesk(t)
	scan := &pages{entries: slices.Repeat(d.Tell(t, publishedtest.Alex), 50), size: 5} // 250 entries on 50 pages
	p, log := again(d, scan)
	throttled := errors.New("the table is throttled")
	left, pieces := []published.Segment{{Of: 1}}, 0
	for ; len(left) > 0; pieces++ {
		asked := scan.asked
		if scan.fails = nil; pieces == 1 {
			scan.fails = throttled
		}
		next, err := p.Do(t.Context(), left[0])
		if (err != nil) != (pieces == 1) || scan.asked-asked > 20 {
			t.Fatalf("piece %d: %v, %d pages", pieces, err, scan.asked-asked)
		}
		if err == nil {
			left = next
		}
	}
	if got := seqs(t, d); pieces != 4 || len(got) < 250 || !strings.Contains(log.String(), `"read":250,"published":250,"done":true`) {
		t.Errorf("%d pieces, %d published: %s", pieces, len(got), log)
	}
	scan.fails = ledger.ErrCorrupt
	next, err := p.Do(t.Context(), published.Segment{Of: 1, After: "100"})
	must(t, err)
	if len(next) != 1 || next[0].Published != 100 || !strings.Contains(log.String(), alarm.Refused) {
		t.Errorf("behind an entry that cannot be read: %+v", next)
	}
	for _, wrong := range []published.Segment{{}, {Segment: 1, Of: 1}, {Segment: -1, Of: 1}, {Of: published.MaxSegments + 1}} {
		if _, err := p.Do(t.Context(), wrong); !errors.Is(err, published.ErrSegment) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}
