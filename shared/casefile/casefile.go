// Package casefile keeps the staff's work on a data request: to whom it is assigned, notes for
// colleagues, drafts, and what needs a second pair of eyes. The records of a request form a
// ledger of their own, apart from the person's receipts, signed and chained as those of who
// looked are. Package journal writes them.
//
// The person sees that the staff worked on the request, since each route of the API is recorded
// in the person's audit ledger; what the staff wrote, the staff and the auditor see alone. It
// is in no bundle, no export and no event.
package casefile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/docket"
	"consent-receipts/shared/journal"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/chained"
)

// Type is the typ of a record.
const Type = "consent-case+jwt"

// maxRecord is the size of the largest record, in bytes.
const maxRecord = 16 << 10

// MaxRecords is how many records a case has at most: one answer of the API has all of them.
const MaxRecords = 500

// reserved is how many of them are for proposals and what answers them alone, so that no number of
// notes keeps a request from its end.
const reserved = 50

// room is how many records a case may have before an act of a kind. A proposal leaves room for
// what answers it.
func room(did Did) int {
	switch did {
	case Approve, Reject:
		return MaxRecords
	case Propose:
		return MaxRecords - 1
	case Assign, Note, Draft, Link:
	}
	return MaxRecords - reserved
}

// Record is an act on a case as it was recorded. Its Subject is <pseudonym>/<id of the
// request>.
type Record struct {
	chained.Head
	Act
}

// Kind says how records of a case are signed.
func (*Record) Kind() chained.Kind { return chained.Kind{Type: Type, Max: maxRecord} }

// File is a case: its records, oldest first, and what they come to.
type File struct {
	Records  []*Record
	Assigned *Record // the newest assignment, or nil
	Draft    *Record // the newest draft, or nil
	Proposal *Record // the proposal that awaits its approval, or nil
}

// NewFile reads records, oldest first.
func NewFile(records []*Record) *File {
	f := &File{Records: records}
	for _, r := range records {
		switch r.Did {
		case Assign:
			f.Assigned = r
		case Draft:
			f.Draft = r
		case Propose:
			f.Proposal = r
		case Approve, Reject:
			f.Proposal = nil
		case Note, Link:
		}
	}
	return f
}

// newest returns the record that an act of this kind would take the place of, or nil.
func (f *File) newest(did Did) *Record {
	switch did {
	case Assign:
		return f.Assigned
	case Draft:
		return f.Draft
	case Propose, Approve, Reject:
		return f.Proposal
	case Note, Link:
	}
	return nil
}

// may returns why an act cannot be recorded now, or nil. seen is the number of the record that
// the act takes the place of, as its author saw it; 0 is none.
func (f *File) may(act *Act, seen *uint64) error {
	if len(f.Records) >= room(act.Did) {
		return fmt.Errorf("%w: it has %d", ErrFull, len(f.Records))
	}
	if act.Did == Approve || act.Did == Reject {
		seen = &act.Of
	}
	var now uint64
	there := f.newest(act.Did)
	if there != nil {
		now = there.Seq
	}
	switch {
	case seen != nil && *seen != now:
		return fmt.Errorf("%w: of this kind, record %d is the newest", ErrMoved, now)
	case act.Did == Propose && there != nil:
		return fmt.Errorf("%w: record %d is a proposal that nobody answered yet", ErrMoved, now)
	case act.Did == Approve && there.Staff == act.Staff:
		return ErrOwn
	}
	return nil
}

// Log writes and reads case ledgers. All fields are set.
type Log journal.Log

// Read returns a case. It is empty if nobody did anything yet.
func (l *Log) Read(ctx context.Context, subject ledger.Subject) (*File, error) {
	records, err := journal.List[Record](ctx, (*journal.Log)(l), subject, 1, MaxRecords)
	if err != nil {
		return nil, err
	}
	return NewFile(records), nil
}

// Sent is an act on a case, as it was sent.
type Sent struct {
	Act
	Key      [32]byte  // of the act; the same again is recorded once
	Received time.Time // when the request was received

	// Seen is the number of the record that the act takes the place of, as its author saw it:
	// the newest assignment, the newest draft; 0 is none. If it is nil, any may be there.
	Seen *uint64
}

// Append records an act on a case, and returns the record; it is durable then. Errors wrap
// ErrInvalid, ErrMoved, ErrOwn, ErrFull, journal.ErrMismatch, chained.ErrBroken or
// ledger.ErrBusy, or are internal.
func (l *Log) Append(ctx context.Context, subject ledger.Subject, sent Sent) (*Record, error) {
	if err := sent.Validate(); err != nil {
		return nil, err
	}
	if subject.Kind() != ledger.KindCase {
		return nil, fmt.Errorf("%w: a case has a ledger of its own", ErrInvalid)
	}
	slot := journal.Slot{Subject: subject, Key: sent.Key, May: func(ctx context.Context, newest uint64) error {
		file, err := l.Read(ctx, subject)
		if err != nil {
			return err
		}
		if uint64(len(file.Records)) != newest {
			return ledger.ErrConflict // somebody appended meanwhile: try again
		}
		return file.may(&sent.Act, sent.Seen)
	}}
	switch sent.Did {
	case Assign:
		slot.Listing = docket.Assignment{With: sent.With, Name: sent.Name}.Listing(sent.Received)
	case Propose, Approve, Reject:
		slot.Listing = docket.Proposal{Proposed: sent.Did == Propose}.Listing(sent.Received)
	case Note, Draft, Link:
	}
	return journal.Append(ctx, (*journal.Log)(l), slot, &Record{Act: sent.Act})
}

// Names returns what colleagues call each other, by pseudonym, as the assignments of the case
// say it.
func (f *File) Names() map[string]string {
	names := map[string]string{}
	for _, r := range slices.Backward(f.Records) {
		if r.Did == Assign && r.Name != "" && names[r.With] == "" {
			names[r.With] = r.Name
		}
	}
	return names
}
