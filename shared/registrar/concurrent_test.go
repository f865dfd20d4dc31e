package registrar_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

var manyTimes = flag.Int("times", 40, "commands for one person, and people, of the tests of what is done at once")

// times is how often something is done at once: a quarter of it with -short, for the race
// detector sees in few what it sees in many, and slows each of them. `-args -times 200`
// does more.
func times() int {
	if testing.Short() {
		return *manyTimes / 4
	}
	return *manyTimes
}

// TestConcurrentOptOuts: 16 opt-outs of one consent at once, several times over. One
// is effective, all are answered.
func TestConcurrentOptOuts(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	for round := range times() / 4 {
		subject := subjectNumber(round)
		given, err := d.optIn(t, subject, yesAlerts)
		must(t, err)
		id := consentIn(t, given)
		var mu sync.Mutex
		effective := 0
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				result, err := insist(ctx, d.Registrar, subject, fmt.Sprint("k", i), consent.OptOut{Consents: []string{id}})
				if err != nil {
					t.Errorf("round %d: %v", round, err)
					return
				}
				if change := firstChange(t, result); change.From == statement.Given && change.To == statement.Withdrawn {
					mu.Lock()
					effective++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if effective != 1 {
			t.Fatalf("round %d: %d opt-outs were effective", round, effective)
		}
		wholeChain(t, d, subject, 17)
	}
}

// TestSameKeyConcurrently: one key, sent by many at once, is one receipt.
func TestSameKeyConcurrently(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	receipts := make([]string, 16)
	var wg sync.WaitGroup
	for i := range receipts {
		wg.Go(func() {
			result, err := insist(ctx, d.Registrar, alice, "key", consent.OptOut{All: true})
			if err != nil {
				t.Error(err)
				return
			}
			receipts[i] = result.Receipt
		})
	}
	wg.Wait()
	for _, r := range receipts {
		if r != receipts[0] {
			t.Fatal("two receipts for one key")
		}
	}
	wholeChain(t, d, alice, 1)
}

// TestManyCommands: many commands for one person, and for many people, with and
// without a store that loses answers, throttles, and has a late index. No entry
// is lost, doubled or forked.
func TestManyCommands(t *testing.T) {
	for _, c := range []struct {
		name             string
		people, commands int
		faults           bool
	}{
		{"one person", 1, times(), false},
		{"one person, faults", 1, times(), true},
		{"many people", times(), 10, false},
		{"many people, faults", times(), 10, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if c.faults {
				schedule := faulty.Random(rand.New(rand.NewPCG(1, 2)),
					faulty.Share{Fault: faulty.LostAnswer, Of: 0.1}, faulty.Share{Fault: faulty.Throttled, Of: 0.1},
					faulty.Share{Fault: faulty.LateIndex, Of: 0.3})
				d.Store = faulty.New(d.bolt, schedule, time.Millisecond)
			}
			ctx := context.Background()
			slots := make(chan struct{}, 32) // at once
			var wg sync.WaitGroup
			var answered sync.Map
			for p := range c.people {
				for i := range c.commands {
					wg.Go(func() {
						slots <- struct{}{}
						defer func() { <-slots }()
						key := fmt.Sprint("command ", i)
						result, err := insist(ctx, d.Registrar, subjectNumber(p), key, consent.OptOut{Purposes: []string{"card-offers"}, Reason: consent.Reason(key)})
						if err != nil {
							t.Errorf("person %d, %s: %v", p, key, err)
							return
						}
						if _, twice := answered.LoadOrStore(fmt.Sprint(p, "/", result.Seq), key); twice {
							t.Errorf("person %d: two commands were given receipt %d", p, result.Seq)
						}
					})
				}
			}
			wg.Wait()
			d.Store = d.bolt
			for p := range c.people {
				wholeChain(t, d, subjectNumber(p), c.commands)
			}
		})
	}
}

// insist sends a command again, with the same key, for as long as the answer is
// that it may be sent again.
func insist(ctx context.Context, r *registrar.Registrar, subject, key string, cmd consent.Command) (*registrar.Result, error) {
	for range 200 {
		result, err := r.Do(ctx, ledger.Person(subject), key, cmd, asPerson)
		if !errors.Is(err, ledger.ErrBusy) && !errors.Is(err, ledger.ErrUnavailable) {
			return result, err
		}
	}
	return nil, errors.New("busy for ever")
}

// wholeChain checks that a person's ledger has exactly n receipts, each genuine,
// each following the one before.
func wholeChain(t *testing.T, d *desk, subject string, n int) {
	t.Helper()
	recs, err := d.Receipts(context.Background(), ledger.Person(subject), 1, n+1)
	must(t, err)
	chain := receipt.Chain{Whole: true}
	for _, rec := range recs {
		chain.Add(rec)
	}
	if course := chain.Judge(); len(recs) != n || !course.Follow() {
		t.Fatalf("%d receipts, want %d; the chain: %+v", len(recs), n, course)
	}
}

func subjectNumber(n int) string { return fmt.Sprintf("subject%036d", n) }

func firstChange(t *testing.T, r *registrar.Result) statement.Change {
	t.Helper()
	var c statement.Change
	must(t, json.Unmarshal(r.Claims.Changes[0].Value, &c))
	return c
}

func consentIn(t *testing.T, r *registrar.Result) string { return firstChange(t, r).ConsentID }
