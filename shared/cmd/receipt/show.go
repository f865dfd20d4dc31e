package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// load reads one receipt and verifies it against the roots, if any are given.
func load(name string, roots receipt.Roots) (*receipt.Receipt, error) {
	b, err := cli.ReadAtMost(name, inside.MaxFile)
	if err != nil {
		return nil, err
	}
	raw, err := inside.Find(b)
	if err != nil {
		return nil, err
	}
	verifier := receipt.NewVerifier(roots...)
	return verifier.Verify(raw)
}

// unread says why a receipt was not read: it was refused, or the file could not be read.
func (c *command) unread(err error) (int, error) {
	if _, refused := receipt.AsRefusal(err); !refused {
		return 0, err
	}
	fmt.Fprintf(c.Stdout, "%s: %s\n", cli.Loud(receipt.VerdictOfSigned(err)), cli.Told(err))
	return cli.ExitRefused, nil
}

const showHelp = `receipt show [--root FILE] [--json] FILE
    prints a receipt for a person to read; with --json, all that it discloses
    as one JSON object
receipt show --format html|text|pdf [--catalogue FILE] [--language TAG]
             [--root FILE] [--out FILE] FILE
    writes it anew in one of its forms, in its own words. One that was issued
    before receipts had words needs the catalogue that it names: FILE of
    --catalogue is from a bundle's catalogues/, or the YAML.
`

func (c *command) show(_ context.Context, f *cli.Flags) (int, error) {
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file)")
	format := f.String("format", "", "html, text or pdf: write it anew in this form")
	catalogueFile := f.String("catalogue", "", "catalogue that the receipt names, if it has no words of its own")
	language := f.String("language", "", "language of the form (default: that of the notice)")
	asJSON := f.Bool("json", false, "print one JSON object")
	out := f.String("out", "", "file to write; it must not exist (default: standard output)")
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	trusted, err := cli.Trust(roots)
	if err != nil {
		return 0, err
	}
	rec, err := load(f.Arg(0), trusted.Roots)
	if err != nil {
		return c.unread(err)
	}
	if *format != "" {
		return cli.ExitDone, c.form(f, rec, trusted.Roots, *format, *catalogueFile, *language, *out)
	}
	if *asJSON {
		return cli.ExitDone, c.json(rec)
	}
	p := &printer{cli.Printer{W: c.Stdout}, page.NamesIn(rec, "en")}
	p.receipt(rec, c.now())
	return cli.ExitDone, p.Err
}

// json prints what a receipt discloses, as one JSON object. Root is empty if the receipt was
// checked against no root.
func (c *command) json(rec *receipt.Receipt) error {
	b, err := json.MarshalIndent(struct {
		Digest   string          `json:"digest"`
		Root     string          `json:"root,omitempty"`
		Withheld map[string]int  `json:"withheld"`
		Receipt  *receipt.Claims `json:"receipt"` // a withheld element has the placeholder of RFC 9901
	}{rec.Digest, rec.Root, rec.Withheld(), &rec.Claims}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.Document, "%s\n", freetext.EscapeJSON(b))
	return err
}

// printer prints a receipt for a person.
type printer struct {
	cli.Printer
	names *page.Names
}

// each reads the disclosed values of an array.
func each[T any](p *printer, name string, elements []receipt.Element, print func(T)) {
	values, all := receipt.Values(elements)
	for _, raw := range values {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			p.Err = fmt.Errorf("%s: %w", name, err)
			return
		}
		print(v)
	}
	if !all {
		p.Line("  (%d of %d withheld)", len(elements)-len(values), len(elements))
	}
}

func (p *printer) receipt(rec *receipt.Receipt, now time.Time) {
	p.head(rec)
	p.section("What changed", rec.Changes)
	each(p, "changes", rec.Changes, p.change)
	if became := cli.BecameOf(rec, nil, 1, now); len(became) > 0 {
		p.Line("")
		p.Line("Later changes")
		for _, b := range became {
			p.Line("  %s", b.String())
		}
	}
	p.section("The state after this receipt", rec.Standing)
	each(p, "standing", rec.Standing, p.standing)
	p.section("In full", rec.Records)
	each(p, "records", rec.Records, p.record)
	p.section("Data request", rec.Request)
	each(p, "request", rec.Request, p.request)
	p.section("Who acted, and the evidence", append(slices.Clone(rec.Actor), rec.Evidence...))
	each(p, "actor", rec.Actor, func(a statement.Actor) { p.Line("  done by: %s %s", a.Role, quoted(a.ID)) })
	each(p, "evidence", rec.Evidence, p.evidence)
	p.section("Notes", rec.Note)
	each(p, "note", rec.Note, func(n statement.Note) {
		p.Line("  %s:", n.By)
		p.Quote(n.Text)
	})
	if c := rec.Event.Corrects; c != nil {
		p.Line("")
		p.Line("It corrects receipt %d, from %s:", c.Seq, c.From.Format(time.RFC1123))
		p.Quote(c.Why)
	}
	p.Line("")
	p.Line("digest %s", rec.Digest)
	p.Line("after  %s", cmp.Or(rec.Prev, "nothing: this is the first"))
}

// head says what the receipt is, and how far it was checked.
func (p *printer) head(rec *receipt.Receipt) {
	p.Line("Consent receipt %d: %s, %s", rec.Seq, rec.Event.Type, rec.Event.OccurredAt.Format(time.RFC1123))
	p.Line("%s", p.names.HeadlineForOthers(rec))
	if c := rec.Controller; c != nil {
		p.Line("by %s", p.names.Contact())
	}
	p.Line("issued by %s for %s", rec.Issuer, rec.Subject)
	if rec.Root != "" {
		p.Line("genuine: signed under root %s", rec.Root)
	} else {
		p.Line("not checked against a root: give one with --root")
	}
	if !rec.Complete() {
		p.Line("parts of it are withheld")
	}
	if rec.Event.Late {
		p.Line("it came late: the consent was given after this happened")
	}
}

func (p *printer) change(c statement.Change) {
	n := p.names.OfChange(c)
	p.Line("  %s for %s: %s -> %s%s", cmp.Or(n.Purpose(c.Purpose), "consent "+c.ConsentID), cmp.Or(n.Party(c.Recipient), "nobody"), c.From, c.To, deltas(n, c))
	for _, effect := range n.Effects(c) {
		p.Line("    %s", effect)
	}
}

func (p *printer) evidence(e statement.Evidence) {
	p.Line("  evidence: %s, by %s %s", e.Level, e.Channel, e.Producer)
	if e.Copied != nil {
		p.Line("  copied from %s, record %s: the record is attested, not the act", e.Copied.System, freetext.Inline(e.Copied.Record))
		if what := e.Copied.Attests; what != "" {
			p.Line("  what that record attests: %s", p.names.Words.Term("value.attests", what))
		}
	}
}

func (p *printer) section(title string, elements []receipt.Element) {
	if len(elements) > 0 {
		p.Line("")
		p.Line("%s", title)
	}
}

// request prints a data request in the words of the receipt's page.
func (p *printer) request(r statement.RequestStatement) {
	words := p.names.Request(r, nil)
	p.Line("  %s, id %s", words.What, r.ID)
	for _, f := range words.Facts {
		line := "  " + f.Label + ":"
		if text := strings.TrimSpace(strings.Join(f.Lines, ", ") + " " + f.URL); text != "" {
			line += " " + text
		}
		p.Line("%s", line)
		if len(f.Quoted) > 0 {
			p.Quote(strings.Join(f.Quoted, "\n"))
		}
	}
}

func (p *printer) standing(raw json.RawMessage) {
	s, err := statement.ParseStanding(1, time.Time{}, []json.RawMessage{raw})
	if err != nil {
		p.Err = err
		return
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		n := p.names.OfLine(l)
		purpose, recipient := n.Purpose(l.Purpose), n.Party(l.Recipient)
		if l.Terms == nil {
			p.Line("  no to %s for %s (%s)", purpose, recipient, l.State)
			continue
		}
		p.Line("  yes to %s for %s: %s, until %s", purpose, recipient, strings.Join(n.Data(l.Data), ", "), l.Until.Format(time.RFC1123))
		if attests := n.Attests(l); attests != "" {
			p.Line("    %s", attests)
		}
	}
	for _, r := range s.Requests {
		words := p.names.Request(statement.RequestStatement{Request: r}, nil)
		p.Line("  %s", strings.Join(slices.DeleteFunc([]string{words.What, words.State, words.Next}, func(s string) bool { return s == "" }), ", "))
	}
	if s.Fence != nil {
		p.Line("  nothing older than %s counts (%s)", s.Fence.At.Format(time.RFC1123), s.Fence.Cause)
	}
}

func (p *printer) record(r statement.Record) {
	for _, purpose := range r.Purposes {
		p.Line("  %s", purpose.Title)
		if last := len(r.Events) - 1; last >= 0 {
			p.Line("    state: %s", strings.TrimPrefix(r.Events[last].EventState, "dpv:Consent"))
		}
		for _, line := range freetext.Lines(purpose.Description) {
			p.Line("    %s", line)
		}
		for _, d := range purpose.PIIInformation {
			p.Line("    data: %s", d.Label)
		}
		p.Line("    to withdraw: %s, or: %s", purpose.WithdrawalMethod.URL, purpose.WithdrawalMethod.Alternative)
	}
	for _, party := range r.Parties {
		p.Line("    %s: %s, %s, %s", party.Role, party.Name, party.Contact, party.Phone)
	}
}

// deltas says in brackets what a change added and removed.
func deltas(n *page.Names, c statement.Change) string {
	var parts []string
	add := func(sign string, d statement.Delta) {
		for _, s := range n.Data(d.Data) {
			parts = append(parts, sign+s)
		}
		for _, r := range d.Resources {
			parts = append(parts, sign+r.Type+" "+cmp.Or(r.Label, r.ID))
		}
	}
	add("+", c.Added)
	add("-", c.Removed)
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// quoted returns a text for display within a line, or "" for an empty text.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return freetext.Inline(s)
}
