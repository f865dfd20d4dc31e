package bolt

import (
	"context"
	"testing"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

func TestChanges(t *testing.T) {
	ledgertest.RunChanges(t, func(t *testing.T) ledgertest.Stream { return stream(t, openTemp(t)) })
}

func stream(t *testing.T, s *Store) ledgertest.Stream {
	return ledgertest.Stream{
		Store: s, Changes: s,
		Remove: func(t *testing.T, subject ledger.Subject, seq uint64) { remove(t, s, subject, seq) },
		Restart: func(t *testing.T) ledgertest.Stream {
			path := s.db.Path()
			is(t, s.Close(), nil)
			return stream(t, open(t, path))
		},
	}
}

// remove takes an entry away in the transaction of its change.
func remove(t *testing.T, s *Store, subject ledger.Subject, seq uint64) {
	t.Helper()
	is(t, s.submit(t.Context(), func(tx *bbolt.Tx) ([]put, error) {
		if err := ledgerOf(tx, subject).Delete(sortKey(seq)); err != nil {
			return nil, err
		}
		told, err := change(tx, entryKey(subject, seq))
		return []put{told}, err
	}), nil)
}

// TestDamagedChange: a damaged change is reported as damaged, in its place, and the others as
// usual.
func TestDamagedChange(t *testing.T) {
	for name, damage := range map[string]func(tx *bbolt.Tx, e ledger.Entry) error{
		"the change": func(tx *bbolt.Tx, _ ledger.Entry) error {
			return tx.Bucket(changes).Put(changeKey(2), []byte("anything but a key"))
		},
		"what it names": func(tx *bbolt.Tx, _ ledger.Entry) error {
			return tx.Bucket(changes).Put(changeKey(2), seal(changeKey(2), []byte("anything but a key")))
		},
		"the entry": func(tx *bbolt.Tx, e ledger.Entry) error {
			return ledgerOf(tx, e.Subject).Put(sortKey(e.Seq), []byte("anything but an entry"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTemp(t)
			subject := ledgertest.Subject()
			var all []ledger.Entry
			for n := range 3 {
				all = append(all, ledgertest.Entry(subject, uint64(n)+1))
				is(t, s.Append(t.Context(), all[n]), nil)
			}
			is(t, s.submit(t.Context(), func(tx *bbolt.Tx) ([]put, error) {
				return []put{{bucket: file, key: []byte("damaged")}}, damage(tx, all[1])
			}), nil)
			told, err := s.ChangesAfter(t.Context(), "", 10)
			is(t, err, nil)
			if len(told) != 3 || told[0].Entry != all[0] || told[2].Entry != all[2] || told[1].Entry != (ledger.Entry{}) {
				t.Fatalf("told %+v", told)
			}
			is(t, told[1].Err, ledger.ErrCorrupt)
			if told[1].Mark != "2" {
				t.Errorf("its mark is %q", told[1].Mark)
			}
		})
	}
}

// TestChangesRefused: what marks no change, a context that has ended, a store that is closed.
func TestChangesRefused(t *testing.T) {
	s := openTemp(t)
	for _, mark := range []string{"x", "-1", "1.5", "18446744073709551616", " 1"} {
		_, err := s.ChangesAfter(t.Context(), mark, 1)
		is(t, err, ledger.ErrInvalid)
	}
	if far, err := s.ChangesAfter(t.Context(), "9223372036854775807", 1); err != nil || len(far) != 0 {
		t.Errorf("after the last mark: %v, %v", far, err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := s.ChangesAfter(ended, "", 1)
	is(t, err, context.Canceled)
	is(t, s.Close(), nil)
	_, err = s.ChangesAfter(t.Context(), "", 1)
	is(t, err, ledger.ErrUnavailable)
}

// TestChangesCost: a page costs no more where thousands follow than where ten do.
func TestChangesCost(t *testing.T) {
	s := openTemp(t)
	subject, seq := ledgertest.Subject(), uint64(0)
	allocations := func(following uint64) float64 {
		var writes []pending
		for ; seq < following; seq++ {
			writes = append(writes, pending{decide: insertEntry(ledgertest.Entry(subject, seq+1))})
		}
		_, err := s.commit(writes)
		is(t, err, nil)
		return testing.AllocsPerRun(20, func() {
			page, err := s.ChangesAfter(t.Context(), "", 10)
			is(t, err, nil)
			if len(page) != 10 {
				t.Fatalf("%d changes", len(page))
			}
		})
	}
	few := allocations(10)
	if many := allocations(2000); many > 1.5*few {
		t.Errorf("%.0f allocations before thousands, %.0f before none", many, few)
	}
}
