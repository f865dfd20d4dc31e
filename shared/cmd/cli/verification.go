package cli

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/page"
)

// listed is how many receipts are listed one by one; of more only the bad ones are, up to most.
const (
	listed = 20
	most   = 2 * listed
)

// ExitOf is the exit code of a verdict.
func ExitOf(v receipt.Verdict) int {
	switch v {
	case receipt.Genuine:
		return ExitDone
	case receipt.NotContiguous:
		return ExitNotContiguous
	case receipt.Consistent:
		return ExitConsistent
	case receipt.NoReceipt:
		return ExitUsage
	}
	return ExitRefused
}

// Verification watches a check, and prints what came of it.
type Verification struct {
	Name     func(name string) string // shows what a receipt is called, within a line
	Displays []Display                // of pages, PDFs and texts

	streams  *Streams
	now      time.Time // what was to end by then has ended
	json     bool      // print one JSON object
	progress *Progress
	few      []check.Result // the first, and then the bad ones
}

// Display is what is known of what a page, a PDF or a text displays.
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

// Verification begins one of receipts in files, which anybody may have named, at a moment.
func (s *Streams) Verification(now time.Time, asJSON bool) *Verification {
	return &Verification{Name: freetext.Inline, now: now, streams: s, json: asJSON, progress: s.Progress("checked")}
}

// Each takes the result of one receipt, or of a manifest.
func (v *Verification) Each(r check.Result) {
	v.progress.Step()
	if v.progress.Done <= listed || (r.Err != nil && len(v.few) < most) {
		v.few = append(v.few, r)
	}
}

// End prints the report of a check, if it came to one, and returns the exit code.
func (v *Verification) End(report *check.Report, err error) (int, error) {
	v.progress.End()
	if err != nil {
		return 0, err
	}
	v.contradict(report.Contradicting)
	if report.Checked > listed { // the good ones of many say nothing
		v.few = slices.DeleteFunc(v.few, func(r check.Result) bool { return r.Err == nil })
	}
	code := ExitOf(report.Verdict)
	if v.json {
		return code, printJSON(v.streams.Document, report, v.few, v.became(report), v.Displays)
	}
	printReport(v.streams.Stdout, report, v.few, v.became(report), v.Name)
	for _, d := range v.Displays {
		fmt.Fprintln(v.streams.Stdout, d)
	}
	return code, nil
}

// contradict puts what was found of receipts when all were known in the place of what was
// found of each alone.
func (v *Verification) contradict(late []check.Result) {
	for _, r := range late {
		i, there := slices.BinarySearchFunc(v.few, r.N, func(one check.Result, n int) int { return one.N - n })
		if there {
			v.few[i] = r
		} else if len(v.few) < most {
			v.few = slices.Insert(v.few, i, r)
		}
	}
}

// became says of each consent that the listed receipts show what became of it.
func (v *Verification) became(report *check.Report) func(*receipt.Receipt) []Became {
	var passed []*receipt.Receipt
	for _, r := range v.few {
		if r.Receipt != nil {
			passed = append(passed, r.Receipt)
		}
	}
	return func(rec *receipt.Receipt) []Became { return BecameOf(rec, passed, len(report.Files), v.now) }
}

// BecameOf says what became by now of each consent that a receipt shows, and that could
// still be in force: of so many files, with others in them.
func BecameOf(rec *receipt.Receipt, others []*receipt.Receipt, files int, now time.Time) (all []Became) {
	names := page.NamesIn(rec, "en")
	for _, f := range check.Became(rec, others, now) {
		about, sentence := names.Became(f, files)
		all = append(all, Became{f.Consent, f.Purpose, f.Recipient, sentence, about})
	}
	return all
}

// Became says what became of a consent.
type Became struct {
	Consent   string `json:"consent_id"`
	Purpose   string `json:"purpose,omitempty"`
	Recipient string `json:"recipient,omitempty"`
	Became    string `json:"became"`

	about string // which consent it is, in words
}

func (b Became) String() string { return b.about + ": " + b.Became }
