package check

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"consent-receipts/shared/receipt"
)

// ErrNoLedgerRoot: a ledger can be checked against a root only.
var ErrNoLedgerRoot = errors.New("no root certificate lies beside the ledger, and none was given")

// Stored is the content of a place in a ledger.
type Stored struct {
	Seq uint64 // of the place
	Raw string
	Err error // the entry cannot be decoded
}

// Ledger verifies one person's ledger, entry by entry, from the first on. A receipt counts
// only in its own place (receipt.Verifier.VerifyEntry), and its issuer must be the one that
// the roots name. The roots found beside the ledger vouch for nobody, unless the options name
// them. Ledger returns an error of the sequence unchanged.
func Ledger(ctx context.Context, subject string, entries iter.Seq2[Stored, error], found receipt.Roots, o Options) (*Report, error) {
	roots, confirmed, err := o.trusted(found)
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		return nil, ErrNoLedgerRoot
	}
	r := newRun(o, confirmed, "ledger")
	r.chain.Whole = true
	return r.verify(ctx, roots, func(take func(job) error) error {
		for stored, err := range entries {
			if err != nil {
				return err
			}
			it := entry{stored, receipt.Place{Issuer: roots.Issuer(), Subject: subject, Seq: stored.Seq}}
			if err := take(job{item: it, name: fmt.Sprintf("entry %d", stored.Seq)}); err != nil {
				return err
			}
		}
		return nil
	})
}
