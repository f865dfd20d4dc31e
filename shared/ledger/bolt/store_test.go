package bolt

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

func openTemp(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "ledger.db"))
}

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func is(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func TestConformance(t *testing.T) {
	ledgertest.Run(t, func(t *testing.T) ledgertest.Backend {
		s := openTemp(t)
		return ledgertest.Backend{Store: s, Documents: s, Docket: s, Agenda: s, Tickets: s}
	})
}

func TestOpenTwice(t *testing.T) {
	s := openTemp(t)
	_, err := Open(s.db.Path())
	is(t, err, ErrLocked)
}

func TestOpenFails(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "no folder", "ledger.db"))
	is(t, err, os.ErrNotExist)

	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, []byte("not a database, but something else of some length"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Error("opened a file that is no database")
	}
}

// TestOtherFormat: a file that another version wrote is refused, and left as it is: one
// from before files said their format, and one that says another.
func TestOtherFormat(t *testing.T) {
	for name, change := range map[string]func(*bbolt.Tx) error{
		"none":    func(tx *bbolt.Tx) error { return tx.DeleteBucket(file) },
		"another": func(tx *bbolt.Tx) error { return tx.Bucket(file).Put(formatKey, []byte("5")) },
	} {
		t.Run(name, func(t *testing.T) {
			s := openTemp(t)
			path := s.db.Path()
			is(t, s.Append(t.Context(), ledgertest.Entry(ledgertest.Subject(), 1)), nil)
			is(t, s.Close(), nil)
			db, err := bbolt.Open(path, 0o600, nil)
			is(t, err, nil)
			is(t, db.Update(change), nil)
			is(t, db.Close(), nil)
			before, err := os.ReadFile(path)
			is(t, err, nil)
			for range 2 {
				_, err = Open(path)
				is(t, err, ErrFormat)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestFileMode(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	s := openTemp(t)
	info, err := os.Stat(s.db.Path())
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode(); mode != 0o600 {
		t.Errorf("the file's mode is %v", mode)
	}
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	e, d := ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Document(100)
	s := open(t, path)
	is(t, s.Append(t.Context(), e), nil)
	is(t, s.PutDocument(t.Context(), d), nil)
	is(t, s.Close(), nil)

	s = open(t, path)
	got, err := s.Newest(t.Context(), e.Subject)
	is(t, err, nil)
	if got != e {
		t.Error("another entry after opening again")
	}
	document, err := s.Document(t.Context(), d.Digest)
	is(t, err, nil)
	is(t, document.Validate(), nil)
	is(t, s.Append(t.Context(), ledgertest.Entry(e.Subject, 2)), nil)
}

// Every write accepted before Close is answered, and the data of each successful write are
// kept.
func TestCloseDrains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	s := open(t, path)
	const n = 64
	var all [n]ledger.Entry
	var errs [n]error
	var wg sync.WaitGroup
	for i := range n {
		all[i] = ledgertest.Entry(ledgertest.Subject(), 1)
		wg.Go(func() { errs[i] = s.Append(t.Context(), all[i]) })
	}
	is(t, s.Close(), nil)
	wg.Wait()

	s = open(t, path)
	for i, e := range all {
		want := error(nil)
		if errs[i] != nil {
			is(t, errs[i], ledger.ErrUnavailable)
			want = ledger.ErrNotFound
		}
		_, err := s.Get(t.Context(), e.Subject, 1)
		is(t, err, want)
	}
}

func TestClosed(t *testing.T) {
	s := openTemp(t)
	e, d := ledgertest.Entry(ledgertest.Subject(), 1), ledgertest.Document(10)
	is(t, s.Close(), nil)
	is(t, s.Close(), nil)
	is(t, s.Append(t.Context(), e), ledger.ErrUnavailable)
	is(t, s.PutDocument(t.Context(), d), ledger.ErrUnavailable)
	_, err := s.Newest(t.Context(), e.Subject)
	is(t, err, ledger.ErrUnavailable)
	_, err = s.Document(t.Context(), d.Digest)
	is(t, err, ledger.ErrUnavailable)
}

// Of several entries with one key, it stays with the first.
func TestByKeyFindsTheFirst(t *testing.T) {
	s := openTemp(t)
	first := ledgertest.Entry(ledgertest.Subject(), 1)
	second := ledgertest.Entry(first.Subject, 2)
	second.Key = first.Key
	is(t, s.Append(t.Context(), first), nil)
	is(t, s.Append(t.Context(), second), nil)
	got, err := s.ByKey(t.Context(), first.Subject, first.Key)
	is(t, err, nil)
	if got != first {
		t.Errorf("found entry %d", got.Seq)
	}
}

func TestDamageIsAnError(t *testing.T) {
	s := openTemp(t)
	subject := ledgertest.Subject()
	first, second, d := ledgertest.Entry(subject, 1), ledgertest.Entry(subject, 2), ledgertest.Document(100)
	is(t, s.Append(t.Context(), first), nil)
	is(t, s.Append(t.Context(), second), nil)
	is(t, s.PutDocument(t.Context(), d), nil)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		s.durable.Store(int64(tx.ID()))
		return errors.Join(
			ledgerOf(tx, subject).Put(sortKey(2), []byte{0, 0, 0, 0}),
			tx.Bucket(idem).Put(idemKey(subject, first.Key), []byte("nothing")),
			tx.Bucket(idem).Put(idemKey(subject, [32]byte{1}), sortKey(1)),
			tx.Bucket(documents).Put(documentKey(d.Digest), nil))
	})
	is(t, err, nil)

	_, err = s.Newest(t.Context(), subject)
	is(t, err, ledger.ErrCorrupt)
	_, err = s.Get(t.Context(), subject, 2)
	is(t, err, ledger.ErrCorrupt)
	_, err = s.List(t.Context(), subject, 1, 10)
	is(t, err, ledger.ErrCorrupt)
	for _, key := range [][32]byte{first.Key, second.Key, {1}} {
		_, err = s.ByKey(t.Context(), subject, key)
		is(t, err, ledger.ErrCorrupt)
	}
	_, err = s.Document(t.Context(), d.Digest)
	is(t, err, ledger.ErrCorrupt)
	is(t, s.Append(t.Context(), second), ledger.ErrConflict) // and is not mended by writing over it

	got, err := s.Get(t.Context(), subject, 1)
	is(t, err, nil)
	if got != first {
		t.Error("the entry before the damaged one is another")
	}
}
