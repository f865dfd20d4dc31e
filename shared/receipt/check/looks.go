package check

import (
	"errors"
	"fmt"
	"slices"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
)

// list is a list of who looked that passed alone.
type list struct {
	name    string
	subject string // of the audit ledger
	first   uint64
	file    int
}

// looked notes the result for a list.
func (r *run) looked(j job, result Result) {
	if err := result.Err; err != nil {
		r.damage(j.file, Damaged{j.name, err, receipt.VerdictOfSigned(err)})
		return
	}
	if len(result.looks) == 0 { // nothing is signed
		return
	}
	r.Looks += len(result.looks)
	r.Files[j.file].Verdict = receipt.Worst(r.Files[j.file].Verdict, r.passed)
	for _, record := range result.looks {
		r.root(record.Root)
	}
	first := result.looks[0]
	if len(r.LooksOf) < maxTold && !slices.Contains(r.LooksOf, first.Issuer) {
		r.LooksOf = append(r.LooksOf, first.Issuer)
	}
	r.lists = append(r.lists, list{j.name, first.Subject, first.Seq, j.file})
	r.looks.Add(result.looks)
}

// finishLooks checks that the lists concern the same people as the receipts, and do not
// contradict one another. Records missing before the first one of a list are a gap; nobody
// can see records missing at its end.
func (r *run) finishLooks() {
	of := map[string]bool{}
	for person := range r.people {
		of[looks.Of(person)] = true
	}
	for i, judged := range r.looks.Judge() {
		l := r.lists[i]
		switch {
		case judged.Err != nil:
			r.damage(l.file, Damaged{l.name, judged.Err, receipt.Refused})
		case len(of) > 0 && !of[l.subject]:
			r.damage(l.file, Damaged{l.name, errors.New("it concerns another person than the receipts do"), receipt.Refused})
		}
		if judged.After {
			r.Gaps = append(r.Gaps, fmt.Sprintf("who looked, before record %d", l.first))
			r.Files[l.file].Verdict = receipt.Worst(r.Files[l.file].Verdict, receipt.NotContiguous)
		}
	}
}
