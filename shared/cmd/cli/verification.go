package cli

import (
	"fmt"
	"slices"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
)

// listed is how many receipts are listed one by one; of more only the bad ones are.
const listed = 20

// ExitOf is the exit code of a verdict.
func ExitOf(v receipt.Verdict) int {
	return map[receipt.Verdict]int{
		receipt.Genuine: ExitDone, receipt.Refused: ExitRefused,
		receipt.Consistent: ExitConsistent, receipt.NotContiguous: ExitNotContiguous,
	}[v]
}

// Verification watches a check, and prints what came of it.
type Verification struct {
	Name     func(name string) string // shows what a receipt is called, within a line
	Displays []Display                // of pages and PDFs

	streams  *Streams
	json     bool // print one JSON object
	progress *Progress
	few      []check.Result // the first, and then the bad ones
}

// Display is what is known of what a page or a PDF displays.
type Display struct {
	Name    string `json:"name"`
	Exactly bool   `json:"shows_what_is_signed"` // else it was not checked
}

func (d Display) String() string {
	if d.Exactly {
		return freetext.Inline(d.Name) + ": the receipt inside was rendered anew, and this file is the same, byte for byte"
	}
	return freetext.Inline(d.Name) + ": the receipt INSIDE was checked. What the file itself displays was NOT: trust what\n" +
		"receipt show says of it, or give the catalogue with --catalogue to have it compared"
}

// Verification begins one of receipts in files, which anybody may have named.
func (s *Streams) Verification(asJSON bool) *Verification {
	return &Verification{Name: freetext.Inline, streams: s, json: asJSON, progress: s.Progress("checked")}
}

// Each takes the result of one receipt.
func (v *Verification) Each(r check.Result) {
	v.progress.Step()
	if v.progress.Done <= listed || (r.Err != nil && len(v.few) < 2*listed) {
		v.few = append(v.few, r)
	}
}

// End prints the report of a check, if it came to one, and returns the exit code.
func (v *Verification) End(report *check.Report, err error) (int, error) {
	v.progress.End()
	if err != nil {
		return 0, err
	}
	if report.Checked > listed { // the good ones of many say nothing
		v.few = slices.DeleteFunc(v.few, func(r check.Result) bool { return r.Err == nil })
	}
	code := ExitOf(report.Verdict)
	if v.json {
		return code, printJSON(v.streams.Document, report, v.few, v.Displays)
	}
	printReport(v.streams.Stdout, report, v.few, v.Name)
	for _, d := range v.Displays {
		fmt.Fprintln(v.streams.Stdout, d)
	}
	return code, nil
}
