package register

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

// atOnce is how many months are read at the same time.
const atOnce = 8

// linesOf reads the lines of some months, in their order.
func linesOf(ctx context.Context, r ledger.Register, months []string) ([]ledger.Registered, error) {
	lines, errs := make([][]ledger.Registered, len(months)), make([]error, len(months))
	together(atOnce, len(months), func(i int) { lines[i], errs[i] = r.Lines(ctx, months[i]) })
	return slices.Concat(lines...), errors.Join(errs...)
}

// decode reads lines, on every core: most of what a list costs.
func decode(lines []ledger.Registered) ([]Request, error) {
	const batch = 1000
	requests, errs := make([]Request, len(lines)), make([]error, (len(lines)+batch-1)/batch)
	together(runtime.GOMAXPROCS(0), len(errs), func(n int) {
		for i := n * batch; i < min((n+1)*batch, len(lines)); i++ {
			l, r := &lines[i], &requests[i]
			r.Person, r.Receipt = l.Subject.ID(), l.Seq
			if err := json.Unmarshal([]byte(l.Text), &r.Line); err != nil || r.ID == "" {
				errs[n] = fmt.Errorf("%w: of entry %d", ErrLine, l.Seq)
				return
			}
		}
	})
	return requests, errors.Join(errs...)
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
