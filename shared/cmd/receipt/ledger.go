package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
)

// pageSize is how many entries are read at once: of the largest, 3 MB.
const pageSize = 50

// personLedger is where one person's entries are stored.
type personLedger struct {
	store   store
	subject ledger.Subject // a person
}

// store is what is read of *dynamoledger.Store.
type store interface {
	List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error)
	Roots(ctx context.Context) ([]dynamoledger.Root, error)
}

func openLedger(ctx context.Context, url, subject string) (*personLedger, error) {
	if err := ledger.CheckID(subject); err != nil {
		return nil, fmt.Errorf("--subject: %w", err)
	}
	store, err := ledgerurl.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	return &personLedger{store, ledger.Person(subject)}, nil
}

// roots are the root certificates in the table. That they are there vouches for
// nothing.
func (s *personLedger) roots(ctx context.Context) (receipt.Roots, error) {
	stored, err := s.store.Roots(ctx)
	if err != nil {
		return nil, err
	}
	var out receipt.Roots
	for _, r := range stored {
		root, err := receipt.ParseRoot(r.DER)
		if err != nil {
			return nil, fmt.Errorf("root %s in the table: %w", r.Fingerprint, err)
		}
		out = append(out, root)
	}
	return out, nil
}

// entries reads the ledger from its first entry on, page by page. It ends at an
// entry that cannot be read, which it gives as such: what comes after that is
// not known to be in its place.
func (s *personLedger) entries(ctx context.Context) iter.Seq2[check.Stored, error] {
	return func(yield func(check.Stored, error) bool) {
		for next, size := uint64(1), pageSize; ; {
			page, err := s.store.List(ctx, s.subject, next, size)
			switch {
			case errors.Is(err, ledger.ErrCorrupt) && size > 1:
				size = 1 // up to the one that cannot be read
				continue
			case errors.Is(err, ledger.ErrCorrupt):
				yield(check.Stored{Seq: next, Err: err}, nil)
				return
			case err != nil:
				yield(check.Stored{}, err)
				return
			}
			for _, e := range page {
				if !yield(check.Stored{Seq: e.Seq, Raw: e.Receipt}, nil) {
					return
				}
				next = e.Seq + 1
			}
			if len(page) < size {
				return
			}
		}
	}
}

// saveLedger saves one person's receipts as files, as they are. It does not
// verify them: receipt verify does. Run again it adds what came since.
func (c *command) saveLedger(ctx context.Context, url, subject, dir string) (int, error) {
	s, err := openLedger(ctx, url, subject)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	roots, err := s.roots(ctx)
	if err != nil {
		return 0, err
	}
	if err := saveRoots(filepath.Join(dir, check.RootFile), roots); err != nil {
		return 0, err
	}
	progress := &progress{w: c.screen, what: "saved", next: time.Now().Add(time.Second), on: c.terminal}
	defer progress.end()
	for stored, err := range s.entries(ctx) {
		if err != nil {
			return 0, err
		}
		if stored.Err != nil {
			progress.end()
			fmt.Fprintf(c.stdout, "entry %d: REFUSED: %s\n", stored.Seq, told(stored.Err))
			return exitRefused, nil
		}
		if err := save(filepath.Join(dir, fmt.Sprintf("%010d.sd-jwt", stored.Seq)), []byte(stored.Raw)); err != nil {
			return 0, err
		}
		progress.step()
	}
	progress.end()
	fmt.Fprintf(c.stdout, "%d receipts in %s\n", progress.done, freetext.Inline(dir))
	return exitGenuine, nil
}

func saveRoots(name string, roots receipt.Roots) error {
	if len(roots) == 0 {
		return nil
	}
	return os.WriteFile(name, roots.PEM(), 0o600) // there may be more than the last time
}

// save writes a file, readable by its owner only. One that is there must be the
// same: a ledger does not change.
func save(name string, b []byte) error {
	there, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(there, b):
		return nil
	case err == nil:
		return fmt.Errorf("%s is there, and is not what the ledger has", name)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.WriteFile(name, b, 0o600)
}
