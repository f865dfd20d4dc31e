package bolt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// One batch is one commit, and each write has its own answer.
func TestGroupCommit(t *testing.T) {
	s := openTemp(t)
	old := ledgertest.Entry(ledgertest.Subject(), 1)
	is(t, s.Append(t.Context(), old), nil)
	first := ledgertest.Entry(ledgertest.Subject(), 1)
	next := ledgertest.Entry(first.Subject, 2)
	batch := []struct {
		e    ledger.Entry
		want error
	}{
		{old, nil},
		{first, nil},
		{ledgertest.Entry(first.Subject, 1), ledger.ErrConflict},
		{first, nil},
		{next, nil},
		{ledgertest.Entry(old.Subject, 1), ledger.ErrConflict},
	}
	var writes []pending
	for _, b := range batch {
		writes = append(writes, pending{decide: insertEntry(b.e)})
	}
	before := s.durable.Load()
	answers, err := s.commit(writes)
	is(t, err, nil)
	for i, b := range batch {
		if !errors.Is(answers[i], b.want) {
			t.Errorf("write %d: %v, want %v", i, answers[i], b.want)
		}
	}
	if n := s.durable.Load() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	list, err := s.List(t.Context(), first.Subject, 1, 10)
	is(t, err, nil)
	if len(list) != 2 || list[0] != first || list[1] != next {
		t.Errorf("%d entries, or not those who were first", len(list))
	}

	answers, err = s.commit(writes)
	is(t, err, nil)
	if n := s.durable.Load() - before; n != 1 || answers[0] != nil || answers[2] == nil {
		t.Errorf("a batch that changes nothing: %d commits, answers %v", n-1, answers)
	}
}

// A commit that could not be written fails all its writes and leaves no trace;
// once there is room again, the same writes succeed.
func TestFailedCommit(t *testing.T) {
	s := openTemp(t)
	old, next := ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Entry(ledgertest.Subject(), 1)
	is(t, s.Append(t.Context(), old), nil)
	next.Receipt = strings.Repeat("r", ledger.MaxReceipt)
	s.db.MaxSize = 1
	is(t, s.Append(t.Context(), next), ledger.ErrUnavailable)

	// A conflict with an entry of the same batch is no answer then.
	_, err := s.commit([]pending{
		{decide: insertEntry(next)},
		{decide: insertEntry(ledgertest.Entry(next.Subject, 1))},
	})
	if err == nil {
		t.Error("no error for the batch")
	}
	_, err = s.Newest(t.Context(), next.Subject)
	is(t, err, ledger.ErrNotFound)
	got, err := s.Newest(t.Context(), old.Subject)
	is(t, err, nil)
	if got != old {
		t.Error("the entry before is another")
	}
	is(t, s.Append(t.Context(), old), nil) // needs no commit

	s.db.MaxSize = 0
	is(t, s.Append(t.Context(), next), nil)
}

// commitUnsynced acts like a commit whose last fsync has not returned yet.
func commitUnsynced(t *testing.T, s *Store, e ledger.Entry) (id int64) {
	t.Helper()
	is(t, s.db.Update(func(tx *bbolt.Tx) error {
		id = int64(tx.ID())
		puts, err := insertEntry(e)(tx)
		for _, p := range puts {
			err = errors.Join(err, p.write(tx))
		}
		return err
	}), nil)
	return id
}

// Nothing is shown before it is durable: neither a new entry nor the entry found in its
// place.
func TestReadersWaitForTheDisk(t *testing.T) {
	s := openTemp(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	s.committing.Lock()
	id := commitUnsynced(t, s, e)
	answer := make(chan error, 1)
	go func() {
		got, err := s.Newest(context.Background(), e.Subject)
		if err == nil && got != e {
			err = errors.New("another entry")
		}
		answer <- err
	}()
	select {
	case err := <-answer:
		t.Fatalf("answered before the commit was durable: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	s.durable.Store(id)
	s.committing.Unlock()
	is(t, <-answer, nil)
}

// After a commit that failed half-way nobody knows which data are on the disk, so the store
// answers nothing until it has been opened again.
func TestHalfwayCommit(t *testing.T) {
	s := openTemp(t)
	e := ledgertest.Entry(ledgertest.Subject(), 1)
	commitUnsynced(t, s, e)
	_, err := s.Newest(t.Context(), e.Subject)
	is(t, err, ledger.ErrUnavailable)
	is(t, err, errNotDurable)
	is(t, s.Append(t.Context(), e), errNotDurable) // its own write, but it must not say so
	is(t, s.Append(t.Context(), ledgertest.Entry(ledgertest.Subject(), 1)), errNotDurable)

	path := s.db.Path()
	is(t, s.Close(), nil)
	s = open(t, path)
	is(t, s.Append(t.Context(), e), nil)
	_, err = s.Newest(t.Context(), e.Subject)
	is(t, err, nil)
}

// A new ledger takes no other ledger's entries with it when it is written.
func TestWritesFewPages(t *testing.T) {
	s := openTemp(t)
	const size, times = 18 << 10, 50
	before := s.db.Stats()
	for range times {
		e := ledgertest.Entry(ledgertest.Subject(), 1)
		e.Receipt = strings.Repeat("r", size)
		is(t, s.Append(t.Context(), e), nil)
	}
	after := s.db.Stats()
	written := after.Sub(&before)
	if each := written.TxStats.GetPageAlloc() / times; each > 3*size {
		t.Errorf("an entry of %d bytes takes %d bytes of pages", size, each)
	}
}
