package bolt

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

// The same entries, each acknowledged when durable, written by this package, by
// a plain transaction per entry, and by bbolt's own batches.

func BenchmarkAppend(b *testing.B) {
	s := openTemp(b)
	benchmark(b, func(e ledger.Entry) error { return s.Append(b.Context(), e) })
}

func BenchmarkRawBolt(b *testing.B) {
	db := rawBolt(b)
	benchmark(b, func(e ledger.Entry) error { return db.Update(rawPut(e)) })
}

func BenchmarkRawBoltBatch(b *testing.B) {
	db := rawBolt(b)
	benchmark(b, func(e ledger.Entry) error { return db.Batch(rawPut(e)) })
}

func benchmark(b *testing.B, write func(ledger.Entry) error) {
	for _, goroutines := range []int{1, 8, 32} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range goroutines {
				wg.Go(func() {
					e := ledgertest.Entry(ledgertest.Subject(), 0)
					e.Receipt = strings.Repeat("r", 6000)
					for left.Add(-1) >= 0 {
						e.Seq++
						e.Key[0], e.Key[1], e.Key[2] = byte(e.Seq), byte(e.Seq>>8), byte(e.Seq>>16)
						if err := write(e); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func rawBolt(b *testing.B) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	err = db.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucket(idem); err != nil {
			return err
		}
		_, err := tx.CreateBucket(entries)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func rawPut(e ledger.Entry) func(*bbolt.Tx) error {
	key, value := encodeEntry(e)
	return func(tx *bbolt.Tx) error {
		if err := tx.Bucket(entries).Put(key, value); err != nil {
			return err
		}
		return tx.Bucket(idem).Put(idemKey(e.Subject, e.Key), sortKey(e.Seq))
	}
}
