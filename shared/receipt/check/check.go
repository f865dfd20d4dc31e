// Package check verifies files (single receipts, files with one receipt a line, folders and
// bundles) and ledgers. It needs no network. It verifies each receipt as it reads it, and
// judges all together at the end; until then it keeps some 65 bytes of each.
package check

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/manifest"
)

// ErrNoRoot: no root certificate has the given fingerprint.
var ErrNoRoot = errors.New("no root certificate with the given fingerprint")

// Options state which roots to trust, and who receives the results.
type Options struct {
	Roots        receipt.Roots // trusted
	Fingerprints []string      // of trusted roots whose certificates lie beside the receipts
	Each         func(Result)  // called for each receipt and manifest, in order; may be nil
}

// Result is the result for one receipt or manifest.
type Result struct {
	N        int // number of results before it
	Name     string
	Verdict  receipt.Verdict    // on this receipt or manifest alone
	Receipt  *receipt.Receipt   // nil unless it passed
	Manifest *manifest.Manifest // instead of a receipt; nil unless it passed
	Shown    []byte             // the page, PDF or text that holds the receipt; its visible text is not checked
	Err      error              // a *receipt.Refusal, or an error of reading

	looks []*looks.Record // set for a list of who looked
	cites []string        // digests of cited documents
}

// Outcome is the result for one given file, folder or bundle.
type Outcome struct {
	Name     string // it may be hostile
	Verdict  receipt.Verdict
	Receipts int   // number of judged receipts
	Err      error // why nothing in it was judged

	passed int // receipts that passed alone
}

// Report is the result of a whole check.
type Report struct {
	Verdict  receipt.Verdict
	Checked  int      // receipts and manifests
	Refused  int      // number of these that did not pass, whatever the verdict on each
	Roots    []string // fingerprints of the roots that certified the signers
	Gaps     []string // the first gaps between receipts, in words
	MoreGaps int
	Damaged  []Damaged
	Files    []Outcome // in the given order

	// Contradicting are the first of the receipts that passed alone and contradict others.
	Contradicting []Result

	Signers      []Signer // the first signers, by issuer
	Withheld     []uint64 // the first numbers of receipts with withheld elements
	MoreWithheld int

	Looks     int         // number of records of who of the staff looked, of lists that passed alone
	LooksOf   []string    // the first issuers of these records
	Unchecked []Unchecked // files beside the receipts without signed content, in order

	Answers []Answer // files of answers to data requests; none of a ledger
}

// Signer is an issuer whose receipts passed, with the newest receipt.
type Signer struct {
	Issuer string    `json:"issuer"`
	Name   string    `json:"name,omitempty"` // from the newest receipt that states it
	Newest uint64    `json:"newest"`         // number
	At     time.Time `json:"at"`             // when the newest was issued
}

// Damaged is a document or a list of who looked whose content does not match its name.
type Damaged struct {
	Name    string // it may be hostile
	Err     error
	Verdict receipt.Verdict
}

// Unchecked is a file that was not checked, or a folder of such files.
type Unchecked struct {
	Name  string // a folder's name ends with a /
	Files int    // more than 1 for a folder only
}

// Run verifies the receipts in paths. A path is a folder, or a file of any kind that package
// inside reads.
//
// Without a given root the best verdict is Consistent: a root found beside the receipts
// vouches for them, but nobody vouches for that root. The verdict depends neither on the
// order of the paths nor on which path has which receipt.
func Run(ctx context.Context, paths []string, o Options) (*Report, error) {
	var found receipt.Roots
	var err error
	if len(o.Roots) == 0 || len(o.Fingerprints) > 0 { // else nothing found is trusted
		if found, err = findRoots(paths, o.Fingerprints); err != nil {
			return nil, err
		}
	}
	roots, confirmed, err := o.trusted(found)
	if err != nil {
		return nil, err
	}
	r := newRun(o, confirmed, paths...)
	r.paths = paths
	return r.verify(ctx, roots, func(take func(job) error) error {
		for i, path := range paths {
			if err := read(path, func(name string, it item) error { return take(job{item: it, name: name, file: i}) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// verify verifies the jobs that read passes on.
func (r *run) verify(ctx context.Context, roots receipt.Roots, read func(take func(job) error) error) (*Report, error) {
	if err := r.all(ctx, read, r.verifier(roots)); err != nil {
		return nil, err
	}
	if err := r.compare(); err != nil {
		return nil, err
	}
	r.finish()
	return r.Report, nil
}

// trusted returns the roots that the caller trusts, or else the found ones, which nobody
// confirms.
func (o Options) trusted(found receipt.Roots) (roots receipt.Roots, confirmed bool, err error) {
	roots = slices.Clone(o.Roots)
	for _, want := range o.Fingerprints {
		i := slices.IndexFunc(found, func(c *x509.Certificate) bool { return receipt.Fingerprint(c) == want })
		if i < 0 {
			return nil, false, fmt.Errorf("%w %s beside the receipts; give its file with --root", ErrNoRoot, want)
		}
		roots = append(roots, found[i])
	}
	if len(roots) == 0 {
		return found, false, nil
	}
	return roots, true, nil
}

// job is an item with its position.
type job struct {
	item
	name   string
	file   int // index of the given file that has it
	result chan Result
}

// all reads the items, verifies them on every core, and takes the results in order. The
// number of items in progress is bounded.
func (r *run) all(ctx context.Context, read func(take func(job) error) error, verifier *receipt.Verifier) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	jobs, ordered := make(chan job), make(chan job, 8*workers)
	readErr := make(chan error, 1)
	go func() {
		defer close(jobs)
		defer close(ordered)
		readErr <- read(func(j job) error {
			j.result = make(chan Result, 1)
			select {
			case ordered <- j:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case jobs <- j:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for range workers {
		go func() {
			for j := range jobs {
				result := j.verify(verifier)
				result.Name = j.name
				j.result <- result
			}
		}()
	}
	for j := range ordered {
		select {
		case result := <-j.result:
			j.take(r, j, result)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return <-readErr
}
