package check

import (
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/manifest"
)

// item is what is checked, or is not: a receipt or an entry, or what else a file or a
// folder has. Each kind is a type of its own.
type item interface {
	// verify checks it alone, on any core. The verdict on what did not pass is the item's.
	verify(v *receipt.Verifier) Result
	// take notes what came of it, in the order in which all are read.
	take(r *run, j job, result Result)
}

// single is a receipt that somebody has.
type single struct {
	raw   string
	shown []byte // the file, if it displays the receipt that was found in it
}

func (s single) verify(v *receipt.Verifier) Result {
	rec, err := v.Verify(s.raw)
	if err != nil {
		return Result{Err: err, Verdict: receipt.VerdictOf(s.raw, err)}
	}
	return Result{Receipt: rec, Shown: s.shown, cites: citations(rec)}
}

func (s single) take(r *run, j job, result Result) { r.receipt(j, result) }

// entry is what a ledger has in a place: nothing but a receipt.
type entry struct {
	Stored
	place receipt.Place
}

func (e entry) verify(v *receipt.Verifier) Result {
	if e.Err != nil { // what it is in is not well formed
		return Result{Err: e.Err, Verdict: receipt.Refused}
	}
	rec, err := v.VerifyEntry(e.Raw, e.place)
	if err != nil {
		return Result{Err: err, Verdict: receipt.Worst(receipt.Refused, receipt.VerdictOf(e.Raw, err))}
	}
	return Result{Receipt: rec}
}

func (e entry) take(r *run, j job, result Result) { r.receipt(j, result) }

// signedManifest is the signed list of what an answer consists of.
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
	}
	r.tell(result)
}

// lookedList is the list of who of the staff looked.
type lookedList []byte

func (l lookedList) verify(v *receipt.Verifier) Result {
	records, err := Looks(v, l)
	return Result{looks: records, Err: err}
}

func (l lookedList) take(r *run, j job, result Result) { r.looked(j, result) }

// unsigned is what has no signature that could be checked.
type unsigned struct{}

func (unsigned) verify(*receipt.Verifier) Result { return Result{} }

// document is one that came along. It counts if a receipt cites it.
type document struct {
	unsigned
	digest string // that its name claims
	err    error
}

func (d document) take(r *run, j job, _ Result) {
	r.documents = append(r.documents, found{d, j.name, j.file})
}

// beside is a file that is nothing of all this, by its name or that of the folder it is in.
type beside struct {
	unsigned
	name string
}

func (b beside) take(r *run, _ job, _ Result) { r.leave(b.name) }

// unread is why a file cannot be read.
type unread struct {
	unsigned
	err *inside.Error
}

func (u unread) take(r *run, j job, _ Result) {
	file := &r.Files[j.file]
	file.Verdict, file.Err = receipt.Worst(file.Verdict, u.err.Outcome), u.err
}
