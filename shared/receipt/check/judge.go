package check

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
	"strings"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// maxTold bounds how many items of a kind a report lists.
const maxTold = 40

// run is one call of Run or Ledger.
type run struct {
	*Report
	options   Options
	passed    receipt.Verdict // verdict on a single receipt that passed: genuine or consistent
	chain     receipt.Chain
	added     []uint32        // N of each receipt added to the chain
	names     names           // names of the receipts added
	people    map[string]bool // subjects of the receipts
	lists     []list
	looks     looks.Lists // the same lists
	documents []found
	paths     []string                    // of the given files; none of a ledger
	named     manifest.Answers            // files of answers that receipts and manifests name
	cited     map[string]bool             // digests of documents that receipts cite
	records   map[string]*receipt.Receipt // by issuer: the newest receipt that names its controller, reduced to the members that names need
}

// names stores a sequence of names compactly: of each name only the part that differs from
// the name before.
type names struct {
	packed []byte // for each name: the length of the common prefix, the length of the rest, and the rest
	last   string
}

func (n *names) add(name string) {
	same := 0
	for same < min(len(name), len(n.last)) && name[same] == n.last[same] {
		same++
	}
	n.packed = binary.AppendUvarint(binary.AppendUvarint(n.packed, uint64(same)), uint64(len(name)-same))
	n.packed = append(n.packed, name[same:]...)
	n.last = name
}

// all returns the names in their order.
func (n *names) all() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		name, rest := "", n.packed
		for i := 0; len(rest) > 0; i++ {
			same, width := binary.Uvarint(rest)
			length, width2 := binary.Uvarint(rest[width:])
			rest = rest[width+width2:]
			name = name[:same] + string(rest[:length])
			rest = rest[length:]
			if !yield(i, name) {
				return
			}
		}
	}
}

// found is a document, with its location.
type found struct {
	document
	name string
	file int
}

func newRun(o Options, confirmed bool, files ...string) *run {
	r := &run{
		Report: &Report{}, options: o, passed: receipt.Consistent,
		people: map[string]bool{}, cited: map[string]bool{}, records: map[string]*receipt.Receipt{},
	}
	if confirmed {
		r.passed = receipt.Genuine
	}
	for _, name := range files {
		r.Files = append(r.Files, Outcome{Name: name, Verdict: receipt.NoReceipt})
	}
	return r
}

// verifier refuses what no trusted root vouches for. If nobody trusts the roots that were found,
// none of them makes it worse not to lead to it.
func (r *run) verifier(roots receipt.Roots) *receipt.Verifier {
	if r.passed == receipt.Genuine {
		return receipt.NewVerifier(roots...)
	}
	return receipt.NewUnconfirmed(roots...)
}

// receipt notes what came of a receipt.
func (r *run) receipt(j job, result Result) {
	if !r.judge(j, &result) {
		return
	}
	r.Files[j.file].Receipts++
	if result.Err == nil {
		r.pass(j, result)
	}
	r.tell(result)
}

// judge notes the verdict on a single receipt or manifest, and reports whether it is one.
func (r *run) judge(j job, result *Result) bool {
	file := &r.Files[j.file]
	if result.Verdict == receipt.NoReceipt {
		if j.name == file.Name {
			file.Err = result.Err
		} else {
			r.leave(j.name)
		}
		return false
	}
	if result.Err == nil {
		result.Verdict = r.passed
	} else {
		r.Refused++
	}
	result.N = r.Checked
	r.Checked++
	file.Verdict = receipt.Worst(file.Verdict, result.Verdict)
	return true
}

func (r *run) tell(result Result) {
	if r.options.Each != nil {
		r.options.Each(result)
	}
}

// pass keeps the parts of a receipt that finish needs.
func (r *run) pass(j job, result Result) {
	rec := result.Receipt
	r.chain.Add(rec)
	r.added = append(r.added, uint32(result.N))
	r.names.add(j.name)
	r.Files[j.file].passed++
	r.people[rec.Subject] = true
	r.cited[rec.Catalogue] = true
	for _, digest := range result.cites {
		r.cited[digest] = true
	}
	_ = r.named.Receipt(rec) // the schema ensures that it decodes
	r.root(rec.Root)
	r.sign(rec)
}

// root notes a root that certified a signer.
func (r *run) root(fingerprint string) {
	if fingerprint != "" && !slices.Contains(r.Roots, fingerprint) {
		r.Roots = append(r.Roots, fingerprint)
	}
}

// sign notes the issuer of a receipt, and when it was issued.
func (r *run) sign(rec *receipt.Receipt) {
	i := slices.IndexFunc(r.Signers, func(s Signer) bool { return s.Issuer == rec.Issuer })
	if i < 0 {
		if len(r.Signers) == maxTold {
			return
		}
		i = len(r.Signers)
		r.Signers = append(r.Signers, Signer{Issuer: rec.Issuer})
	}
	if s := &r.Signers[i]; !rec.Time().Before(s.At) && (rec.Time().After(s.At) || rec.Seq > s.Newest) {
		s.Newest, s.At = rec.Seq, rec.Time()
	}
	named := r.records[rec.Issuer]
	if values, _ := receipt.Values(rec.Records); rec.Controller == nil && len(values) == 0 {
		return
	}
	if named == nil || rec.IssuedAt > named.IssuedAt || rec.IssuedAt == named.IssuedAt && rec.Seq >= named.Seq {
		r.records[rec.Issuer] = &receipt.Receipt{Claims: receipt.Claims{IssuedAt: rec.IssuedAt, Seq: rec.Seq, Controller: rec.Controller, Records: rec.Records}}
	}
}

// signerName returns the controller's name if the receipt states it, or "".
func signerName(rec *receipt.Receipt) string {
	if rec.Controller != nil {
		return rec.Controller.Name
	}
	records, _ := receipt.Decode[statement.Record](rec.Records) // the schema ensures that they decode
	for _, record := range records {
		for _, party := range record.Parties {
			if party.Role == "controller" {
				return party.Name
			}
		}
	}
	return ""
}

// citations returns the digests of notices and catalogues in a receipt's records and
// standing.
func citations(rec *receipt.Receipt) (digests []string) {
	const begins, length = `"sha256:`, len("sha256:") + 64
	for _, elements := range [][]receipt.Element{rec.Records, rec.Standing} {
		for _, e := range elements {
			for rest := e.Value; ; {
				i := bytes.Index(rest, []byte(begins))
				if i < 0 || len(rest) < i+length+2 {
					break
				}
				if rest = rest[i+1:]; rest[length] == '"' {
					digests = append(digests, string(rest[:length]))
				}
			}
		}
	}
	slices.Sort(digests)
	return slices.Compact(digests)
}

// leave notes an unchecked file. The files of a folder are consecutive, so they are counted
// together.
func (r *run) leave(name string) {
	if n := len(r.Unchecked); n > 0 && r.Unchecked[n-1].Name == name {
		r.Unchecked[n-1].Files++
		return
	}
	r.Unchecked = append(r.Unchecked, Unchecked{name, 1})
}

// damage notes a document or a list whose content does not match its name.
func (r *run) damage(file int, d Damaged) {
	r.Damaged = append(r.Damaged, d)
	r.Files[file].Verdict = receipt.Worst(r.Files[file].Verdict, d.Verdict)
}

// filesOfAdded returns a function that finds the file of an added receipt. Receipts were
// added file by file.
func (r *run) filesOfAdded() func(added int) *Outcome {
	var ends []int // the number of added receipts at the end of each file
	n := 0
	for _, file := range r.Files {
		n += file.passed
		ends = append(ends, n)
	}
	return func(added int) *Outcome {
		i, _ := slices.BinarySearch(ends, added+1) // the first file that ended with more
		return &r.Files[i]
	}
}

// finish judges all receipts together.
func (r *run) finish() {
	course := r.chain.Judge()
	r.Gaps, r.MoreGaps = course.Gaps, course.MoreGaps
	r.Withheld, r.MoreWithheld = course.Withheld, course.MoreWithheld
	fileOf := r.filesOfAdded()
	for _, n := range course.Apart {
		file := fileOf(n)
		file.Verdict = receipt.Worst(file.Verdict, receipt.NotContiguous)
	}
	told := map[int]int{} // index in Contradicting, by index in the chain
	for _, c := range course.Contradicting {
		file := fileOf(c.Added)
		file.Verdict = receipt.Worst(file.Verdict, receipt.Refused)
		r.Refused++
		if len(r.Contradicting) < maxTold {
			told[c.Added] = len(r.Contradicting)
			r.Contradicting = append(r.Contradicting, Result{N: int(r.added[c.Added]), Verdict: receipt.Refused, Err: c.Err})
		}
	}
	if len(told) > 0 {
		for n, name := range r.names.all() {
			if at, ok := told[n]; ok {
				r.Contradicting[at].Name = name
			}
		}
	}
	for _, d := range r.documents {
		switch {
		case !r.cited[d.digest]: // no given receipt cites it
			r.leave(d.name)
		case d.err != nil:
			r.damage(d.file, Damaged{d.name, d.err, receipt.Changed})
		}
	}
	r.finishLooks()
	for i, s := range r.Signers {
		if rec := r.records[s.Issuer]; rec != nil {
			r.Signers[i].Name = signerName(rec)
		}
	}
	slices.SortFunc(r.Signers, func(a, b Signer) int { return strings.Compare(a.Issuer, b.Issuer) })
	slices.Sort(r.Roots)
	r.Verdict = receipt.NoReceipt
	for _, file := range r.Files {
		r.Verdict = receipt.Worst(r.Verdict, file.Verdict)
	}
}
