package registrar

import (
	"context"
	"errors"
	"fmt"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
)

// requestOf returns the id of the earlier data request that a command names, or "".
func requestOf(cmd consent.Command) string {
	switch cmd := cmd.(type) {
	case consent.AdvanceRequest:
		return cmd.ID
	case consent.AddPart:
		return cmd.ID
	case consent.RemoveFile:
		return cmd.ID
	case consent.TakeBack:
		return cmd.ID
	case consent.RequestData:
		return cmd.About
	}
	return ""
}

// ended distinguishes a request that has ended from one that never existed. The standing has
// neither, so it reads receipts, of a request that never existed all, and only after a refusal.
func (r *Registrar) ended(ctx context.Context, subject ledger.Subject, cmd consent.Command, refusal error) error {
	id := requestOf(cmd)
	if id == "" {
		return refusal
	}
	all, _, err := r.Statements(ctx, subject, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return refusal
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %w: it is %s", consent.ErrRequest, datarequest.ErrEnded, all[len(all)-1].State)
}
