package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"text/tabwriter"
	"time"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

const importHelp = `receipt import [--dry-run] [--claimed] [--refuse-late-ends] [--mapping FILE]
               [--report FILE] --catalogue FILE --source NAME FILE
    reads consents of an earlier system: lines of JSON (schema earlier-consent/1);
    CSV or lines of JSON of any other form, with a mapping that says what their
    values mean; or one Kantara receipt 1.1 (.json). Writes an envelope a line to
    standard output, for the intake bus, those that say no first. The same record
    makes the same envelope: run it again at will. --dry-run lists what would
    happen instead; --report says what of a Kantara receipt is lost.
    A yes with weaker evidence than its purpose wants is named as WEAK, and
    nothing becomes of it. --claimed: you state that the source's own records
    claim the yeses of which they say no more; the receipts say so.
    An end that is later than the catalogue allows is cut, with a note in the
    receipt; --refuse-late-ends refuses such a line instead.
    exit 0  all are written
         1  some lines are refused; they are named, the others are written
         2  wrong usage, or what cannot be read or written
`

// imports writes the envelopes of consents that an earlier system recorded, or
// lists what would become of them.
func (c *command) imports(_ context.Context, f *cli.Flags) (int, error) {
	dry := f.Bool("dry-run", false, "list what would happen; write nothing")
	file := f.String("catalogue", "", "the catalogue in use (YAML, or canonical JSON)")
	name := f.String("source", "", "name of the earlier system")
	claimed := f.Bool("claimed", false, "state that the source's own records claim its yeses")
	onTime := f.Bool("refuse-late-ends", false, "refuse a yes that ends later than the catalogue allows")
	mapping := f.String("mapping", "", "what the values of another system's file mean (YAML or JSON)")
	reportFile := f.String("report", "", "file for the loss report of a Kantara receipt (JSON)")
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	if *file == "" || !namePattern.MatchString(*name) {
		return 0, f.Wrong("give --catalogue FILE, and --source with a name that matches %s", namePattern)
	}
	of, err := openCatalogue(*file)
	if err != nil {
		return 0, err
	}
	lines := inbound.Lines
	if *mapping != "" {
		m, err := openMapping(*mapping)
		if err != nil {
			return 0, err
		}
		lines = func(r io.Reader, cat *catalogue.Catalogue) iter.Seq2[inbound.Result, error] {
			return inbound.Mapped(r, m, cat)
		}
	}
	records := fromFile(f.Arg(0), of.cat, lines)
	if filepath.Ext(f.Arg(0)) == ".json" && *mapping == "" {
		record, err := c.kantara(f.Arg(0), *reportFile, of.cat)
		if errors.Is(err, inbound.ErrKantara) || errors.Is(err, inbound.ErrController) {
			fmt.Fprintf(c.Stderr, "REFUSED: %s\n", cli.Told(err))
			return cli.ExitRefused, nil
		}
		if err != nil {
			return 0, err
		}
		records = func(yield func(inbound.Result, error) bool) { yield(inbound.Result{Number: 1, Record: record}, nil) }
	}
	run := &importing{command: c, source: *name, cat: of.cat, digest: of.digest}
	records = run.judged(records, *claimed, *onTime)
	if *dry {
		return run.foresee(records)
	}
	return run.write(records)
}

func openMapping(name string) (*inbound.Mapping, error) {
	b, err := cli.ReadAtMost(name, inbound.MaxMapping)
	if err != nil {
		return nil, err
	}
	return inbound.ParseMapping(b)
}

// fromFile reads a file of lines, from its start each time.
func fromFile(name string, cat *catalogue.Catalogue, lines func(io.Reader, *catalogue.Catalogue) iter.Seq2[inbound.Result, error]) iter.Seq2[inbound.Result, error] {
	return func(yield func(inbound.Result, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield(inbound.Result{}, err)
			return
		}
		defer f.Close()
		for line, err := range lines(f, cat) {
			if !yield(line, err) {
				return
			}
		}
	}
}

// kantara reads a Kantara receipt, and says what of it is lost.
func (c *command) kantara(name, reportFile string, cat *catalogue.Catalogue) (*inbound.Record, error) {
	b, err := cli.ReadAtMost(name, inbound.MaxKantara)
	if err != nil {
		return nil, err
	}
	record, report, err := inbound.Kantara(b, cat)
	if err != nil {
		return nil, err
	}
	return record, errors.Join(saveReport(reportFile, report), printLoss(c.Stderr, report))
}

// importing is one run of receipt import.
type importing struct {
	*command
	source  string
	cat     *catalogue.Catalogue
	digest  string
	refused int
	weak    int
}

var errLateEnd = errors.New("a yes ends later than the catalogue allows")

// judged applies the operator's choices to records.
func (r *importing) judged(records iter.Seq2[inbound.Result, error], claimed, onTime bool) iter.Seq2[inbound.Result, error] {
	return func(yield func(inbound.Result, error) bool) {
		for line, err := range records {
			if line.Record != nil && claimed {
				line.Record.Claim()
			}
			if line.Record != nil && onTime && line.Record.EndsLate(r.cat) {
				line.Record, line.Err = nil, errLateEnd
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

// write writes the envelopes, first those of records that say no, then the others. It reads
// the file twice and keeps nothing of it in memory.
func (r *importing) write(records iter.Seq2[inbound.Result, error]) (int, error) {
	out := bufio.NewWriter(r.Document)
	progress := r.Progress("written")
	defer progress.End()
	nos := 0
	for _, no := range []bool{true, false} {
		for line, err := range records {
			switch {
			case err != nil:
				return 0, err
			case line.Err != nil && no:
				r.refuse(line.Number, line.Err)
			case line.Err == nil && line.Record.SaysNo() == no && r.remains(line):
				b, err := line.Record.Envelope(r.source)
				if err != nil {
					return 0, err
				}
				if _, err := out.Write(append(freetext.EscapeJSON(b), '\n')); err != nil {
					return 0, err
				}
				progress.Step()
			}
		}
		if no {
			nos = progress.Done
		}
	}
	progress.End()
	if err := out.Flush(); err != nil {
		return 0, err
	}
	fmt.Fprintf(r.Stderr, "%d envelopes, %d of them say no and come first; %d yeses are weak, %d lines refused\n", progress.Done, nos, r.weak, r.refused)
	return r.code(), nil
}

// remains names the weak yeses of a record, and reports whether it says anything else.
func (r *importing) remains(line inbound.Result) bool {
	weak := line.Record.Weak(r.cat)
	for _, c := range weak {
		fmt.Fprintf(r.Stderr, "line %d: WEAK: %s: %s\n", line.Number, c.Purpose, tooWeak)
	}
	r.weak += len(weak)
	return len(line.Record.Choices) > len(weak)
}

const tooWeak = "the evidence of this yes is weaker than the purpose wants; nothing becomes of it"

func (r *importing) refuse(number int, err error) {
	r.refused++
	fmt.Fprintf(r.Stderr, "line %d: REFUSED: %s\n", number, cli.Told(err))
}

func (r *importing) code() int {
	if r.refused > 0 {
		return cli.ExitRefused
	}
	return cli.ExitDone
}

// foresee lists what would become of each record if nothing else were known about anybody.
// What the ledger holds can only turn a yes into nothing.
func (r *importing) foresee(records iter.Seq2[inbound.Result, error]) (int, error) {
	t := tabwriter.NewWriter(r.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "LINE\tRECORD\tPURPOSE\tRECIPIENT\tWHAT WOULD HAPPEN\n")
	counts := map[string]int{}
	for line, err := range records {
		if err != nil {
			return 0, err
		}
		if line.Err != nil {
			r.refuse(line.Number, line.Err)
			continue
		}
		foreseen, err := line.Record.Foresee(r.source, r.digest, r.cat, r.now())
		if err != nil {
			r.refused++
			fmt.Fprintf(t, "%d\t%s\t\t\trefused: %s\n", line.Number, freetext.Inline(line.Record.ID), cli.Told(err))
			continue
		}
		weak := line.Record.Weak(r.cat)
		for _, c := range weak {
			counts["weak"]++
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\tweak: %s\n", line.Number, freetext.Inline(line.Record.ID), c.Purpose, c.Recipient, tooWeak)
		}
		if len(foreseen)+len(weak) == 0 {
			counts["nothing"]++
			fmt.Fprintf(t, "%d\t%s\t\t\tnothing: it states no consent for a purpose of the catalogue, or none that still lasts\n", line.Number, freetext.Inline(line.Record.ID))
		}
		for _, f := range foreseen {
			kind, text := outcome(f)
			counts[kind]++
			fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\n", line.Number, freetext.Inline(line.Record.ID), f.Purpose, f.Recipient, text)
		}
	}
	return r.code(), errors.Join(t.Flush(), summary(r.Stdout, counts, r.refused))
}

// outcome describes what would become of a choice, by a word and in a sentence.
func outcome(f inbound.Foreseen) (kind, text string) {
	switch {
	case f.State == statement.Given && f.Cut:
		return "yes", "yes, until " + f.Until.UTC().Format(time.RFC3339) + "; the record's end is later than the catalogue allows"
	case f.State == statement.Given:
		return "yes", "yes, until " + f.Until.UTC().Format(time.RFC3339)
	case f.State == statement.None:
		return "no", "recorded: nobody knows it"
	}
	return "no", "no"
}

func summary(w io.Writer, counts map[string]int, refused int) error {
	_, err := fmt.Fprintf(w, "%d yes, %d no, %d weak, %d nothing, %d refused\n",
		counts["yes"], counts["no"], counts["weak"], counts["nothing"], refused)
	return err
}
