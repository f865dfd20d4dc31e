package docket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"consent-receipts/shared/ledger"
)

// atOnce is how many months are read at the same time: usually all.
const atOnce = 25

// itemsOf reads the items of a shard in some months, in their order.
func itemsOf(ctx context.Context, r ledger.Docket, months []string, shard int) ([]ledger.Listed, error) {
	items, errs := make([][]ledger.Listed, len(months)), make([]error, len(months))
	together(atOnce, len(months), func(i int) { items[i], errs[i] = r.Listings(ctx, months[i], shard) })
	return slices.Concat(items...), errors.Join(errs...)
}

// decode reads items, on every core: most of what a list costs.
func decode(items []ledger.Listed) ([]Case, error) {
	const batch = 1000
	requests, errs := make([]Case, len(items)), make([]error, (len(items)+batch-1)/batch)
	together(runtime.GOMAXPROCS(0), len(errs), func(n int) {
		for i := n * batch; i < min((n+1)*batch, len(items)); i++ {
			if errs[n] = decodeItem(&items[i], &requests[i]); errs[n] != nil {
				return
			}
		}
	})
	return requests, errors.Join(errs...)
}

// decodeItem reads an item of a person or contact, or of a case of theirs: who works on it, or
// whether a step awaits its approval.
func decodeItem(l *ledger.Listed, r *Case) error {
	whom, of := l.Subject, any(&r.Item)
	if l.Subject.Kind() == ledger.KindCase {
		whom, r.ID = l.Subject.Asked()
		of = &struct {
			*Assignment
			Proposed **bool `json:"proposed"`
		}{&r.Assignment, &r.proposal}
	}
	r.Person, r.Receipt = whom.Whom(), l.Seq
	if err := json.Unmarshal([]byte(l.Text), of); err != nil || r.ID == "" || r.Person == "" {
		return fmt.Errorf("%w: of entry %d", ErrItem, l.Seq)
	}
	return nil
}

// together does n things, so many of them at the same time.
func together(most, n int, do func(i int)) {
	var all sync.WaitGroup
	free := make(chan struct{}, most)
	for i := range n {
		free <- struct{}{}
		all.Go(func() {
			do(i)
			<-free
		})
	}
	all.Wait()
}
