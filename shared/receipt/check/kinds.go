package check

import (
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/manifest"
)

// item is a part of a file, or an entry of a ledger. Each kind has its own type.
type item interface {
	// verify checks the item alone, on any core, and gives the verdict on an item that fails.
	verify(v *receipt.Verifier) Result
	// take notes the result, in the order of reading.
	take(r *run, j job, result Result)
}

// single is a receipt from a file.
type single struct {
	raw   string
	shown []byte // the file, if it displays the receipt
}

func (s single) verify(v *receipt.Verifier) Result {
	rec, err := v.Verify(s.raw)
	if err != nil {
		return Result{Err: err, Verdict: receipt.VerdictOf(s.raw, err)}
	}
	return Result{Receipt: rec, Shown: s.shown, cites: citations(rec)}
}

func (s single) take(r *run, j job, result Result) { r.receipt(j, result) }

// entry is an entry of a ledger: a receipt in its place.
type entry struct {
	Stored
	place receipt.Place
}

func (e entry) verify(v *receipt.Verifier) Result {
	if e.Err != nil { // the entry is malformed
		return Result{Err: e.Err, Verdict: receipt.Refused}
	}
	rec, err := v.VerifyEntry(e.Raw, e.place)
	if err != nil {
		return Result{Err: err, Verdict: receipt.Worst(receipt.Refused, receipt.VerdictOf(e.Raw, err))}
	}
	return Result{Receipt: rec}
}

func (e entry) take(r *run, j job, result Result) { r.receipt(j, result) }

// signedManifest is the signed manifest of an answer to a data request.
type signedManifest string

func (m signedManifest) verify(v *receipt.Verifier) Result {
	verified, err := manifest.Verify(v, string(m))
	if err != nil {
		return Result{Err: err, Verdict: receipt.VerdictOfSigned(err)}
	}
	return Result{Manifest: verified}
}

func (m signedManifest) take(r *run, j job, result Result) {
	if !r.judge(j, &result) {
		return
	}
	if result.Err == nil {
		r.root(result.Manifest.Root)
		r.named.Manifest(result.Manifest)
	}
	r.tell(result)
}

// lookedList is a list of who of the staff looked.
type lookedList []byte

func (l lookedList) verify(v *receipt.Verifier) Result {
	records, err := looks.Verify(v, l)
	return Result{looks: records, Err: err}
}

func (l lookedList) take(r *run, j job, result Result) { r.looked(j, result) }

// unsigned implements verify for items without a signature.
type unsigned struct{}

func (unsigned) verify(*receipt.Verifier) Result { return Result{} }

// document is a notice or catalogue beside the receipts. It counts if a receipt cites it.
type document struct {
	unsigned
	digest string // from its name
	err    error
}

func (d document) take(r *run, j job, _ Result) {
	r.documents = append(r.documents, found{d, j.name, j.file})
}

// beside is a file of no known kind, by its name or that of its folder.
type beside struct {
	unsigned
	name string
}

func (b beside) take(r *run, _ job, _ Result) { r.leave(b.name) }

// unread is a file that cannot be read, with the reason.
type unread struct {
	unsigned
	err *inside.Error
}

func (u unread) take(r *run, j job, _ Result) {
	file := &r.Files[j.file]
	file.Verdict, file.Err = receipt.Worst(file.Verdict, u.err.Outcome), u.err
}
