package registrar

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Standing returns a person's current standing, from the signed part of their newest entry.
// It is empty for a person without entries.
func (r *Registrar) Standing(ctx context.Context, subject ledger.Subject) (statement.Standing, error) {
	newest, err := r.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return statement.Standing{}, nil
	}
	if err != nil {
		return statement.Standing{}, fromStore(err)
	}
	rec, err := r.open(newest, subject)
	if err != nil {
		return statement.Standing{}, err
	}
	return standingOf(rec)
}

// Receipt returns one receipt of a person.
func (r *Registrar) Receipt(ctx context.Context, subject ledger.Subject, seq uint64) (*receipt.Receipt, error) {
	e, err := r.Store.Get(ctx, subject, seq)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, fmt.Errorf("%w: receipt %d", ErrNotFound, seq)
	}
	if err != nil {
		return nil, fromStore(err)
	}
	return r.open(e, subject)
}

// Receipts returns up to limit receipts of a person, in order, from the given number on.
func (r *Registrar) Receipts(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]*receipt.Receipt, error) {
	entries, err := r.Store.List(ctx, subject, from, limit)
	if err != nil {
		return nil, fromStore(err)
	}
	out := make([]*receipt.Receipt, 0, len(entries))
	for _, e := range entries {
		rec, err := r.open(e, subject)
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	return out, nil
}

// Latest returns up to limit receipts of a person, newest first, from the given number down.
// A number above the newest means the newest. It costs one read more than Receipts: numbers
// are contiguous, except that an erasure removes the oldest.
func (r *Registrar) Latest(ctx context.Context, subject ledger.Subject, to uint64, limit int) ([]*receipt.Receipt, error) {
	newest, err := r.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fromStore(err)
	}
	to = min(to, newest.Seq)
	from := to - min(to, uint64(limit)) + 1
	out, err := r.Receipts(ctx, subject, from, int(to-from)+1)
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(rec *receipt.Receipt) bool { return rec.Seq > to })
	slices.Reverse(out)
	return out, nil
}

// Answer returns the receipt that a command of this operation has under an idempotency key.
// ErrNotFound:
// no such command was carried out.
func (r *Registrar) Answer(ctx context.Context, subject ledger.Subject, cmd consent.Command, key string) (*receipt.Receipt, error) {
	newest, err := r.Store.Newest(ctx, subject)
	if err == nil {
		newest, err = ledger.Written(ctx, r.Store, newest, keyOf(cmd, key))
	}
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, fmt.Errorf("%w: no command has this key", ErrNotFound)
	}
	if err != nil {
		return nil, fromStore(err)
	}
	return r.open(newest, subject)
}

// Clock is the registrar's time, in whole seconds.
func (r *Registrar) Clock() time.Time { return r.Now().UTC().Truncate(time.Second) }

// fromStore translates a store's error for the caller, who may try again or must ask an
// operator.
func fromStore(err error) error {
	switch {
	case errors.Is(err, ledger.ErrBusy):
		return err
	case errors.Is(err, ledger.ErrUnavailable):
		return fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	case errors.Is(err, ledger.ErrCorrupt):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
