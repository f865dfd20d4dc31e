package ledgertest

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"consent-receipts/shared/ledger"
)

// model runs random calls on some subjects, of which four have the same id, against slices
// that do the same.
func model(t *testing.T, b Backend) {
	rapid.Check(t, func(r *rapid.T) {
		ctx := t.Context()
		person := Subject()
		subjects := []ledger.Subject{
			person, ledger.Contact(person.ID()), ledger.Case(person, aRequest), ledger.Audit(person.ID()), ledger.Day(person.ID()), Subject(),
		}
		ledgers := map[ledger.Subject][]ledger.Entry{}
		draw := func(r *rapid.T) (ledger.Subject, []ledger.Entry) {
			subject := rapid.SampledFrom(subjects).Draw(r, "subject")
			return subject, ledgers[subject]
		}
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) {
				subject, have := draw(r)
				e := Entry(subject, uint64(len(have))+1)
				if err := b.Store.Append(ctx, e); err != nil {
					r.Fatalf("Append: %v", err)
				}
				ledgers[subject] = append(have, e)
			},
			"append again": func(r *rapid.T) {
				_, have := draw(r)
				if len(have) == 0 {
					r.Skip("empty")
				}
				if err := b.Store.Append(ctx, rapid.SampledFrom(have).Draw(r, "entry")); err != nil {
					r.Fatalf("Append of an own write: %v", err)
				}
			},
			"append where taken": func(r *rapid.T) {
				subject, have := draw(r)
				if len(have) == 0 {
					r.Skip("empty")
				}
				err := b.Store.Append(ctx, Entry(subject, rapid.SampledFrom(have).Draw(r, "entry").Seq))
				if !errors.Is(err, ledger.ErrConflict) {
					r.Fatalf("Append where taken: %v", err)
				}
			},
			"list": func(r *rapid.T) {
				subject, have := draw(r)
				from := rapid.Uint64Range(1, 10).Draw(r, "from")
				limit := rapid.IntRange(1, 10).Draw(r, "limit")
				got, err := b.Store.List(ctx, subject, from, limit)
				want := have[min(int(from)-1, len(have)):]
				want = want[:min(limit, len(want))]
				if err != nil || len(got) != len(want) {
					r.Fatalf("List: %d entries and %v, want %d", len(got), err, len(want))
				}
				for i := range want {
					if got[i] != want[i] {
						r.Fatalf("List: entry %d differs", want[i].Seq)
					}
				}
			},
			"by key": func(r *rapid.T) {
				subject, have := draw(r)
				if len(have) < 2 {
					r.Skip("no older entry")
				}
				want := rapid.SampledFrom(have[:len(have)-1]).Draw(r, "entry")
				if got, err := b.Store.ByKey(ctx, subject, want.Key); err != nil || got != want {
					r.Fatalf("ByKey: entry %d and %v, want entry %d", got.Seq, err, want.Seq)
				}
			},
			"": func(r *rapid.T) {
				for _, subject := range subjects {
					have := ledgers[subject]
					newest, err := b.Store.Newest(ctx, subject)
					if len(have) == 0 {
						if !errors.Is(err, ledger.ErrNotFound) {
							r.Fatalf("Newest of an empty ledger: %v", err)
						}
					} else if err != nil || newest != have[len(have)-1] {
						r.Fatalf("Newest: entry %d and %v, want entry %d", newest.Seq, err, len(have))
					}
				}
			},
		})
	})
}
