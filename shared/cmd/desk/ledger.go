package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
)

// pageSize is how many entries are read at once. Entries of the largest size take 3 MB.
const pageSize = 50

// personLedger is where one person's entries are stored.
type personLedger struct {
	store   store
	subject ledger.Subject // a person
}

// store has the methods of *dynamoledger.Store that are used here.
type store interface {
	List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error)
	Roots(ctx context.Context) ([]dynamoledger.Root, error)
}

// openLedger opens what --ledger and --subject name.
func openLedger(ctx context.Context, f *cli.Flags, url, subject string) (*personLedger, error) {
	if url == "" || subject == "" {
		return nil, f.Wrong("give --ledger and --subject")
	}
	whose, err := ledger.ParseWhom(subject)
	if err != nil {
		return nil, fmt.Errorf("--subject: %w", err)
	}
	config, table, err := ledgerurl.Config(ctx, url)
	if err != nil {
		return nil, err
	}
	return &personLedger{dynamoledger.Open(config, table), whose}, nil
}

// roots returns the root certificates in the table. Their place in the table is no reason to
// trust them.
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

// entries reads the ledger page by page, from an entry on. It ends at an entry that cannot be
// read, and yields the number of this entry with an error that wraps ErrCorrupt. Whether the
// entries after it are in their own places is not known.
func (s *personLedger) entries(ctx context.Context, from uint64) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for next, size := from, pageSize; ; {
			page, err := s.store.List(ctx, s.subject, next, size)
			switch {
			case errors.Is(err, ledger.ErrCorrupt) && size > 1:
				size = 1 // the entries before the one that cannot be read
				continue
			case errors.Is(err, ledger.ErrCorrupt):
				yield(ledger.Entry{Subject: s.subject, Seq: next}, err)
				return
			case err != nil:
				yield(ledger.Entry{}, err)
				return
			}
			for _, e := range page {
				if !yield(e, nil) {
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

// stored returns all entries in the form that check.Ledger takes.
func (s *personLedger) stored(ctx context.Context) iter.Seq2[check.Stored, error] {
	return func(yield func(check.Stored, error) bool) {
		for e, err := range s.entries(ctx, 1) {
			stored := check.Stored{Seq: e.Seq, Raw: e.Receipt}
			if errors.Is(err, ledger.ErrCorrupt) {
				stored.Err, err = err, nil
			}
			if !yield(stored, err) {
				return
			}
		}
	}
}
