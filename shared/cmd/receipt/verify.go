package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

// shown is how many receipts are listed one by one; of more only the bad ones are.
const shown = 20

// exitCodes of the verdicts.
var exitCodes = map[receipt.Verdict]int{
	receipt.Genuine: exitGenuine, receipt.Refused: exitRefused,
	receipt.Consistent: exitConsistent, receipt.NotContiguous: exitNotContiguous,
}

func (c *command) verify(ctx context.Context, args []string) (int, error) {
	f := c.flags("verify")
	var roots list
	f.Var(&roots, "root", "root certificate (PEM file) or its fingerprint (sha256:...)")
	asJSON := f.Bool("json", false, "print one JSON object")
	catalogueFile := f.String("catalogue", "", "catalogue in whose words a page or a PDF was made")
	url := f.String("ledger", "", "ledger to verify instead of files: "+ledgerurl.Scheme+"://TABLE")
	subject := f.String("subject", "", "pseudonym of the person whose ledger it is")
	if err := f.Parse(args); err != nil {
		return 0, errUsage
	}
	if (*url == "") != (f.NArg() > 0) || (*url == "") != (*subject == "") {
		fmt.Fprintln(c.stderr, "receipt verify: wrong number of arguments: give either files, or --ledger and --subject; see receipt help")
		return 0, errUsage
	}
	if f.NArg() == 1 && filepath.Base(f.Arg(0)) == check.LooksFile {
		return c.looked(f.Arg(0), roots, *asJSON)
	}
	options, err := trust(roots)
	if err != nil {
		return 0, err
	}
	cat, digest, err := loadCatalogue(*catalogueFile)
	if err != nil {
		return 0, err
	}
	var displays []display
	progress := &progress{w: c.screen, what: "checked", next: time.Now().Add(time.Second), on: c.terminal}
	var few []check.Result // the first, and then the bad ones
	options.Each = func(r check.Result) {
		progress.step()
		if r.Shown != nil && r.Receipt != nil {
			displays = append(displays, display{r.Name, showsExactly(r, cat, digest)})
		}
		if progress.done <= shown || (r.Err != nil && len(few) < 2*shown) {
			few = append(few, r)
		}
	}
	var report *check.Report
	if *url == "" {
		report, err = check.Run(ctx, f.Args(), options)
	} else {
		report, err = verifyLedger(ctx, *url, *subject, options)
	}
	progress.end()
	if err != nil {
		return 0, err
	}
	if report.Checked > shown { // the good ones of many say nothing
		few = slices.DeleteFunc(few, func(r check.Result) bool { return r.Err == nil })
	}
	code := exitCodes[report.Verdict]
	if *asJSON {
		return code, printJSON(c.document, report, few, displays)
	}
	name := freetext.Inline
	if *url != "" {
		name = freetext.Visible // of an entry: it is ours
	}
	printReport(c.stdout, report, few, name)
	for _, d := range displays {
		fmt.Fprintln(c.stdout, d)
	}
	return code, nil
}

func verifyLedger(ctx context.Context, url, subject string, options check.Options) (*check.Report, error) {
	s, err := openLedger(ctx, url, subject)
	if err != nil {
		return nil, err
	}
	roots, err := s.roots(ctx)
	if err != nil {
		return nil, err
	}
	return check.Ledger(ctx, s.subject.Pseudonym(), s.entries(ctx), roots, options)
}

// trust reads the roots that the caller names.
func trust(roots []string) (check.Options, error) {
	var o check.Options
	for _, r := range roots {
		if strings.HasPrefix(r, "sha256:") {
			o.Fingerprints = append(o.Fingerprints, r)
			continue
		}
		b, err := os.ReadFile(r)
		if err != nil {
			return o, err
		}
		certificates, err := receipt.ParseRoots(b)
		if err != nil {
			return o, fmt.Errorf("%s: %w", r, err)
		}
		o.Roots = append(o.Roots, certificates...)
	}
	return o, nil
}

func printReport(w io.Writer, report *check.Report, results []check.Result, name func(string) string) {
	for _, r := range results {
		if r.Err != nil {
			fmt.Fprintf(w, "%s: REFUSED: %s\n", name(r.Name), told(r.Err))
			continue
		}
		fmt.Fprintf(w, "%s: receipt %d, %s, %s%s\n", name(r.Name), r.Receipt.Seq, r.Receipt.Event.Type,
			r.Receipt.Time().Format(time.RFC3339), withheld(r.Receipt))
	}
	if n := report.Refused - countBad(results); n > 0 {
		fmt.Fprintf(w, "and %d more refused\n", n)
	}
	for _, d := range report.Damaged {
		fmt.Fprintf(w, "%s: REFUSED: %s\n", freetext.Inline(d.Name), told(d.Err))
	}
	for _, g := range report.Gaps {
		fmt.Fprintln(w, "missing:", g)
	}
	if report.MoreGaps > 0 {
		fmt.Fprintf(w, "missing: and %d more\n", report.MoreGaps)
	}
	if report.Verdict != receipt.Refused {
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
	if report.Looks > 0 {
		fmt.Fprintf(w, "who looked: %d records, each follows the one before; the newest could be missing\n", report.Looks)
	}
	for _, file := range unchecked(report, freetext.Inline) { // each at the beginning of a line
		fmt.Fprintf(w, "not checked: %s\n", file)
	}
	fmt.Fprintf(w, "%d checked, %d refused: %s\n", report.Checked, report.Refused, report.Verdict)
	if report.Verdict == receipt.Consistent {
		fmt.Fprintln(w, advice(report))
	}
}

// damagedTexts says of each document what is wrong with it.
func damagedTexts(report *check.Report) []string {
	texts := []string{}
	for _, d := range report.Damaged {
		texts = append(texts, d.Name+": "+d.Err.Error())
	}
	return texts
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

// advice says how to get from consistent to genuine. A fingerprint is named only
// if the signatures really lead to that key.
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

// jsonReport is what verify --json prints. Of over 20 receipts, results lists
// the refused ones only, and at most 40.
type jsonReport struct {
	Verdict   receipt.Verdict `json:"verdict"`
	Checked   int             `json:"checked"`
	Refused   int             `json:"refused"`
	Roots     []string        `json:"roots"`
	Gaps      []string        `json:"gaps"`
	MoreGaps  int             `json:"more_gaps,omitempty"`
	Damaged   []string        `json:"damaged"`
	Looks     int             `json:"looks,omitempty"`
	Unchecked []string        `json:"unchecked,omitempty"` // what nothing signs
	Results   []jsonResult    `json:"results"`
	Displays  []display       `json:"displays,omitempty"`
}

type jsonResult struct {
	Name     string              `json:"name"`
	Seq      uint64              `json:"seq,omitempty"`
	Event    statement.EventType `json:"event,omitempty"`
	IssuedAt *time.Time          `json:"issued_at,omitempty"`
	Digest   string              `json:"digest,omitempty"`
	Withheld map[string]int      `json:"withheld,omitempty"`
	Code     receipt.Code        `json:"code,omitempty"`
	Reason   string              `json:"reason,omitempty"`
}

func printJSON(w io.Writer, report *check.Report, results []check.Result, displays []display) error {
	out := jsonReport{
		Verdict: report.Verdict, Checked: report.Checked, Refused: report.Refused, Roots: orEmpty(report.Roots),
		Gaps: orEmpty(report.Gaps), MoreGaps: report.MoreGaps, Damaged: damagedTexts(report), Looks: report.Looks, Unchecked: unchecked(report, func(name string) string { return name }), Results: []jsonResult{}, Displays: displays,
	}
	for _, r := range results {
		j := jsonResult{Name: r.Name}
		if refusal := new(receipt.Refusal); errors.As(r.Err, &refusal) {
			j.Code, j.Reason = refusal.Code, refusal.Reason
		} else if r.Err != nil {
			j.Reason = r.Err.Error()
		} else {
			at := r.Receipt.Time()
			j.Seq, j.Event, j.IssuedAt, j.Digest, j.Withheld = r.Receipt.Seq, r.Receipt.Event.Type, &at, r.Receipt.Digest, r.Receipt.Withheld()
		}
		out.Results = append(out.Results, j)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", freetext.EscapeJSON(b))
	return err
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// progress shows a line on a terminal when the work takes longer than a second.
type progress struct {
	w     io.Writer
	what  string // has been done
	on    bool
	next  time.Time
	done  int
	drawn bool
}

func (p *progress) step() {
	p.done++
	if !p.on || p.done%256 != 0 || time.Now().Before(p.next) {
		return
	}
	p.drawn, p.next = true, time.Now().Add(time.Second/4)
	fmt.Fprintf(p.w, "\r%d receipts %s", p.done, p.what)
}

func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\033[K")
		p.drawn = false
	}
}
