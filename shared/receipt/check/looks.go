package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/strictjson"
)

// list is a list of who looked that passed, known by its first record.
type list struct {
	name    string
	subject string // of the audit ledger
	first   uint64
	file    int
}

// Looks verifies a list of who of the staff looked, in the format of a bundle. Every error
// wraps looks.ErrBroken.
func Looks(v *receipt.Verifier, b []byte) ([]*looks.Record, error) {
	var content struct{ Records []looks.Shown }
	b = bytes.TrimRight(b, " \t\r\n")
	if strictjson.Check(b) != nil || json.Unmarshal(b, &content) != nil || content.Records == nil {
		return nil, &receipt.Refusal{Code: receipt.CodeForm, Reason: "it is not the list of who looked"}
	}
	return looks.Verify(v, content.Records)
}

// looked notes the result for a list.
func (r *run) looked(j job, result Result) {
	if err := result.Err; err != nil {
		r.damage(j.file, Damaged{j.name, err, receipt.VerdictOfSigned(err)})
		return
	}
	r.Looks += len(result.looks)
	if len(result.looks) > 0 { // of none, nothing is signed
		r.Files[j.file].Verdict = receipt.Worst(r.Files[j.file].Verdict, r.passed)
		first := result.looks[0]
		r.lists = append(r.lists, list{j.name, first.Subject, first.Seq, j.file})
	}
}

// finishLooks checks that the lists concern the same people as the receipts. Records missing
// before the first one of a list are a gap; nobody can see records missing at its end.
func (r *run) finishLooks() {
	of := map[string]bool{}
	for person := range r.people {
		of[looks.Of(person)] = true
	}
	for _, l := range r.lists {
		if len(of) > 0 && !of[l.subject] {
			r.damage(l.file, Damaged{l.name, errors.New("it concerns another person than the receipts do"), receipt.Refused})
		}
		if l.first > 1 {
			r.Gaps = append(r.Gaps, fmt.Sprintf("who looked, before record %d", l.first))
			r.Files[l.file].Verdict = receipt.Worst(r.Files[l.file].Verdict, receipt.NotContiguous)
		}
	}
}
