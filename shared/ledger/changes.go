package ledger

import "context"

// What says what happened to an entry.
type What string

// What can happen.
const (
	Appended What = "appended"
	Replaced What = "replaced" // by somebody at the store: no method of [Store] does
	Removed  What = "removed"
)

// Change is what happened to one entry.
type Change struct {
	Mark    string // its place among all changes; what it looks like is the store's affair
	What    What
	Subject Subject
	Seq     uint64
	Entry   Entry // what was appended, without its Sealed. Of other changes there are the keys alone

	// Err is ErrCorrupt where it cannot be read what was appended. Then Subject and Seq
	// are zero if not even these can be.
	Err error
}

// Changes tells what happened to the entries of all subjects. Whoever tells others of
// what was appended reads it here, and needs no second write that could be lost between.
// Concurrency, memory and context are as for [Store].
type Changes interface {
	// ChangesAfter returns changes that follow the one with this mark, limit of them at
	// most; the mark "" is before the first. None means that nothing follows yet.
	//
	// Every entry whose Append answered nil is told of, and none that could still be lost.
	// It may lag behind Append by seconds. The changes of one subject come in the order in
	// which they happened, those of different subjects in any order, but always in the
	// same: who stops and later goes on after the last mark misses nothing. A change can
	// come more than once. Of an entry that has been removed since, it may be told only
	// that it was.
	//
	// What a call costs, in time and in memory, grows with limit alone. A limit below 1
	// and a mark that is none are ErrInvalid.
	ChangesAfter(ctx context.Context, mark string, limit int) ([]Change, error)
}
