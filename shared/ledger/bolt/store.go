// Package bolt is the embedded ledger: one bbolt file, for one process.
//
// Reads run concurrently with each other and with a write. Writes go through one goroutine,
// which commits all waiting writes in one transaction (see writer.go).
//
// The checksums detect damage. They are no defence against an attacker who can write the file.
package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"consent-receipts/shared/ledger"
)

// ErrLocked: another process kept the file open for a second.
var ErrLocked = errors.New("another process is using this folder")

// ErrFormat: another version of this package wrote the file. The file was not changed.
var ErrFormat = errors.New("the file is in another version's format")

var errClosed = errors.New("the store is closed")

// Store is a ledger.Store, a ledger.Documents, a ledger.Docket, a ledger.Agenda, a
// ledger.Tickets and a ledger.Changes.
type Store struct {
	db      *bbolt.DB
	writes  chan pending  // unbuffered: what the writer has received is accepted
	closing chan struct{} // closed when no write is accepted any more
	close   func()        // closes closing, once
	stopped chan struct{} // closed when the writer has ended

	// bbolt shows a commit to readers before it is on the disk. A reader that has seen a
	// transaction newer than durable waits for committing.
	committing sync.RWMutex
	durable    atomic.Int64
}

var (
	_ ledger.Store     = (*Store)(nil)
	_ ledger.Documents = (*Store)(nil)
	_ ledger.Docket    = (*Store)(nil)
	_ ledger.Agenda    = (*Store)(nil)
	_ ledger.Tickets   = (*Store)(nil)
	_ ledger.Changes   = (*Store)(nil)
)

// Open opens the store in a file, and creates the file if it does not exist, readable by its
// owner only. The folder must exist.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{db: db, writes: make(chan pending), closing: make(chan struct{}), stopped: make(chan struct{})}
	s.close = sync.OnceFunc(func() { close(s.closing) })
	if err := s.prepare(filepath.Dir(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	go s.write()
	return s, nil
}

// prepare makes the buckets, and makes durable everything that readers can see: after a
// process was killed, its last commit may exist only in the system's cache. The fsync of this
// commit covers it. The fsync of the folder covers a new file.
func (s *Store) prepare(folder string) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		s.durable.Store(int64(tx.ID()))
		if err := checkFormat(tx); err != nil {
			return err
		}
		for _, name := range [][]byte{entries, idem, documents, docket, dueOn, tickets, changes} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || runtime.GOOS == "windows" { // Windows cannot sync a folder
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// checkFormat writes the format into a new file, and refuses a file in another format.
func checkFormat(tx *bbolt.Tx) error {
	about, err := tx.CreateBucketIfNotExists(file)
	switch {
	case err != nil:
		return err
	case tx.Bucket(entries) == nil:
		return about.Put(formatKey, format)
	case !bytes.Equal(about.Get(formatKey), format):
		return ErrFormat
	}
	return nil
}

// Close refuses new writes, waits until the accepted ones are answered, and closes the file.
// Later calls get ErrUnavailable.
func (s *Store) Close() error {
	s.close()
	<-s.stopped
	return s.db.Close()
}

// Newest implements ledger.Store.
func (s *Store) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	return read(ctx, s, subject, func(tx *bbolt.Tx) (ledger.Entry, error) {
		own := ledgerOf(tx, subject)
		if own == nil {
			return ledger.Entry{}, ledger.ErrNotFound
		}
		slot, value := own.Cursor().Last()
		return entryAt(subject, slot, value)
	})
}

// Get implements ledger.Store.
func (s *Store) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	return read(ctx, s, subject, func(tx *bbolt.Tx) (ledger.Entry, error) { return get(tx, subject, sortKey(seq)) })
}

// ByKey implements ledger.Store. The index is always up to date. It returns the first of
// several entries with one key.
func (s *Store) ByKey(ctx context.Context, subject ledger.Subject, key [32]byte) (ledger.Entry, error) {
	return read(ctx, s, subject, func(tx *bbolt.Tx) (ledger.Entry, error) {
		sk := tx.Bucket(idem).Get(idemKey(subject, key))
		if sk == nil {
			return ledger.Entry{}, ledger.ErrNotFound
		}
		e, err := get(tx, subject, sk)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && e.Key != key {
			err = fmt.Errorf("%w: the index of keys points to %q, which belongs to another subject", ledger.ErrCorrupt, sk)
		}
		return e, err
	})
}

// List implements ledger.Store.
func (s *Store) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	if err := ledger.CheckLimit(limit); err != nil {
		return nil, err
	}
	if from > ledger.MaxSeq { // a longer number would not sort among ten digits
		from, limit = ledger.MaxSeq, 0
	}
	return read(ctx, s, subject, func(tx *bbolt.Tx) (list []ledger.Entry, err error) {
		own := ledgerOf(tx, subject)
		if own == nil {
			return nil, nil
		}
		c := own.Cursor()
		for slot, value := c.Seek(sortKey(from)); len(list) < limit && slot != nil; slot, value = c.Next() {
			e, err := entryAt(subject, slot, value)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		return list, nil
	})
}

// Document implements ledger.Documents.
func (s *Store) Document(ctx context.Context, digest string) (ledger.Document, error) {
	return view(ctx, s, func(tx *bbolt.Tx) (ledger.Document, error) {
		value := tx.Bucket(documents).Get(documentKey(digest))
		if value == nil {
			return ledger.Document{}, ledger.ErrNotFound
		}
		return decodeDocument(digest, value)
	})
}

// Listings implements ledger.Docket by reading the month in order. It is always up to date.
func (s *Store) Listings(ctx context.Context, month string, shard int) ([]ledger.Listed, error) {
	if err := errors.Join(ledger.CheckMonth(month), ledger.CheckShard(shard)); err != nil {
		return nil, err
	}
	return view(ctx, s, func(tx *bbolt.Tx) (lines []ledger.Listed, err error) {
		err = indexed(tx, docket, month, shard, ledger.Subject{}, func(l ledger.Listed) bool {
			lines = append(lines, l)
			return true
		})
		return lines, err
	})
}

// DueOn implements ledger.Agenda by reading the day in order. It is always up to date.
func (s *Store) DueOn(ctx context.Context, day string, shard int, after ledger.Subject, limit int) ([]ledger.Subject, error) {
	if err := errors.Join(ledger.CheckDay(day), ledger.CheckShard(shard), ledger.CheckLimit(limit)); err != nil {
		return nil, err
	}
	return view(ctx, s, func(tx *bbolt.Tx) (due []ledger.Subject, err error) {
		err = indexed(tx, dueOn, day, shard, after, func(l ledger.Listed) bool {
			if len(due) == 0 || due[len(due)-1] != l.Subject { // keys are sorted by subject
				due = append(due, l.Subject)
			}
			return len(due) < limit
		})
		return due, err
	})
}

// indexed calls each with what an index has on a date of a shard's subjects, those after the
// given one, until it returns false. The keys have no shard: this store is for so few people
// that all of a date can be looked through.
func indexed(tx *bbolt.Tx, index []byte, date string, shard int, after ledger.Subject, each func(ledger.Listed) bool) error {
	prefix := []byte(date + "/")
	first := prefix
	if after != (ledger.Subject{}) {
		first = []byte(date + "/" + after.String() + "0") // '0' follows the '/' behind a subject
	}
	c := tx.Bucket(index).Cursor()
	for k, v := c.Seek(first); bytes.HasPrefix(k, prefix); k, v = c.Next() {
		text, err := unseal(k, v)
		if err != nil {
			return err
		}
		subject, seq, err := decodeKey(k[len(date+"/"):])
		if err != nil {
			return err
		}
		if subject.Shard() == shard && !each(ledger.Listed{Subject: subject, Seq: seq, Text: string(text)}) {
			return nil
		}
	}
	return nil
}

// Ticket implements ledger.Tickets.
func (s *Store) Ticket(ctx context.Context, key string) ([]byte, error) {
	if err := ledger.CheckTicketKey(key); err != nil {
		return nil, err
	}
	return view(ctx, s, func(tx *bbolt.Tx) ([]byte, error) {
		value := tx.Bucket(tickets).Get([]byte(key))
		if value == nil {
			return nil, ledger.ErrNotFound
		}
		body, err := unseal([]byte(key), value)
		return bytes.Clone(body), err
	})
}

// ledgerOf returns the bucket of a subject's entries, or nil if there is none.
func ledgerOf(tx *bbolt.Tx, subject ledger.Subject) *bbolt.Bucket {
	return tx.Bucket(entries).Bucket(ledgerName(subject))
}

func get(tx *bbolt.Tx, subject ledger.Subject, slot []byte) (ledger.Entry, error) {
	own := ledgerOf(tx, subject)
	if own == nil {
		return ledger.Entry{}, ledger.ErrNotFound
	}
	return entryAt(subject, slot, own.Get(slot))
}

// entryAt decodes what a slot of a subject's ledger has, which may be nothing.
func entryAt(subject ledger.Subject, slot, value []byte) (ledger.Entry, error) {
	if value == nil {
		return ledger.Entry{}, ledger.ErrNotFound
	}
	return decodeEntry(append(partition(subject), slot...), value)
}

func read[T any](ctx context.Context, s *Store, subject ledger.Subject, fn func(*bbolt.Tx) (T, error)) (found T, err error) {
	if err := subject.Validate(); err != nil {
		return found, err
	}
	return view(ctx, s, fn)
}

// view returns what fn finds in a read transaction, as soon as the data that fn saw are
// durable; with an error, nothing. fn must not call the store: a writer that has to map a
// larger file waits for every reader.
func view[T any](ctx context.Context, s *Store, fn func(*bbolt.Tx) (T, error)) (found T, err error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, unavailable(err)
	}
	var seen int64
	err = s.db.View(func(tx *bbolt.Tx) (err error) {
		seen = int64(tx.ID())
		found, err = fn(tx)
		return err
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return none, unavailable(errClosed)
	}
	if seen > s.durable.Load() {
		s.committing.RLock()
		s.committing.RUnlock() //nolint:staticcheck // the wait is the purpose of this lock
		if seen > s.durable.Load() {
			return none, unavailable(errNotDurable)
		}
	}
	if err != nil {
		return none, err
	}
	return found, nil
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err) }
