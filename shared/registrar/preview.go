package registrar

import (
	"context"
	"errors"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// Preview returns what the receipt of a command would state if the command were carried out now,
// but for the digest of the receipt before. Nothing is signed, and nothing is kept. A nil result
// with a nil error means that the command changes nothing. Errors are those of Do.
func (r *Registrar) Preview(ctx context.Context, subject ledger.Subject, cmd consent.Command, c consent.Context) (*receipt.Claims, error) {
	standing, err := r.Standing(ctx, subject)
	if err != nil {
		return nil, err
	}
	event, err := r.decide(ctx, subject, standing, cmd, c)
	if errors.Is(err, consent.ErrNotFound) {
		return nil, r.ended(ctx, subject, cmd, err)
	}
	if err != nil || event == nil {
		return nil, err
	}
	current, _ := r.Catalogue.Current()
	return claims(current, subject.Pseudonym(), "", event, c)
}
