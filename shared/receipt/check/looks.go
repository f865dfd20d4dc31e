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

// list is a list of who looked that passed, by its first record.
type list struct {
	name    string
	subject string // of the audit ledger
	first   uint64
	file    int
}

// Looks verifies the list of who of the staff looked, as a bundle has it. The error wraps
// looks.ErrBroken if it is one.
func Looks(v *receipt.Verifier, b []byte) ([]*looks.Record, error) {
	var content struct{ Records []looks.Shown }
	b = bytes.TrimRight(b, " \t\r\n")
	if strictjson.Check(b) != nil || json.Unmarshal(b, &content) != nil || content.Records == nil {
		return nil, &receipt.Refusal{Code: receipt.CodeForm, Reason: "it is not the list of who looked"}
	}
	return looks.Verify(v, content.Records)
}

// looked notes what came of a list.
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

// finishLooks asks of the lists what all the receipts have to be known for: that they are
// about the same people. What is missing before a list's first record is a gap; what is
// missing at its end nobody can see.
func (r *run) finishLooks() {
	of := map[string]bool{}
	for person := range r.people {
		of[looks.Of(person)] = true
	}
	for _, l := range r.lists {
		if len(of) > 0 && !of[l.subject] {
			r.damage(l.file, Damaged{l.name, errors.New("it is about somebody else than the receipts are"), receipt.Refused})
		}
		if l.first > 1 {
			r.Gaps = append(r.Gaps, fmt.Sprintf("who looked, before record %d", l.first))
			r.Files[l.file].Verdict = receipt.Worst(r.Files[l.file].Verdict, receipt.NotContiguous)
		}
	}
}
