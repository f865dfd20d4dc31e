// Package journal writes and reads the ledgers of what the staff does: signed records, each
// of which names the one before it. Package chained has the form of a record and the rule of
// the chain. Whoever keeps such ledgers says what a record holds: package audit, who looked
// and acted; package casefile, the work on a data request.
package journal

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/chained"
)

// maxTries bounds how often a record is made anew because another one took its place. All
// lists and reports of a day are recorded in one ledger, so dozens of clerks may want the
// same place at once.
const maxTries = 40

// ErrMismatch: a record with this key holds something else.
var ErrMismatch = errors.New("idempotency key was used for another act")

// Log writes and reads journals. All fields are set.
type Log struct {
	Store    ledger.Store
	Signer   *receipt.Signer
	Verifier *receipt.Verifier
	Issuer   string
	Now      func() time.Time
	Rand     io.Reader
}

// Slot says where a record goes.
type Slot struct {
	Subject ledger.Subject
	Listing ledger.Listing // in the docket, if the record has one

	// Key names the act, so that it is recorded once however often it is sent. The zero key
	// stands for an act that is sent once.
	Key [32]byte

	// May, if it is set, is called before each try with the number of the newest record, or 0.
	// If it returns an error, nothing is recorded.
	May func(ctx context.Context, newest uint64) error
}

// Append records what r holds beside its place, and returns the record: the one of an earlier
// call with the same key, if there is one. The record is durable then. Errors wrap ErrMismatch,
// chained.ErrBroken or ledger.ErrBusy, are those of the slot's May, or are internal.
func Append[T any, R chained.Record[T]](ctx context.Context, l *Log, to Slot, r R) (R, error) {
	act, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	a := attempt[T, R]{log: l, to: to, record: *r, command: sha256.Sum256(act), sentBefore: to.Key != [32]byte{}}
	if !a.sentBefore {
		if _, err := io.ReadFull(l.Rand, a.to.Key[:]); err != nil {
			return nil, err
		}
	}
	var done R
	err = ledger.AppendNext(ctx, maxTries, func(ctx context.Context) (err error) {
		done, err = a.try(ctx)
		a.sentBefore = true
		return err
	})
	if errors.Is(err, receipt.ErrNoLeaf) {
		err = fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	}
	if err != nil {
		return nil, err
	}
	return done, nil
}

// attempt is an append that is tried several times.
type attempt[T any, R chained.Record[T]] struct {
	log        *Log
	to         Slot
	record     T // without a place
	command    [32]byte
	sentBefore bool // an earlier try, or call, may have appended it
}

// try appends the record after the newest one, unless it is there already.
func (a *attempt[T, R]) try(ctx context.Context) (R, error) {
	l := a.log
	made := a.record
	r := R(&made)
	h := r.Place()
	h.Issuer, h.Subject, h.Seq, h.IssuedAt = l.Issuer, a.to.Subject.ID(), 1, l.Now().Unix()
	newest, err := l.Store.Newest(ctx, a.to.Subject)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return nil, err
	}
	if err == nil {
		if a.sentBefore {
			if there, err := a.written(ctx, newest); !errors.Is(err, ledger.ErrNotFound) {
				return there, err
			}
		}
		before, err := open[T, R](l, newest)
		if err != nil {
			return nil, err
		}
		b := before.Place()
		h.Seq, h.Prev, h.IssuedAt = b.Seq+1, b.Digest(), max(h.IssuedAt, b.IssuedAt)
	}
	if a.to.May != nil {
		if err := a.to.May(ctx, h.Seq-1); err != nil {
			return nil, err
		}
	}
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if h.Raw, err = l.Signer.Sign(ctx, r.Kind().Type, payload, h.Time()); err != nil {
		return nil, err
	}
	return r, l.Store.Append(ctx, ledger.Entry{
		Subject: a.to.Subject, Seq: h.Seq, Receipt: h.Raw, Key: a.to.Key, Command: a.command, Listing: a.to.Listing,
	})
}

// written returns the record with this key, or ledger.ErrNotFound.
func (a *attempt[T, R]) written(ctx context.Context, newest ledger.Entry) (R, error) {
	there, err := ledger.Written(ctx, a.log.Store, newest, a.to.Key)
	if err != nil {
		return nil, err
	}
	if there.Command != a.command {
		return nil, ErrMismatch
	}
	return open[T, R](a.log, there)
}

// open verifies an entry's record, and that it belongs into this place.
func open[T any, R chained.Record[T]](l *Log, e ledger.Entry) (R, error) {
	return chained.Open[T, R](l.Verifier, e.Receipt, receipt.Place{Issuer: l.Issuer, Subject: e.Subject.ID(), Seq: e.Seq})
}

// List returns the records whose number is from or higher, at most limit of them, in order.
// It returns chained.ErrBroken if one is missing or was changed. It cannot notice that the
// newest records are missing.
func List[T any, R chained.Record[T]](ctx context.Context, l *Log, subject ledger.Subject, from uint64, limit int) ([]R, error) {
	entries, err := l.Store.List(ctx, subject, from, limit)
	if err != nil {
		return nil, err
	}
	records := make([]R, len(entries))
	for i, e := range entries {
		if records[i], err = open[T, R](l, e); err != nil {
			return nil, err
		}
		if seq := records[i].Place().Seq; i == 0 && seq != max(from, 1) {
			return nil, fmt.Errorf("%w: record %d is in the place of record %d", chained.ErrBroken, seq, max(from, 1))
		}
	}
	if err := chained.Check[T, R](records); err != nil {
		return nil, err
	}
	return records, nil
}

// Latest returns the records whose number is to or lower, at most limit of them, newest
// first. A number above that of the newest record stands for the newest.
func Latest[T any, R chained.Record[T]](ctx context.Context, l *Log, subject ledger.Subject, to uint64, limit int) ([]R, error) {
	newest, err := l.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	to = min(to, newest.Seq)
	from := to - min(to, uint64(limit)) + 1
	records, err := List[T, R](ctx, l, subject, from, int(to-from)+1)
	slices.Reverse(records)
	return records, err
}
