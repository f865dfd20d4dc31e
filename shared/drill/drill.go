// Package drill checks a restored copy of the ledger's table against the live table: that
// what was restored can be believed, and that nothing is missing in it. It only reads.
package drill

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// slack is the time that an entry may take from its moment of issue (iat, in whole seconds) to
// the table. A function ends within it. An entry that was issued in the last minute before the
// copy's moment may be absent in the copy.
const slack = time.Minute

// Table is a table with the entries of all people.
type Table interface {
	ledger.Store
	ledger.Documents

	// Entries yields the entries of all people, those of a person in the order of their Seq
	// with nobody else's between them. It ends at the first error.
	Entries(ctx context.Context) iter.Seq2[ledger.Entry, error]
}

// Drill is a comparison of two tables.
type Drill struct {
	Live, Copy Table
	Verifier   *receipt.Verifier // trusts the roots that the operator named
	Issuer     string            // of all receipts
	At         time.Time         // the moment that the copy is of; the zero time if it is not known
	Finding    func(string)      // is told of each thing that is wrong
}

// Result counts what was compared.
type Result struct {
	People, Receipts, Documents int // in the copy
	Newer                       int // receipts of the live table that came after the copy
	Findings                    int // what is wrong
}

// Run reads both tables whole. An error means that one of them could not be read to its end;
// what is wrong with their content is a finding.
func (d *Drill) Run(ctx context.Context) (Result, error) {
	r := &run{Drill: d, cited: map[string]bool{}}
	if err := r.copied(ctx); err != nil {
		return r.Result, fmt.Errorf("the copy: %w", err)
	}
	if err := r.since(ctx); err != nil {
		return r.Result, fmt.Errorf("the live table: %w", err)
	}
	return r.Result, nil
}

type run struct {
	*Drill
	Result
	cited map[string]bool // digests of catalogues that were looked for
}

func (r *run) found(e ledger.Entry, format string, args ...any) {
	r.Findings++
	r.Finding(fmt.Sprintf("receipt %d of %s: %s", e.Seq, e.Subject.ID(), fmt.Sprintf(format, args...)))
}

// copied verifies every entry of the copy in its place, and that it follows the one before; and
// compares each person's newest one with the entry in the same slot of the live table. By their
// chain these two stand for all entries before them.
func (r *run) copied(ctx context.Context) error {
	var head ledger.Entry // the entry before, and
	digest := ""          // its digest; "" if it could not be verified
	for e, err := range r.Copy.Entries(ctx) {
		if err != nil {
			return err
		}
		if e.Subject != head.Subject {
			if err := r.sameHead(ctx, head); err != nil {
				return err
			}
			r.People++
			head, digest = ledger.Entry{Subject: e.Subject}, ""
		}
		r.Receipts++
		rec, err := r.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: r.Issuer, Subject: e.Subject.Pseudonym(), Seq: e.Seq})
		switch {
		case err != nil:
			r.found(e, "%v", err)
		case e.Seq != head.Seq+1:
			r.found(e, "receipts are missing before it")
		case rec.Prev != digest && (digest != "" || e.Seq == 1):
			r.found(e, "it does not follow the receipt before it")
		}
		head, digest = e, ""
		if err == nil {
			digest = rec.Digest
			if err := r.cites(ctx, e, rec.Catalogue); err != nil {
				return err
			}
		}
	}
	return r.sameHead(ctx, head)
}

// sameHead compares the newest entry that the copy has of a person with the live one.
func (r *run) sameHead(ctx context.Context, head ledger.Entry) error {
	if head.Seq == 0 { // before the first person
		return nil
	}
	live, err := r.Live.Get(ctx, head.Subject, head.Seq)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		r.found(head, "the live table has no such entry")
	case errors.Is(err, ledger.ErrCorrupt):
		r.found(head, "in the live table it cannot be read")
	case err != nil:
		return err
	case live != head:
		r.found(head, "the live table has another entry in its place")
	}
	return nil
}

// cites looks for the catalogue that a receipt cites, once.
func (r *run) cites(ctx context.Context, e ledger.Entry, digest string) error {
	if r.cited[digest] {
		return nil
	}
	r.cited[digest] = true
	document, err := r.Copy.Document(ctx, digest)
	if err == nil {
		err = document.Validate()
	}
	switch {
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, ledger.ErrCorrupt), errors.Is(err, ledger.ErrInvalid):
		r.found(e, "its catalogue is not in the copy: %v", err)
	case err != nil:
		return err
	default:
		r.Documents++
	}
	return nil
}

// since counts the live entries that the copy does not have. One that was issued before the
// copy's moment is lost. In a ledger where one is absent all after it are, so that only the
// first of them matters.
func (r *run) since(ctx context.Context) error {
	var subject ledger.Subject
	var last uint64 // the newest number that the copy has of this person
	for e, err := range r.Live.Entries(ctx) {
		if err != nil {
			return err
		}
		if e.Subject != subject {
			subject = e.Subject
			if last, err = r.newest(ctx, subject); err != nil {
				return err
			}
		}
		if e.Seq <= last {
			continue
		}
		r.Newer++
		if e.Seq == last+1 && !r.At.IsZero() {
			r.lost(e)
		}
	}
	return nil
}

func (r *run) newest(ctx context.Context, subject ledger.Subject) (uint64, error) {
	newest, err := r.Copy.Newest(ctx, subject)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, nil
	}
	return newest.Seq, err
}

func (r *run) lost(e ledger.Entry) {
	rec, err := r.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: r.Issuer, Subject: e.Subject.Pseudonym(), Seq: e.Seq})
	switch {
	case err != nil:
		r.found(e, "in the live table: %v", err)
	case rec.Time().Before(r.At.Add(-slack)):
		r.found(e, "it is of %s and not in the copy", rec.Time().Format(time.RFC3339))
	}
}
