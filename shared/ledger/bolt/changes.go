package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
)

// A change is written in the transaction of its entry, so neither exists without the other.
// It holds the entry's key. The entry is read with the change; if the entry no longer exists,
// the change is a removal.

// change returns the write that announces an entry.
func change(tx *bbolt.Tx, entry []byte) (put, error) {
	n, err := tx.Bucket(changes).NextSequence()
	key := changeKey(n)
	return put{bucket: changes, key: key, value: seal(key, entry)}, err
}

func changeKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// ChangesAfter implements ledger.Changes. It is always up to date, and a mark is a number.
func (s *Store) ChangesAfter(ctx context.Context, mark string, limit int) ([]ledger.Change, error) {
	if limit < 1 {
		return nil, fmt.Errorf("%w: a limit of %d", ledger.ErrInvalid, limit)
	}
	var after uint64
	if mark != "" {
		var err error
		if after, err = strconv.ParseUint(mark, 10, 63); err != nil {
			return nil, fmt.Errorf("%w: %.20q is not a mark", ledger.ErrInvalid, mark)
		}
	}
	return view(ctx, s, func(tx *bbolt.Tx) (all []ledger.Change, _ error) {
		c := tx.Bucket(changes).Cursor()
		for k, v := c.Seek(changeKey(after + 1)); k != nil && len(all) < limit; k, v = c.Next() {
			all = append(all, decodeChange(tx, k, v))
		}
		return all, nil
	})
}

func decodeChange(tx *bbolt.Tx, key, value []byte) ledger.Change {
	c := ledger.Change{Mark: strconv.FormatUint(binary.BigEndian.Uint64(key), 10), What: ledger.Appended}
	var entry []byte
	if entry, c.Err = unseal(key, value); c.Err != nil {
		return c
	}
	if c.Subject, c.Seq, c.Err = decodeKey(entry); c.Err != nil {
		return c
	}
	c.Entry, c.Err = get(tx, c.Subject, sortKey(c.Seq))
	c.Entry.Sealed = ""
	if errors.Is(c.Err, ledger.ErrNotFound) {
		c.What, c.Err = ledger.Removed, nil
	}
	return c
}
