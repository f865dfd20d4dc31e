package audit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"consent-receipts/shared/audit"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/registrar/registrartest"
)

const issuer = "https://consent.first-example-bank.example"

var (
	moment = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	person = audit.Of(ledger.Person(strings.Repeat("A", 43)))
	look   = looks.Act{Staff: "clerk-7", Role: "operator", Did: "standing.read", Case: "C-1"}
)

func newLog(t *testing.T) (*audit.Log, ledger.Store) {
	t.Helper()
	store := registrartest.Ledger(t)
	of := registrartest.NewSigning(t, issuer, func() time.Time { return moment }, rand.Reader)
	return &audit.Log{
		Store: store, Signer: of.Signer, Verifier: of.Verifier, Issuer: issuer, Now: of.Authority.Now, Rand: rand.Reader,
	}, store
}

func TestRecords(t *testing.T) {
	l, _ := newLog(t)
	must(t, l.Append(t.Context(), person, look))
	must(t, l.Append(t.Context(), person, looks.Act{Staff: "clerk-7", Role: "operator", Did: "opt-out"}))
	must(t, l.Append(t.Context(), audit.OfDay(moment), looks.Act{Staff: "clerk-8", Role: "auditor", Did: "requests.list"}))
	records, err := l.List(t.Context(), person, 1, 10)
	must(t, err)
	if len(records) != 2 || records[0].Act != look || records[1].Did != "opt-out" || !records[1].Time().Equal(moment) {
		t.Errorf("%+v", records)
	}
	for to, want := range map[uint64]string{ledger.MaxSeq: "[2 1]", 1: "[1]"} {
		latest, err := l.Latest(t.Context(), person, to, 10)
		var seqs []uint64
		for _, r := range latest {
			seqs = append(seqs, r.Seq)
		}
		if got := fmt.Sprint(seqs); err != nil || got != want {
			t.Errorf("from %d down: %s, %v", to, got, err)
		}
	}
	if newest, err := l.Latest(t.Context(), person, 9, 1); err != nil || len(newest) != 1 || newest[0].Seq != 2 {
		t.Errorf("the newest: %v, %v", newest, err)
	}
	if later, err := l.List(t.Context(), person, 2, 10); err != nil || len(later) != 1 {
		t.Errorf("%v, %v", later, err)
	}
}

func TestRefused(t *testing.T) {
	l, _ := newLog(t)
	for name, act := range map[string]looks.Act{
		"nobody":   {Role: "operator", Did: "opt-out"},
		"nothing":  {Staff: "clerk-7", Role: "operator"},
		"too long": {Staff: "clerk-7", Role: "operator", Did: "opt-out", Case: strings.Repeat("x", 201)},
	} {
		if err := l.Append(t.Context(), person, act); !errors.Is(err, looks.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamaged: what somebody did to the store behind the log's back is noticed.
func TestDamaged(t *testing.T) {
	for name, damage := range map[string]func(l *audit.Log, s *rewritten){
		"a line is missing":     func(_ *audit.Log, s *rewritten) { s.drop = 2 },
		"the first is missing":  func(_ *audit.Log, s *rewritten) { s.drop = 1 },
		"a line stands twice":   func(_ *audit.Log, s *rewritten) { s.again = 1 },
		"another person's line": func(_ *audit.Log, s *rewritten) { s.subject = audit.Of(ledger.Person(strings.Repeat("B", 43))) },
		"another issuer's line": func(l *audit.Log, _ *rewritten) { l.Issuer = "https://else.example" },
	} {
		t.Run(name, func(t *testing.T) {
			l, store := newLog(t)
			for range 3 {
				must(t, l.Append(t.Context(), person, look))
			}
			s := &rewritten{Store: store}
			l.Store = s
			damage(l, s)
			if _, err := l.List(t.Context(), person, 1, 10); !errors.Is(err, looks.ErrBroken) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAtOnce: many write at once, on a store that fails now and then.
func TestAtOnce(t *testing.T) {
	l, store := newLog(t)
	l.Store = faulty.New(store, faulty.Random(mathrand.New(mathrand.NewPCG(1, 2)),
		faulty.Share{Fault: faulty.Throttled, Of: 0.1}, faulty.Share{Fault: faulty.LostAnswer, Of: 0.1}, faulty.Share{Fault: faulty.LateIndex, Of: 0.1}), time.Millisecond)
	var wg sync.WaitGroup
	var acknowledged sync.Map
	for n := range 20 {
		wg.Go(func() {
			act := look
			act.Case = fmt.Sprint(n)
			err := l.Append(t.Context(), person, act)
			if err == nil {
				acknowledged.Store(act.Case, true)
			} else if !errors.Is(err, ledger.ErrBusy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l.Store = store
	records, err := l.List(t.Context(), person, 1, 100)
	must(t, err)
	times := map[string]int{}
	for _, r := range records {
		times[r.Case]++
	}
	for n := range 20 {
		_, ok := acknowledged.Load(fmt.Sprint(n))
		if got := times[fmt.Sprint(n)]; got > 1 || ok && got == 0 {
			t.Errorf("act %d is there %d times, acknowledged: %v", n, got, ok)
		}
	}
	if len(records) == 0 {
		t.Error("none was recorded")
	}
}

// TestRush: fifty clerks open their lists at the same moment, on a store that answers
// within 5 ms. Nobody is refused, and nobody waits for long. The clock is the bubble's,
// which stands still while the machine works.
func TestRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 50
		l, store := newLog(t)
		l.Store = faulty.New(store, faulty.Always(faulty.Slow), 5*time.Millisecond)
		begin := time.Now()
		var wg sync.WaitGroup
		for range many {
			wg.Go(func() {
				if err := l.Append(t.Context(), audit.OfDay(moment), look); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		l.Store = store
		records, err := l.List(t.Context(), audit.OfDay(moment), 1, 100)
		must(t, err)
		if len(records) != many {
			t.Errorf("%d records", len(records))
		}
	})
}

// TestTries: somebody else is faster so often that the bound is just kept, or just passed.
func TestTries(t *testing.T) {
	for lost, want := range map[int]error{39: nil, 40: ledger.ErrBusy} {
		l, _ := newLog(t)
		synctest.Test(t, func(t *testing.T) {
			slow := &overtaken{times: lost}
			l.Store = slow
			if err := l.Append(t.Context(), person, look); !errors.Is(err, want) {
				t.Errorf("overtaken %d times: %v, want %v", lost, err, want)
			}
			if slow.tries != 40 {
				t.Errorf("overtaken %d times: %d tries", lost, slow.tries)
			}
		})
	}
}

// overtaken is an empty store so slow that others take the place before it, some times.
type overtaken struct {
	ledger.Store
	times, tries int
}

func (s *overtaken) Append(context.Context, ledger.Entry) error {
	if s.tries++; s.tries <= s.times {
		return ledger.ErrConflict
	}
	return nil
}

func (s *overtaken) Newest(context.Context, ledger.Subject) (ledger.Entry, error) {
	return ledger.Entry{}, ledger.ErrNotFound
}

// rewritten is a store in which somebody changed what is read.
type rewritten struct {
	ledger.Store
	drop, again uint64         // a number whose entry is missing, or stands twice
	subject     ledger.Subject // whose entries these are made to be
}

func (s *rewritten) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) (out []ledger.Entry, err error) {
	entries, err := s.Store.List(ctx, subject, from, limit)
	for _, e := range entries {
		if s.subject != (ledger.Subject{}) {
			e.Subject = s.subject
		}
		if e.Seq != s.drop {
			out = append(out, e)
		}
		if e.Seq == s.again {
			out = append(out, e)
		}
	}
	return out, err
}

var must = errtest.None

// TestApart: a record does not get into a person's own ledger.
func TestApart(t *testing.T) {
	l, store := newLog(t)
	own := ledger.Person(strings.Repeat("A", 43))
	if err := l.Append(t.Context(), own, look); !errors.Is(err, looks.ErrInvalid) {
		t.Errorf("recorded: %v", err)
	}
	if _, err := store.Newest(t.Context(), own); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("the ledger has an entry: %v", err)
	}
}
