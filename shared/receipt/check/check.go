// Package check verifies files: single receipts, files with one receipt a line,
// folders and bundles; and ledgers. It needs no network, and memory that does not grow with
// the number of receipts, but for the names of a folder's files.
package check

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
)

var (
	// ErrNothing: there was no receipt in the paths.
	ErrNothing = errors.New("no receipt found")
	// ErrNoRoot: a fingerprint was given, and no root certificate that has it.
	ErrNoRoot = errors.New("no root certificate with the given fingerprint")
)

// Options say what to trust and whom to tell.
type Options struct {
	Roots        receipt.Roots // trusted
	Fingerprints []string      // of trusted roots whose certificates lie beside the receipts
	Each         func(Result)  // called for each receipt, in order; may be nil
}

// Result is what came of one receipt.
type Result struct {
	Name    string
	Receipt *receipt.Receipt // nil when refused
	Shown   []byte           // the page or PDF that it was found in; what that displays is not checked
	Err     error            // a *receipt.Refusal, or an error of reading

	looks []*looks.Record // who looked, if it is their list
}

// Report is what came of all.
type Report struct {
	Verdict  receipt.Verdict
	Checked  int
	Refused  int
	Roots    []string // fingerprints of the roots that the signatures lead to
	Gaps     []string // what is missing between receipts, the first of it
	MoreGaps int
	Damaged  []Damaged

	Looks     int         // records of who of the staff looked, all of them genuine
	Unchecked []Unchecked // files that lie beside and say nothing signed, in order
}

// Damaged is a document, or a list of who looked, that is not what its name says.
type Damaged struct {
	Name string // anybody may have chosen it
	Err  error
}

// Unchecked is a file that was not checked, or a folder of such files.
type Unchecked struct {
	Name  string // of a folder with a / at its end
	Files int    // more than 1 of a folder only
}

// Run verifies the receipts in paths. A path is a file of any kind that package inside
// reads, or a folder. An *inside.Error is that of a file in which nothing could be judged.
//
// Without a root the verdict is at best that all is consistent: a root found
// beside the receipts vouches for them and nobody for it.
func Run(ctx context.Context, paths []string, o Options) (*Report, error) {
	found, err := findRoots(paths)
	if err != nil {
		return nil, err
	}
	roots, confirmed, err := o.trusted(found)
	if err != nil {
		return nil, err
	}
	r := &run{Report: &Report{}, options: o, people: map[string]bool{}}
	return r.verify(ctx, roots, confirmed, func(take func(item) error) error { return read(paths, take) })
}

// verify does the work: read hands over what there is.
func (r *run) verify(ctx context.Context, roots receipt.Roots, confirmed bool, read func(take func(item) error) error) (*Report, error) {
	verifier, err := receipt.NewVerifier(roots...)
	if err != nil {
		return nil, err
	}
	if err := r.all(ctx, read, verifier); err != nil {
		return nil, err
	}
	return r.finish(confirmed)
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

// run is one call of Run or Ledger.
type run struct {
	*Report
	options Options
	chain   receipt.Chain
	loose   []*receipt.Receipt // of single files: these may come in any order
	whole   bool               // a ledger: what is missing is missing
	people  map[string]bool    // whose receipts are here
	lists   []list
}

// job is a receipt on its way through a worker.
type job struct {
	item
	result chan Result
}

// all reads, verifies on every core, and takes the results in order. What is
// under way is bounded.
func (r *run) all(ctx context.Context, read func(take func(item) error) error, verifier *receipt.Verifier) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	jobs, ordered := make(chan job), make(chan job, 8*workers)
	readErr := make(chan error, 1)
	go func() {
		defer close(jobs)
		defer close(ordered)
		readErr <- read(func(it item) error {
			j := job{it, make(chan Result, 1)}
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
				j.result <- j.verify(verifier)
			}
		}()
	}
	for j := range ordered {
		select {
		case result := <-j.result:
			r.take(j.item, result)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return <-readErr
}

func (j job) verify(v *receipt.Verifier) Result {
	if j.document != "" || j.unchecked != "" || j.err != nil {
		return Result{Name: j.name, Err: j.err}
	}
	if j.looks != nil {
		records, err := Looks(v, j.looks)
		return Result{Name: j.name, looks: records, Err: err}
	}
	if j.place != nil {
		rec, err := v.VerifyEntry(j.raw, *j.place)
		return Result{Name: j.name, Receipt: rec, Err: err}
	}
	rec, err := v.Verify(j.raw)
	return Result{Name: j.name, Receipt: rec, Shown: j.shown, Err: err}
}

// take notes one result.
func (r *run) take(it item, result Result) {
	if it.document != "" {
		if it.err != nil {
			r.Damaged = append(r.Damaged, Damaged{it.name, it.err})
		}
		return
	}
	if it.looks != nil {
		r.looked(it.name, result)
		return
	}
	if it.unchecked != "" {
		r.leave(it.unchecked)
		return
	}
	if result.Err == nil && !it.loose {
		result.Err = r.chain.Add(result.Receipt)
	}
	if result.Err == nil && it.loose {
		r.loose = append(r.loose, &receipt.Receipt{Claims: headOf(result.Receipt), Digest: result.Receipt.Digest})
	}
	if result.Err == nil {
		r.people[result.Receipt.Subject] = true
	}
	r.Checked++
	if result.Err != nil {
		r.Refused++
		result.Receipt = nil
	} else if root := result.Receipt.Root; root != "" && !slices.Contains(r.Roots, root) {
		r.Roots = append(r.Roots, root)
	}
	if r.options.Each != nil {
		r.options.Each(result)
	}
}

// leave notes what was not checked: a folder's files follow one another.
func (r *run) leave(name string) {
	if n := len(r.Unchecked); n > 0 && r.Unchecked[n-1].Name == name {
		r.Unchecked[n-1].Files++
		return
	}
	r.Unchecked = append(r.Unchecked, Unchecked{name, 1})
}

// headOf keeps of a receipt what its place in the chain needs.
func headOf(rec *receipt.Receipt) receipt.Claims {
	return receipt.Claims{Subject: rec.Subject, Seq: rec.Seq, Prev: rec.Prev, IssuedAt: rec.IssuedAt, Event: rec.Event}
}

func (r *run) finish(confirmed bool) (*Report, error) {
	if r.Checked == 0 {
		return nil, ErrNothing
	}
	slices.SortStableFunc(r.loose, func(a, b *receipt.Receipt) int {
		if c := strings.Compare(a.Subject, b.Subject); c != 0 {
			return c
		}
		return int(a.Seq) - int(b.Seq)
	})
	for _, rec := range r.loose {
		if err := r.chain.Add(rec); err != nil {
			r.Refused++
			if r.options.Each != nil {
				r.options.Each(Result{Name: fmt.Sprintf("receipt %d", rec.Seq), Err: err})
			}
		}
	}
	if r.Checked > 1 || r.whole { // of one receipt nobody can say what is missing
		r.Gaps, r.MoreGaps = r.chain.Gaps()
	}
	r.finishLooks()
	switch {
	case r.Refused > 0 || len(r.Damaged) > 0:
		r.Verdict = receipt.Refused
	case !confirmed:
		r.Verdict = receipt.Consistent
	case len(r.Gaps) > 0:
		r.Verdict = receipt.NotContiguous
	default:
		r.Verdict = receipt.Genuine
	}
	return r.Report, nil
}
