// Package audit records who of the staff looked at a person's data or acted for a person. A
// person's records form a ledger of their own beside the person's receipts, signed and
// chained like these, so that the person can be shown them and nobody can remove one
// unseen. An act that concerns no one person, such as reading a list, is recorded in the
// ledger of its day. Package looks says what a record is, and package journal writes it.
package audit

import (
	"context"
	"fmt"
	"time"

	"consent-receipts/shared/journal"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
)

// Of names the audit ledger of a person.
func Of(person ledger.Subject) ledger.Subject { return ledger.Audit(looks.Of(person.Pseudonym())) }

// OfDay names the audit ledger of a day in UTC, which records the acts that concern no one
// person.
func OfDay(at time.Time) ledger.Subject { return ledger.Day(looks.OfDay(at)) }

// Log writes and reads audit ledgers. All fields are set.
type Log journal.Log

// Append records an act in an audit ledger. Only when it returns nil may the act
// happen: the record is durable then. Errors wrap looks.ErrInvalid, looks.ErrBroken or
// ledger.ErrBusy, or are internal.
func (l *Log) Append(ctx context.Context, subject ledger.Subject, act looks.Act) error {
	if err := act.Validate(); err != nil {
		return err
	}
	if kind := subject.Kind(); kind != ledger.KindAudit && kind != ledger.KindDay {
		return fmt.Errorf("%w: the records of who looked have ledgers of their own", looks.ErrInvalid)
	}
	_, err := journal.Append(ctx, (*journal.Log)(l), journal.Slot{Subject: subject}, &looks.Record{Act: act})
	return err
}

// List returns the records whose number is from or higher, at most limit of them, in order.
// It returns looks.ErrBroken if one is missing or was changed. It cannot notice that the
// newest records are missing.
func (l *Log) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]*looks.Record, error) {
	return journal.List[looks.Record](ctx, (*journal.Log)(l), subject, from, limit)
}

// Latest returns the records whose number is to or lower, at most limit of them, newest
// first. A number above that of the newest record stands for the newest.
func (l *Log) Latest(ctx context.Context, subject ledger.Subject, to uint64, limit int) ([]*looks.Record, error) {
	return journal.Latest[looks.Record](ctx, (*journal.Log)(l), subject, to, limit)
}
