package bolt

import (
	"bytes"
	"context"
	"errors"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
)

// This is group commit. A commit costs two fsyncs, whatever its size. So callers hand
// their writes to one goroutine, which takes all that wait, commits them together, and
// answers each caller. A single write is committed at once; writes that arrive meanwhile
// share the next commit.

// errNotDurable: the last commit failed after its meta page was written. Readers may see data
// that a power failure would lose. Repeating the fsync proves nothing: after a failed fsync
// the next one may succeed without writing. Opening the store again shows which data are on
// the disk.
var errNotDurable = errors.New("the last commit failed half-way; open the store again")

// put is one key to write. The key is known to be free.
type put struct {
	bucket, key, value []byte
	ledger             []byte // of an entry: the bucket inside entries
}

// there returns the present value of the key, or nil.
func (p *put) there(tx *bbolt.Tx) []byte {
	b := tx.Bucket(p.bucket)
	if p.ledger != nil {
		b = b.Bucket(p.ledger)
	}
	if b == nil {
		return nil
	}
	return b.Get(p.key)
}

func (p *put) write(tx *bbolt.Tx) (err error) {
	b := tx.Bucket(p.bucket)
	if p.ledger != nil {
		if b, err = b.CreateBucketIfNotExists(p.ledger); err != nil {
			return err
		}
	}
	return b.Put(p.key, p.value)
}

// decision reads the present state, and returns the writes, or an error, or neither if the
// data are already there.
type decision func(*bbolt.Tx) ([]put, error)

// pending is one caller's write.
type pending struct {
	decide decision
	answer chan error // of capacity 1: the writer does not wait for a caller that has left
}

// Append implements ledger.Store.
func (s *Store) Append(ctx context.Context, e ledger.Entry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	return s.submit(ctx, insertEntry(e))
}

// PutDocument implements ledger.Documents.
func (s *Store) PutDocument(ctx context.Context, d ledger.Document) error {
	if err := d.Validate(); err != nil {
		return err
	}
	key, value := encodeDocument(d)
	return s.submit(ctx, insert(put{bucket: documents, key: key, value: value}))
}

// PutTicket implements ledger.Tickets.
func (s *Store) PutTicket(ctx context.Context, key string, body []byte) ([]byte, error) {
	if err := ledger.CheckTicket(key, body); err != nil {
		return nil, err
	}
	err := s.submit(ctx, insert(put{bucket: tickets, key: []byte(key), value: seal([]byte(key), body)}))
	if err != nil && !errors.Is(err, ledger.ErrConflict) {
		return nil, err
	}
	return s.Ticket(ctx, key)
}

func insertEntry(e ledger.Entry) decision {
	key, value := encodeEntry(e)
	slot := insert(put{bucket: entries, ledger: ledgerName(e.Subject), key: sortKey(e.Seq), value: value})
	return func(tx *bbolt.Tx) ([]put, error) {
		puts, err := slot(tx)
		if len(puts) == 0 {
			return nil, err
		}
		if index := idemKey(e.Subject, e.Key); tx.Bucket(idem).Get(index) == nil {
			puts = append(puts, put{bucket: idem, key: index, value: sortKey(e.Seq)})
		}
		if line := docketKey(e); e.Listing != (ledger.Listing{}) {
			puts = append(puts, put{bucket: docket, key: line, value: seal(line, []byte(e.Listing.Text))})
		}
		if due := dueKey(e); e.Due != "" {
			puts = append(puts, put{bucket: dueOn, key: due, value: seal(due, nil)})
		}
		told, err := change(tx, key)
		if err != nil {
			return nil, err
		}
		return append(puts, told), nil
	}
}

// insert compares bytes with the present value. This is exact, since there is only one
// encoding.
func insert(p put) decision {
	return func(tx *bbolt.Tx) ([]put, error) {
		there := p.there(tx)
		switch {
		case there == nil:
			return []put{p}, nil
		case bytes.Equal(there, p.value):
			return nil, nil
		default:
			return nil, ledger.ErrConflict
		}
	}
}

// submit waits for the answer or for the end of the context. After the end of the context a
// write that was accepted continues, and its outcome is unknown.
func (s *Store) submit(ctx context.Context, decide decision) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	p := pending{decide: decide, answer: make(chan error, 1)}
	select {
	case s.writes <- p:
	case <-s.closing:
		return unavailable(errClosed)
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		return unavailable(ctx.Err())
	}
}

// write is the writer's goroutine.
func (s *Store) write() {
	defer close(s.stopped)
	for {
		select {
		case <-s.closing:
			return
		case first := <-s.writes:
			batch := append([]pending{first}, s.waiting()...)
			answers, err := s.commit(batch)
			for i, p := range batch {
				if err != nil {
					p.answer <- unavailable(err)
				} else {
					p.answer <- answers[i]
				}
			}
		}
	}
}

// waiting accepts all writes that wait.
func (s *Store) waiting() (batch []pending) {
	for {
		select {
		case p := <-s.writes:
			batch = append(batch, p)
		default:
			return batch
		}
	}
}

// commit decides and writes a batch. An error concerns the whole batch: no answer is valid,
// since even a conflict may be with an entry that was not kept.
func (s *Store) commit(batch []pending) ([]error, error) {
	tx, err := s.db.Begin(true)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // no effect after a commit
	if int64(tx.ID()) != s.durable.Load()+1 {
		return nil, errNotDurable
	}
	answers := make([]error, len(batch))
	changed := false
	for i, p := range batch {
		var puts []put
		puts, answers[i] = p.decide(tx)
		for _, p := range puts {
			if err := p.write(tx); err != nil {
				return nil, err
			}
			changed = true
		}
	}
	if !changed { // no need to wait for the disk
		return answers, nil
	}
	s.committing.Lock()
	defer s.committing.Unlock()
	id := int64(tx.ID()) // not available after the commit
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	s.durable.Store(id)
	return answers, nil
}
