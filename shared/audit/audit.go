// Package audit records who of the staff looked at a person's data or acted for a person. A
// person's records form a ledger of their own beside the person's receipts, signed and
// chained like these, so that the person can be shown them and nobody can remove one
// unseen. An act that concerns no one person, such as reading a list, is recorded in the
// ledger of its day. Package looks says what a record is.
package audit

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
	"consent-receipts/shared/receipt/looks"
)

// maxTries bounds how often a record is made anew because another one took its place. All
// lists and reports of a day are recorded in one ledger, so dozens of clerks may want the
// same place at once.
const maxTries = 40

// Of names the audit ledger of a person.
func Of(person ledger.Subject) ledger.Subject { return ledger.Audit(looks.Of(person.Pseudonym())) }

// OfDay names the audit ledger of a day in UTC, which records the acts that concern no one
// person.
func OfDay(at time.Time) ledger.Subject { return ledger.Day(looks.OfDay(at)) }

// Log writes and reads audit ledgers. All fields are set.
type Log struct {
	Store    ledger.Store
	Signer   *receipt.Signer
	Verifier *receipt.Verifier
	Issuer   string
	Now      func() time.Time
	Rand     io.Reader
}

// Append records an act in an audit ledger. Only when it returns nil may the act
// happen: the record is durable then. Errors wrap looks.ErrInvalid, looks.ErrBroken or
// ledger.ErrBusy, or are internal.
func (l *Log) Append(ctx context.Context, subject ledger.Subject, act looks.Act) error {
	if err := act.Validate(); err != nil {
		return err
	}
	if subject.Pseudonym() != "" {
		return fmt.Errorf("%w: records of the staff do not go into a person's own ledger", looks.ErrInvalid)
	}
	var key [32]byte
	if _, err := io.ReadFull(l.Rand, key[:]); err != nil {
		return err
	}
	again := false
	err := ledger.AppendNext(ctx, maxTries, func(ctx context.Context) error {
		defer func() { again = true }()
		return l.try(ctx, subject, key, act, again)
	})
	if errors.Is(err, receipt.ErrNoLeaf) {
		return fmt.Errorf("%w: %w", ledger.ErrBusy, err)
	}
	return err
}

// try appends the record after the newest one, unless an earlier try appended it and its
// answer was lost.
func (l *Log) try(ctx context.Context, subject ledger.Subject, key [32]byte, act looks.Act, again bool) error {
	r := looks.Record{Issuer: l.Issuer, Subject: subject.ID(), Seq: 1, IssuedAt: l.Now().Unix(), Act: act}
	newest, err := l.Store.Newest(ctx, subject)
	if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	if err == nil {
		if again {
			if _, err := ledger.Written(ctx, l.Store, newest, key); !errors.Is(err, ledger.ErrNotFound) {
				return err
			}
		}
		before, err := l.open(newest)
		if err != nil {
			return err
		}
		r.Seq, r.Prev, r.IssuedAt = before.Seq+1, before.Digest(), max(r.IssuedAt, before.IssuedAt)
	}
	payload, err := json.Marshal(&r)
	if err != nil {
		return err
	}
	if r.Raw, err = l.Signer.Sign(ctx, looks.Type, payload, r.Time()); err != nil {
		return err
	}
	return l.Store.Append(ctx, ledger.Entry{
		Subject: subject, Seq: r.Seq, Receipt: r.Raw, Key: key, Command: sha256.Sum256(payload),
	})
}

// open verifies an entry's record, and that it belongs into this place.
func (l *Log) open(e ledger.Entry) (*looks.Record, error) {
	return looks.Open(l.Verifier, e.Receipt, receipt.Place{Issuer: l.Issuer, Subject: e.Subject.ID(), Seq: e.Seq})
}

// List returns the records whose number is from or higher, at most limit of them, in order.
// It returns looks.ErrBroken if one is missing or was changed. It cannot notice that the
// newest records are missing.
func (l *Log) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]*looks.Record, error) {
	entries, err := l.Store.List(ctx, subject, from, limit)
	if err != nil {
		return nil, err
	}
	records := make([]*looks.Record, len(entries))
	for i, e := range entries {
		if records[i], err = l.open(e); err != nil {
			return nil, err
		}
		if r := records[i]; i == 0 && r.Seq != max(from, 1) {
			return nil, fmt.Errorf("%w: record %d is in the place of record %d", looks.ErrBroken, r.Seq, max(from, 1))
		}
	}
	if err := looks.Chain(records); err != nil {
		return nil, err
	}
	return records, nil
}

// Latest returns the records whose number is to or lower, at most limit of them, newest
// first. A number above that of the newest record stands for the newest.
func (l *Log) Latest(ctx context.Context, subject ledger.Subject, to uint64, limit int) ([]*looks.Record, error) {
	newest, err := l.Store.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	to = min(to, newest.Seq)
	from := to - min(to, uint64(limit)) + 1
	records, err := l.List(ctx, subject, from, int(to-from)+1)
	slices.Reverse(records)
	return records, err
}
