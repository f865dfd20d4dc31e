package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/manifest"
)

// printReport prints the outcome of a check, and some results one by one.
func printReport(w io.Writer, report *check.Report, results []check.Result, became func(*receipt.Receipt) []Became, name func(string) string) {
	printResults(w, results, became, name)
	printFailed(w, report, results)
	for _, g := range report.Gaps {
		fmt.Fprintln(w, "missing:", g)
	}
	if report.MoreGaps > 0 {
		fmt.Fprintf(w, "missing: and %d more\n", report.MoreGaps)
	}
	if report.Verdict.Passed() {
		printChecked(w, report)
	}
	signed := "signed by %s; the newest here is receipt %d, %s"
	if report.Verdict == receipt.Consistent {
		signed = "it says that %s signed it, and that the newest here is receipt %d, of %s"
	}
	for _, s := range report.Signers {
		fmt.Fprintf(w, signed+"\n", Signer(s.Issuer, s.Name), s.Newest, s.At.Format(time.RFC3339))
	}
	if report.Looks > 0 {
		fmt.Fprintf(w, "who looked: %d records of %s, each follows the one before; the newest could be missing\n", report.Looks, strings.Join(report.LooksOf, ", "))
	}
	printAnswers(w, report.Answers)
	for _, file := range unchecked(report, freetext.Inline) { // each at the beginning of a line
		fmt.Fprintf(w, "not checked: %s\n", file)
	}
	fmt.Fprintf(w, "%d checked, %d failed: %s%s\n", report.Checked, report.Refused, report.Verdict.Words(), inPart(report))
	if report.Verdict == receipt.Consistent {
		fmt.Fprintln(w, advice(report))
	}
}

// Answer returns one line that says which answer a manifest belongs to.
func Answer(m *manifest.Manifest) string {
	return fmt.Sprintf("%s, asked on %s, %s; as of %s", m.Request.Type, m.Request.Received.Format(time.DateOnly), m.Request.State,
		m.Time().Format(time.RFC3339))
}

func printResults(w io.Writer, results []check.Result, became func(*receipt.Receipt) []Became, name func(string) string) {
	for _, r := range results {
		if r.Err != nil {
			fmt.Fprintf(w, "%s: %s: %s\n", name(r.Name), Loud(r.Verdict), Told(r.Err))
			continue
		}
		if r.Manifest != nil {
			fmt.Fprintf(w, "%s: the manifest of an answer, and no receipt: %s\n", name(r.Name), Answer(r.Manifest))
			signed := "signed by " + r.Manifest.Issuer
			if r.Verdict == receipt.Consistent {
				signed = "it says that " + r.Manifest.Issuer + " signed it"
			}
			fmt.Fprintf(w, "  %s\n", signed)
			continue
		}
		fmt.Fprintf(w, "%s: receipt %d, %s, %s%s\n", name(r.Name), r.Receipt.Seq, r.Receipt.Event.Type,
			r.Receipt.Time().Format(time.RFC3339), withheld(r.Receipt))
		for _, b := range became(r.Receipt) {
			fmt.Fprintf(w, "  %s\n", b)
		}
	}
}

// maxAnswers is how many files of answers are named.
const maxAnswers = 64

// printAnswers prints which files belong to which answer, and what was given of them.
func printAnswers(w io.Writer, answers []check.Answer) {
	for i, a := range answers {
		if i == maxAnswers {
			fmt.Fprintf(w, "answers: and %d files more\n", len(answers)-i)
			return
		}
		given := "not given here"
		if a.Changed {
			given = "CHANGED: " + freetext.Inline(a.File) + " has its name, and another content"
		} else if a.File != "" {
			given = "it is " + freetext.Inline(a.File)
		}
		fmt.Fprintf(w, "answer to request %.8s, receipt %d: %s (%s, %d bytes, %s): %s\n",
			a.Request, a.Receipt, freetext.Inline(a.Name), freetext.Inline(a.MediaType), a.Size, a.Digest, given)
	}
}

// printFailed prints what failed beside the results, and the outcome of each of several
// files.
func printFailed(w io.Writer, report *check.Report, results []check.Result) {
	if n := report.Refused - countBad(results); n > 0 {
		fmt.Fprintf(w, "and %d more failed\n", n)
	}
	for _, d := range report.Damaged {
		fmt.Fprintf(w, "%s: %s: %s\n", freetext.Inline(d.Name), Loud(d.Verdict), Told(d.Err))
	}
	for _, f := range report.Files {
		switch {
		case f.Err != nil && f.Verdict != receipt.NoReceipt:
			fmt.Fprintf(w, "%s: %s: %s\n", freetext.Inline(f.Name), Loud(f.Verdict), Told(f.Err))
		case f.Err != nil:
			fmt.Fprintf(w, "%s: %s: %s\n", freetext.Inline(f.Name), f.Verdict.Words(), Told(f.Err))
		case len(report.Files) > 1:
			fmt.Fprintf(w, "%s: %s\n", freetext.Inline(f.Name), f.Verdict.Words())
		}
	}
}

// printChecked prints which checks the receipts passed.
func printChecked(w io.Writer, report *check.Report) {
	chain := "the chain to no root"
	if len(report.Roots) > 0 {
		chain = "the chain to root " + strings.Join(report.Roots, ", ") + " at the time of issue"
	}
	fmt.Fprintf(w, "checked: size and form, header, leaf certificate, %s, signature, issuer, disclosures, schema", chain)
	if report.Checked > 1 {
		fmt.Fprint(w, "; that each follows the one before")
	}
	fmt.Fprintln(w)
}

// Loud returns a verdict for the beginning of a line that nobody should overlook.
func Loud(v receipt.Verdict) string { return strings.ToUpper(string(v)) }

// Signer says who signed: by name, if a receipt has one, and by the issuer for whom the
// key was certified.
func Signer(issuer, name string) string {
	if name == "" {
		return issuer
	}
	return freetext.Inline(name) + " (" + issuer + ")"
}

// inPart says of which receipts some parts are withheld. This belongs to the verdict.
func inPart(report *check.Report) string {
	n := len(report.Withheld)
	if n == 0 {
		return ""
	}
	var numbers []string
	for _, seq := range report.Withheld {
		numbers = append(numbers, fmt.Sprint(seq))
	}
	if report.MoreWithheld > 0 {
		numbers = append(numbers, fmt.Sprintf("%d more", report.MoreWithheld))
	}
	list := numbers[0]
	if last := len(numbers) - 1; last > 0 {
		list = strings.Join(numbers[:last], ", ") + " and " + numbers[last]
	}
	if n+report.MoreWithheld == 1 {
		return "; parts of 1 receipt are withheld: " + list
	}
	return fmt.Sprintf("; parts of %d receipts are withheld: %s", n+report.MoreWithheld, list)
}

// maxUnchecked is how many files are named of those that were not checked.
const maxUnchecked = 20

// unchecked names the files, and counts those of a folder.
func unchecked(report *check.Report, show func(name string) string) (names []string) {
	for i, u := range report.Unchecked {
		switch {
		case i == maxUnchecked:
			return append(names, fmt.Sprintf("and %d more", len(report.Unchecked)-i))
		case strings.HasSuffix(u.Name, "/"):
			names = append(names, fmt.Sprintf("%s (%d)", show(u.Name), u.Files))
		default:
			names = append(names, show(u.Name))
		}
	}
	return names
}

// advice says how the user gets from consistent to genuine. It names a fingerprint only if
// the signatures really lead to that key.
func advice(report *check.Report) string {
	if len(report.Roots) == 0 {
		return "Nobody vouches for the signer: give the issuer's root certificate with --root."
	}
	return "These files vouch for themselves only. Compare this fingerprint with the one that the issuer publishes,\n" +
		"and give it with --root if it is the same: " + strings.Join(report.Roots, ", ")
}

func withheld(rec *receipt.Receipt) string {
	parts := rec.Withheld()
	if len(parts) == 0 {
		return ""
	}
	var texts []string
	for name, n := range parts {
		texts = append(texts, fmt.Sprintf("%d of %s", n, name))
	}
	slices.Sort(texts)
	return " (withheld: " + strings.Join(texts, ", ") + ")"
}

func countBad(results []check.Result) (n int) {
	for _, r := range results {
		if r.Err != nil {
			n++
		}
	}
	return n
}
