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

// listed is the number of receipts that are listed one by one. Beyond it only those that
// failed are listed, up to most results in all.
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

// Verification watches a check, and prints its outcome.
type Verification struct {
	Name     func(name string) string // writes the name of a receipt for display within a line
	Displays []Display                // what the given pages, PDFs and texts display

	streams  *Streams
	now      time.Time // the moment of the check: validity that ended before it is over
	json     bool      // print one JSON object
	progress *Progress
	few      []check.Result // the first results, and then those that failed
}

// Display says what is known about the content that a page, a PDF or a text displays.
type Display struct {
	Name    string `json:"name"`
	Exactly bool   `json:"shows_what_is_signed"` // false: the displayed content was not checked
}

func (d Display) String() string {
	if d.Exactly {
		return freetext.Inline(d.Name) + ": the receipt inside was rendered anew, and this file is the same, byte for byte"
	}
	return freetext.Inline(d.Name) + ": the receipt INSIDE was checked. What the file itself displays was NOT: trust what\n" +
		"receipt show says of it, or give the catalogue with --catalogue to have it compared"
}

// Verification begins a check of receipts in files, as of a moment. Anybody may have chosen
// the names of the files.
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
	if report.Checked > listed { // of many receipts, those that passed are not printed
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

// contradict replaces the results on single receipts by what was found when all receipts were
// known.
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

// became returns a function that says what became of each consent in a receipt, as far as the
// listed receipts show it.
func (v *Verification) became(report *check.Report) func(*receipt.Receipt) []Became {
	var passed []*receipt.Receipt
	for _, r := range v.few {
		if r.Receipt != nil {
			passed = append(passed, r.Receipt)
		}
	}
	return func(rec *receipt.Receipt) []Became { return BecameOf(rec, passed, len(report.Files), v.now) }
}

// BecameOf says what became by now of each consent that a receipt shows and that could still
// be in force. The others are the receipts given with it; files is the number of given files.
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
