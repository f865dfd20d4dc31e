// Package bolt is the embedded ledger: one bbolt file, for one process.
//
// Reads run beside each other and beside a write. Writes go through one
// goroutine which commits in one transaction whatever is waiting (see writer.go).
//
// Who can write the file can write anything into it: nothing here is a defence
// against that. What the checksums are for is damage.
package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"consent-receipts/shared/ledger"
)

// ErrLocked: the file is open elsewhere, and stayed so for a second.
var ErrLocked = errors.New("another process is using this folder")

// ErrFormat: the file was written by another version of this package. It was not changed.
var ErrFormat = errors.New("the file is in another version's format")

var errClosed = errors.New("the store is closed")

// Store is a ledger.Store, a ledger.Documents, a ledger.Docket, a ledger.Agenda, a
// ledger.Tickets and a ledger.Changes.
type Store struct {
	db      *bbolt.DB
	queue   *queue
	stopped chan struct{} // closed when the writer has gone

	// bbolt shows a commit to readers while it is still on its way to the disk. A
	// reader that has seen a transaction newer than durable waits for committing.
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

// Open opens the store in a file, which it creates if need be, readable by its
// owner only. The folder must exist.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: %w", path, ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s := &Store{db: db, queue: newQueue(), stopped: make(chan struct{})}
	if err := s.prepare(filepath.Dir(path)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	go s.write()
	return s, nil
}

// prepare makes the buckets, and everything durable that can be seen: a process
// that was killed may have left a commit which only the system's cache holds.
// This commit's fsync covers it. That of the folder covers a file just created.
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
	if err != nil || runtime.GOOS == "windows" { // where a folder cannot be synced
		return err
	}
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// checkFormat writes the format into a new file, and refuses a file of another.
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

// Close refuses new writes, waits until those it has accepted are answered, and
// closes the file. Calls after it get ErrUnavailable.
func (s *Store) Close() error {
	s.queue.close()
	<-s.stopped
	return s.db.Close()
}

// Newest implements ledger.Store: one walk down the tree.
func (s *Store) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	var e ledger.Entry
	err := s.read(ctx, subject, func(tx *bbolt.Tx) (err error) {
		c := tx.Bucket(entries).Cursor()
		// The first key that is certainly after the subject's last: ':' follows '9'.
		before := c.Prev
		if k, _ := c.Seek(append(partition(subject), receiptPrefix+":"...)); k == nil {
			before = c.Last // where the cursor stands past the end is not documented
		}
		k, v := before()
		if !bytes.HasPrefix(k, partition(subject)) {
			return ledger.ErrNotFound
		}
		e, err = decodeEntry(k, v)
		return err
	})
	return e, err
}

// Get implements ledger.Store.
func (s *Store) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	var e ledger.Entry
	err := s.read(ctx, subject, func(tx *bbolt.Tx) (err error) {
		e, err = get(tx, entryKey(subject, seq))
		return err
	})
	return e, err
}

// ByKey implements ledger.Store. This index is never late. Of several entries
// with one key it returns the first.
func (s *Store) ByKey(ctx context.Context, subject ledger.Subject, key [32]byte) (ledger.Entry, error) {
	var e ledger.Entry
	err := s.read(ctx, subject, func(tx *bbolt.Tx) (err error) {
		sk := tx.Bucket(idem).Get(idemKey(subject, key))
		if sk == nil {
			return ledger.ErrNotFound
		}
		e, err = get(tx, append(partition(subject), sk...))
		if errors.Is(err, ledger.ErrNotFound) || err == nil && e.Key != key {
			return fmt.Errorf("%w: the index of keys points to %q, which is another's", ledger.ErrCorrupt, sk)
		}
		return err
	})
	if err != nil {
		return ledger.Entry{}, err
	}
	return e, nil
}

// List implements ledger.Store.
func (s *Store) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	if limit < 1 {
		return nil, fmt.Errorf("%w: a limit of %d", ledger.ErrInvalid, limit)
	}
	if from > ledger.MaxSeq { // would not sort among ten digits
		from, limit = ledger.MaxSeq, 0
	}
	var list []ledger.Entry
	err := s.read(ctx, subject, func(tx *bbolt.Tx) error {
		c := tx.Bucket(entries).Cursor()
		for k, v := c.Seek(entryKey(subject, from)); len(list) < limit && bytes.HasPrefix(k, partition(subject)); k, v = c.Next() {
			e, err := decodeEntry(k, v)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Document implements ledger.Documents.
func (s *Store) Document(ctx context.Context, digest string) (ledger.Document, error) {
	var d ledger.Document
	err := s.view(ctx, func(tx *bbolt.Tx) (err error) {
		value := tx.Bucket(documents).Get(documentKey(digest))
		if value == nil {
			return ledger.ErrNotFound
		}
		d, err = decodeDocument(digest, value)
		return err
	})
	if err != nil {
		return ledger.Document{}, err
	}
	return d, nil
}

// Listings implements ledger.Docket: one walk over the month. It is never late.
func (s *Store) Listings(ctx context.Context, month string) (lines []ledger.Listed, err error) {
	if err := ledger.CheckMonth(month); err != nil {
		return nil, err
	}
	err = s.people(ctx, docket, month, func(subject ledger.Subject, seq uint64, text []byte) {
		lines = append(lines, ledger.Listed{Subject: subject, Seq: seq, Text: string(text)})
	})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

// DueOn implements ledger.Agenda: one walk over the day. It is never late.
func (s *Store) DueOn(ctx context.Context, day string) (subjects []ledger.Subject, err error) {
	if err := ledger.CheckDay(day); err != nil {
		return nil, err
	}
	err = s.people(ctx, dueOn, day, func(subject ledger.Subject, _ uint64, _ []byte) {
		subjects = append(subjects, subject)
	})
	if err != nil {
		return nil, err
	}
	return slices.Compact(subjects), nil // keys are in order of subjects
}

// people walks over what an index has of people on a date. What each gets is good until
// it returns.
func (s *Store) people(ctx context.Context, index []byte, date string, each func(subject ledger.Subject, seq uint64, payload []byte)) error {
	prefix := []byte(date + "/" + ledger.KindPerson.Prefix())
	return s.view(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(index).Cursor()
		for k, v := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, v = c.Next() {
			payload, err := unseal(k, v)
			if err != nil {
				return err
			}
			subject, seq, err := decodeKey(k[len(date+"/"):])
			if err != nil {
				return err
			}
			each(subject, seq, payload)
		}
		return nil
	})
}

// Ticket implements ledger.Tickets.
func (s *Store) Ticket(ctx context.Context, key string) (body []byte, err error) {
	if err := ledger.CheckTicketKey(key); err != nil {
		return nil, err
	}
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		value := tx.Bucket(tickets).Get([]byte(key))
		if value == nil {
			return ledger.ErrNotFound
		}
		payload, err := unseal([]byte(key), value)
		body = bytes.Clone(payload)
		return err
	})
	if err != nil {
		return nil, err
	}
	return body, nil
}

func get(tx *bbolt.Tx, key []byte) (ledger.Entry, error) {
	value := tx.Bucket(entries).Get(key)
	if value == nil {
		return ledger.Entry{}, ledger.ErrNotFound
	}
	return decodeEntry(key, value)
}

func (s *Store) read(ctx context.Context, subject ledger.Subject, fn func(*bbolt.Tx) error) error {
	if err := subject.Validate(); err != nil {
		return err
	}
	return s.view(ctx, fn)
}

// view runs fn in a read transaction and answers only once what fn saw is
// durable. It must not call back into the store: a writer that has to map a
// larger file waits for every reader.
func (s *Store) view(ctx context.Context, fn func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	var seen int64
	err := s.db.View(func(tx *bbolt.Tx) error {
		seen = int64(tx.ID())
		return fn(tx)
	})
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) {
		return unavailable(errClosed)
	}
	if seen > s.durable.Load() {
		s.committing.RLock()
		s.committing.RUnlock() //nolint:staticcheck // nothing is to be done meanwhile: the wait is the point
		if seen > s.durable.Load() {
			return unavailable(errNotDurable)
		}
	}
	return err
}

func unavailable(err error) error { return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err) }
