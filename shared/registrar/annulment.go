package registrar

import (
	"context"
	"encoding/json"
	"fmt"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Annulment completes a command that annuls a receipt of a person: with what the
// receipt says, by its signed part. The error wraps ErrNotFound, or consent.ErrInvalid
// for a digest that is not the receipt's.
func (r *Registrar) Annulment(ctx context.Context, subject string, cmd consent.Annul) (consent.Annul, error) {
	rec, err := r.Receipt(ctx, subject, cmd.Seq)
	if err != nil {
		return cmd, err
	}
	if rec.Digest != cmd.Digest {
		return cmd, fmt.Errorf("%w: receipt %d has another digest", consent.ErrInvalid, cmd.Seq)
	}
	cmd.Of = consent.Mistake{Type: rec.Event.Type, At: rec.Time()}
	values, _ := receipt.Values(rec.Changes)
	for i, value := range values {
		var change statement.Change
		if err := json.Unmarshal(value, &change); err != nil {
			return cmd, fmt.Errorf("%w: entry %d: change %d: %w", ErrCorrupt, cmd.Seq, i, err)
		}
		cmd.Of.Changes = append(cmd.Of.Changes, change)
	}
	return cmd, nil
}
