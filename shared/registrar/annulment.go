package registrar

import (
	"context"
	"fmt"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Annulment completes a command that annuls a receipt of a person with the receipt's content,
// from its signed part. The error wraps ErrNotFound, or consent.ErrInvalid if the digest is
// not the receipt's.
func (r *Registrar) Annulment(ctx context.Context, subject ledger.Subject, cmd consent.Annul) (consent.Annul, error) {
	rec, err := r.Receipt(ctx, subject, cmd.Seq)
	if err != nil {
		return cmd, err
	}
	if rec.Digest != cmd.Digest {
		return cmd, fmt.Errorf("%w: receipt %d has another digest", consent.ErrInvalid, cmd.Seq)
	}
	cmd.Of = consent.Mistake{Type: rec.Event.Type, At: rec.Time()}
	if cmd.Of.Changes, err = receipt.Decode[statement.Change](rec.Changes); err != nil {
		return cmd, fmt.Errorf("%w: entry %d: %w", ErrCorrupt, cmd.Seq, err)
	}
	return cmd, nil
}
