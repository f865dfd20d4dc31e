package registrar

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
)

// sealing returns the function that seals who makes a data request. It seals once, however
// often the command is tried, and only when the request is accepted, so that a repetition of the
// command seals nothing. Other commands, and a request of somebody whom nobody named, have no
// sealed identity.
func (r *Registrar) sealing(ctx context.Context, subject ledger.Subject, cmd consent.Command, c consent.Context) func() (string, error) {
	if _, asks := cmd.(consent.RequestData); !asks || c.Customer == "" {
		return func() (string, error) { return "", nil }
	}
	return sync.OnceValues(func() (string, error) {
		sealed, err := r.Seal(ctx, subject, c.Customer)
		if err != nil {
			err = fmt.Errorf("%w: %w", ledger.ErrBusy, err)
		}
		return sealed, err
	})
}

// Sealed returns the sealed identity that was kept when a person's data request was received.
// ErrNotFound: there is no such request, or nothing was kept with it.
func (r *Registrar) Sealed(ctx context.Context, subject ledger.Subject, id string) (string, error) {
	all, _, err := r.Statements(ctx, subject, id)
	if err != nil {
		return "", err
	}
	received, err := r.Store.Get(ctx, subject, all[0].Seq)
	if err == nil && received.Sealed == "" || errors.Is(err, ledger.ErrNotFound) {
		return "", fmt.Errorf("%w: customer number of the data request", ErrNotFound)
	}
	return received.Sealed, fromStore(err)
}
