// Package ledger is the port to the store of receipts.
//
// A ledger belongs to one [Subject]: a person, known here by a pseudonym only, a
// contact without an account, or an audit ledger of the staff's. It is a row of slots numbered 1, 2, 3 and so on; each
// holds one [Entry], and an entry once written stays as it is. The newest entry is the subject's state, so
// whoever appends first reads the newest and then takes the slot after it. Of
// two who do so at once, one gets the slot and the other gets [ErrConflict]:
// that is the only lock there is.
//
// The comments on [Store] and [Documents] are the contract, and package ledgertest holds
// every implementation to it. A store is not believed: it keeps receipts, and does not
// vouch for them. A reader verifies the receipt that it is given, and compares a document
// with its digest.
package ledger

import (
	"context"
	"errors"
)

// Errors of a store. They come wrapped; test for them with errors.Is.
var (
	// ErrNotFound: there is no such entry or document.
	ErrNotFound = errors.New("not found in the ledger")

	// ErrConflict: another entry, or another document, holds the place. What is
	// there has not been touched and trying again will not help.
	ErrConflict = errors.New("the place in the ledger is taken")

	// ErrUnavailable: the store could not carry the call out now, or does not know whether
	// it did, because it was throttled or interrupted, or an answer was lost. It is safe
	// to repeat the same call, and the repetition finds out what happened.
	ErrUnavailable = errors.New("the ledger is unavailable")

	// ErrInvalid: the arguments can never be right. Nothing was read or written.
	ErrInvalid = errors.New("not valid in a ledger")

	// ErrCorrupt: what the store holds in this place cannot be what was written.
	// Trying again will not help; it takes a person.
	ErrCorrupt = errors.New("the ledger is damaged")
)

// Store keeps the entries of all subjects.
//
// Concurrency: all methods may be called from any number of goroutines, and from
// any number of processes where the store allows more than one. What happens to
// one subject neither fails nor changes anything for another.
//
// Consistency: Newest, Get and List show every entry whose Append had answered
// nil, to anyone, before they were called. They show no entry that could still
// be lost. Only ByKey may lag, and says by how much.
//
// Memory: what is returned belongs to the caller and never changes.
//
// Context: when it ends, the error is ErrUnavailable and also the context's own.
// A call whose context has already ended does nothing.
//
// Every method refuses with ErrInvalid a subject that its Validate refuses.
type Store interface {
	// Newest returns the entry with the highest Seq, or ErrNotFound if the
	// subject's ledger is empty. Its cost does not grow with the ledger.
	Newest(ctx context.Context, subject Subject) (Entry, error)

	// Get returns the entry in one slot, or ErrNotFound if the slot is empty.
	Get(ctx context.Context, subject Subject, seq uint64) (Entry, error)

	// ByKey returns the subject's entry with this Key, or ErrNotFound.
	//
	// The index behind it may be late by one entry. Every entry that was there
	// when an earlier call to Newest was answered is found, except possibly the
	// very one that Newest returned. So the caller reads the newest first,
	// compares its Key, and then asks ByKey about the others.
	//
	// The store does not keep keys unique. Who appends looks the key up first,
	// which, with slots taken in order, suffices. Of several entries with one Key
	// any may be returned.
	ByKey(ctx context.Context, subject Subject, key [32]byte) (Entry, error)

	// List returns the entries with Seq >= from in ascending order, limit of them
	// if there are that many: fewer mean that the end was reached, none is not an
	// error. A limit below 1 is ErrInvalid.
	List(ctx context.Context, subject Subject, from uint64, limit int) ([]Entry, error)

	// Append inserts an entry into its slot. It never replaces one.
	//
	// nil means that the slot holds this very entry, equal in every field, and
	// durably: it outlives the end of the process and the loss of power. That it
	// was there before is not an error, so a caller which got no answer repeats
	// the call and recognises its own write.
	//
	// ErrConflict means that the slot durably holds another entry. ErrInvalid is
	// what Entry.Validate says. After any other error, ErrUnavailable above all,
	// the entry may or may not have been written, or may still be.
	//
	// Append does not look at the slot before: one conditional insert cannot. No
	// gaps is what the registrar guarantees, because it only ever appends after
	// the newest entry it has read.
	Append(ctx context.Context, e Entry) error
}

// Documents keeps what receipts cite by digest: notices, catalogues. They are
// written at deployment and kept for as long as a receipt cites them.
// Concurrency, memory and context are as for [Store].
type Documents interface {
	// PutDocument inserts a document under its digest. The first insert wins.
	//
	// nil means that the store durably holds this very document, whether from now
	// or from before. As the digest fixes the body, only the media type can
	// differ from what is there; then it is ErrConflict and the first one stays.
	// ErrInvalid is what Document.Validate says. After any other error the
	// document may or may not have been written.
	PutDocument(ctx context.Context, d Document) error

	// Document returns the document with this digest, or ErrNotFound. It shows
	// every document whose PutDocument had answered nil before. Whether the body
	// still has the digest is for the caller to check, with Document.Validate.
	Document(ctx context.Context, digest string) (Document, error)
}

// Listed is a listing in the docket, and the entry that it belongs to.
type Listed struct {
	Subject Subject // a person or contact, or a case of theirs
	Seq     uint64
	Text    string
}

// Docket finds entries by the month in their Listing, over the people and contacts of a shard,
// and their cases.
type Docket interface {
	// Listings returns the listings of a month that a shard has, those of one subject in the
	// order of their Seq. It may lag behind Append by seconds. ErrInvalid is what CheckMonth
	// and CheckShard say. What it costs grows with the shard's part of the month alone.
	Listings(ctx context.Context, month string, shard int) ([]Listed, error)
}

// Agenda finds people in whose standing something falls due, over the people and contacts of
// a shard.
type Agenda interface {
	// DueOn returns the people of a shard who have an entry with this day as its Due, each
	// once and in order: those after the given one, or from the first on if it is the zero
	// Subject, and limit of them if there are that many. Fewer mean that the end was
	// reached. It may lag behind Append by seconds. A superseded entry counts too, so the
	// caller looks at the newest one. ErrInvalid: the day is not a date, the limit is below
	// 1, or what CheckShard says. What it costs grows with the limit alone. Beside ErrCorrupt
	// it returns the people that it could read.
	DueOn(ctx context.Context, day string, shard int, after Subject, limit int) ([]Subject, error)
}

// Tickets keeps small notes that are no receipts: the name that a data request has in
// another system, or that a work is done. Concurrency, memory and context are as for [Store].
type Tickets interface {
	// PutTicket inserts a note under a key, and returns what the store durably holds there
	// now: the first one stays. ErrInvalid: no key of 1 to 200 printable ASCII characters,
	// or a body that is empty or over MaxTicket. After any other error it may or may not
	// have been written.
	PutTicket(ctx context.Context, key string, body []byte) ([]byte, error)

	// Ticket returns the note under a key, or ErrNotFound. It shows every one whose
	// PutTicket had answered before.
	Ticket(ctx context.Context, key string) ([]byte, error)
}
