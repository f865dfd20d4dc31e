package registrar

import (
	"bytes"
	"context"
	"errors"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// maxRepeats is how many entries before the newest one the same command has to stand too, for
// repeats to hold. So whoever repeats a no as fast as they can gets maxRepeats receipts and one,
// and from then on one a second.
const maxRepeats = 20

// repeats reports whether an opt-out says once more, in the second in which the newest receipt
// was issued, what that receipt says: the same command of the same actor with the same evidence,
// of the same time, and under the same catalogue, which says whom a no concerns. Receipts count
// whole seconds, and opting out twice is opting out once. So a further receipt would state nothing
// new, not even a later moment: no yes can lie between the two, since at the same moment a no
// wins. The newest receipt is then the answer.
//
// It reads one entry more, the one maxRepeats before the newest, and compares its command. It
// does not read those between: they may say something else, and be of any time. That changes only
// from which repetition on the newest receipt is the answer.
//
// The key of a no that is answered so is not kept, since keeping it would be the entry that this
// spares. The same key later has a receipt of its own, which is as harmless as a no without a key.
func (r *Registrar) repeats(ctx context.Context, last latest, want identity, cmd consent.Command, c consent.Context, event *consent.Event) (bool, error) {
	newest, rec := last.entry, last.receipt
	if _, no := cmd.(consent.OptOut); !no || newest.Command != want.command || newest.Seq <= maxRepeats ||
		!event.Standing.At.Equal(rec.Time()) || !event.OccurredAt.Equal(rec.Event.OccurredAt) || event.Catalogue != rec.Catalogue {
		return false, nil
	}
	for _, part := range []struct {
		said []receipt.Element
		now  any
	}{{rec.Actor, c.Actor}, {rec.Evidence, c.Evidence}} {
		again, err := receipt.Disclosed(part.now)
		if err != nil || len(part.said) != 1 || !bytes.Equal(part.said[0].Value, again[0].Value) {
			return false, err
		}
	}
	earlier, err := r.Store.Get(ctx, newest.Subject, newest.Seq-maxRepeats)
	if errors.Is(err, ledger.ErrNotFound) { // it was erased
		return false, nil
	}
	return earlier.Command == want.command, err
}
