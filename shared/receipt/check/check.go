// Package check verifies files: single receipts, files with one receipt a line,
// folders and bundles; and ledgers. It needs no network. All receipts are verified as they
// are read, and judged together when all are: of each, some 65 bytes are kept until then.
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

// ErrNoRoot: a fingerprint was given, and no root certificate that has it.
var ErrNoRoot = errors.New("no root certificate with the given fingerprint")

// Options say what to trust and whom to tell.
type Options struct {
	Roots        receipt.Roots // trusted
	Fingerprints []string      // of trusted roots whose certificates lie beside the receipts
	Each         func(Result)  // called for each receipt and manifest, in order; may be nil
}

// Result is what came of one receipt, or of the manifest of an answer.
type Result struct {
	N        int // how many came before it
	Name     string
	Verdict  receipt.Verdict    // of it alone
	Receipt  *receipt.Receipt   // nil unless it passed
	Manifest *manifest.Manifest // instead of a receipt; nil unless it passed
	Shown    []byte             // the page, PDF or text that the receipt was found in; what that displays is not checked
	Err      error              // a *receipt.Refusal, or an error of reading

	looks []*looks.Record // who looked, if it is their list
	cites []string        // digests of documents
}

// Outcome is what came of one file that was given, be it a folder or a bundle.
type Outcome struct {
	Name     string // anybody may have chosen it
	Verdict  receipt.Verdict
	Receipts int   // how many were judged
	Err      error // why nothing in it was judged

	passed int // receipts, before all were known
}

// Report is what came of all.
type Report struct {
	Verdict  receipt.Verdict
	Checked  int      // receipts and manifests
	Refused  int      // how many of them did not pass, whatever the verdict on each
	Roots    []string // fingerprints of the roots that the signatures lead to
	Gaps     []string // what is missing between receipts, the first of it
	MoreGaps int
	Damaged  []Damaged
	Files    []Outcome // as they were given

	// Contradicting are the receipts that passed alone and contradict others, the first of them.
	Contradicting []Result

	Signers      []Signer // by issuer, the first of them
	Withheld     []uint64 // numbers of the receipts of which parts are withheld, the first of them
	MoreWithheld int

	Looks     int         // records of who of the staff looked, all of them genuine
	Unchecked []Unchecked // files that lie beside and say nothing signed, in order
}

// Signer is whose receipts passed, and the newest of them.
type Signer struct {
	Issuer string    `json:"issuer"`
	Name   string    `json:"name,omitempty"` // as the newest receipt has it that says it
	Newest uint64    `json:"newest"`         // number
	At     time.Time `json:"at"`             // when the newest was issued
}

// Damaged is a document, or a list of who looked, that is not what its name says.
type Damaged struct {
	Name    string // anybody may have chosen it
	Err     error
	Verdict receipt.Verdict
}

// Unchecked is a file that was not checked, or a folder of such files.
type Unchecked struct {
	Name  string // of a folder with a / at its end
	Files int    // more than 1 of a folder only
}

// Run verifies the receipts in paths. A path is a file of any kind that package inside
// reads, or a folder.
//
// Without a root the verdict is at best that all is consistent: a root found
// beside the receipts vouches for them and nobody for it. The verdict does not depend on
// the order of the paths, nor on which receipt is in which of them.
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
	return r.verify(ctx, roots, func(take func(job) error) error {
		for i, path := range paths {
			if err := read(path, func(name string, it item) error { return take(job{item: it, name: name, file: i}) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// verify does the work: read hands over what there is.
func (r *run) verify(ctx context.Context, roots receipt.Roots, read func(take func(job) error) error) (*Report, error) {
	verifier, err := r.verifier(roots)
	if err != nil {
		return nil, err
	}
	if err := r.all(ctx, read, verifier); err != nil {
		return nil, err
	}
	r.finish()
	return r.Report, nil
}

// trusted returns the roots that the caller vouches for, or else those found beside, for
// which nobody does.
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

// job is an item on its way through a worker.
type job struct {
	item
	name   string
	file   int // which of those that were given has it
	result chan Result
}

// all reads, verifies on every core, and takes the results in order. What is
// under way is bounded.
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
