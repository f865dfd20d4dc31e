package dynamoledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// TestScrawledAgenda: if somebody wrote an impossible subject on an agenda, the others on it
// are read.
func TestScrawledAgenda(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		const day = "2026-12-23"
		alice := ledgertest.Subject()
		d := newDesk(t, engine)
		store := dynamoledger.New(d.client, d.table)
		entry := ledgertest.Entry(alice, 1)
		entry.Due = day
		must(t, store.Append(t.Context(), entry))
		intruder{t, d}.put(attributes{"pk": text("subject#nobody"), "sk": text("receipt#0000000001"), "due": text(fmt.Sprintf("%s#%02d", day, alice.Shard())), "idem": blob([]byte("k"))})
		var people []ledger.Subject
		var err error
		for begin := time.Now(); time.Since(begin) < 5*time.Minute; time.Sleep(10 * time.Millisecond) { // the index may lag
			if people, err = store.DueOn(t.Context(), day, alice.Shard(), ledger.Subject{}, 10); err != nil && len(people) > 0 {
				break
			}
		}
		if !errors.Is(err, ledger.ErrCorrupt) || !slices.Equal(people, []ledger.Subject{alice}) {
			t.Errorf("%v (%v)", people, err)
		}
	})
}
