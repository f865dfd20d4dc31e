package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

// load reads one receipt and verifies it against the roots, if any are given.
func load(name string, roots []string) (*receipt.Receipt, error) {
	options, err := trust(roots)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, inside.MaxFile+1))
	if err != nil {
		return nil, err
	}
	raw := strings.TrimSuffix(string(b[:min(len(b), receipt.MaxBytes+2)]), "\n")
	if inside.KindOf(b) != "" {
		if raw, err = inside.Find(b); err != nil {
			return nil, err
		}
	}
	verifier, err := receipt.NewVerifier(options.Roots...)
	if err != nil {
		return nil, err
	}
	return verifier.Verify(raw)
}

func (c *command) show(args []string) (int, error) {
	f := c.flags("show")
	var roots list
	f.Var(&roots, "root", "root certificate (PEM file)")
	format := f.String("format", "", "html, text or pdf: write it anew in this form")
	catalogueFile := f.String("catalogue", "", "catalogue that the receipt names")
	language := f.String("language", "", "language of the form (default: that of the notice)")
	out := f.String("out", "", "file to write; it must not exist (default: standard output)")
	if err := c.parse(f, args, 1); err != nil {
		return 0, err
	}
	rec, err := load(f.Arg(0), roots)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.stdout, "REFUSED: %s\n", told(err))
		return exitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	if *format != "" {
		given, err := trust(roots)
		if err != nil {
			return 0, err
		}
		return exitGenuine, c.form(rec, given.Roots, *format, *catalogueFile, *language, *out)
	}
	p := &printer{w: c.stdout}
	p.receipt(rec)
	return exitGenuine, p.err
}

// words is how wide somebody's words are printed, in columns.
const words = 72

// printer prints a receipt for a person, and what is a text on one line. The first error
// stays.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = freetext.Visible(text)
		}
	}
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// quote prints somebody's words, each line with its mark.
func (p *printer) quote(text string) {
	for _, line := range freetext.Block(freetext.Lines(text), words) {
		p.line("    %s", line)
	}
}

// each reads the disclosed values of an array.
func each[T any](p *printer, name string, elements []receipt.Element, print func(T)) {
	values, all := receipt.Values(elements)
	for _, raw := range values {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			p.err = fmt.Errorf("%s: %w", name, err)
			return
		}
		print(v)
	}
	if !all {
		p.line("  (%d of %d withheld)", len(elements)-len(values), len(elements))
	}
}

func (p *printer) receipt(rec *receipt.Receipt) {
	p.line("Consent receipt %d: %s, %s", rec.Seq, rec.Event.Type, rec.Event.OccurredAt.Format(time.RFC1123))
	p.line("issued by %s for %s", rec.Issuer, rec.Subject)
	if rec.Root != "" {
		p.line("genuine: signed under root %s", rec.Root)
	} else {
		p.line("not checked against a root: give one with --root")
	}
	if rec.Event.Late {
		p.line("it came late: the consent was given after this happened")
	}
	p.section("What changed", rec.Changes)
	each(p, "changes", rec.Changes, func(c statement.Change) {
		p.line("  %s for %s: %s -> %s%s", or(c.Purpose, "consent "+c.ConsentID), or(c.Recipient, "nobody"), c.From, c.To, deltas(c))
	})
	p.section("What holds since", rec.Standing)
	each(p, "standing", rec.Standing, func(raw json.RawMessage) { p.standing(raw) })
	p.section("The consent in full", rec.Records)
	each(p, "records", rec.Records, p.record)
	p.section("Data request", rec.Request)
	each(p, "request", rec.Request, p.request)
	p.section("Who, and how it is known", append(slices.Clone(rec.Actor), rec.Evidence...))
	each(p, "actor", rec.Actor, func(a statement.Actor) { p.line("  done by: %s %s", a.Role, quoted(a.ID)) })
	each(p, "evidence", rec.Evidence, func(e statement.Evidence) {
		p.line("  evidence: %s, by %s %s", e.Level, e.Channel, e.Producer)
		if e.Copied != nil {
			p.line("  copied from %s, record %s: the record is attested, not the act", e.Copied.System, freetext.Inline(e.Copied.Record))
		}
	})
	p.section("Notes", rec.Note)
	each(p, "note", rec.Note, func(n statement.Note) {
		p.line("  %s:", n.By)
		p.quote(n.Text)
	})
	if c := rec.Event.Corrects; c != nil {
		p.line("")
		p.line("It corrects receipt %d, from %s:", c.Seq, c.From.Format(time.RFC1123))
		p.quote(c.Why)
	}
	p.line("")
	p.line("digest %s", rec.Digest)
	p.line("after  %s", or(rec.Prev, "nothing: this is the first"))
}

func (p *printer) section(title string, elements []receipt.Element) {
	if len(elements) > 0 {
		p.line("")
		p.line("%s", title)
	}
}

func (p *printer) request(r statement.RequestStatement) {
	p.line("  %s: %s, received %s, id %s", r.Type, r.State, r.Received.Format(time.RFC1123), r.ID)
	fact := func(format, value string) {
		if value != "" {
			p.line("  "+format, value)
		}
	}
	fact("about the earlier request %s", r.AboutRequest)
	fact("about %s", scoped(r.Scope))
	if r.Details != "" {
		p.line("  details:")
		p.quote(r.Details)
	}
	fact("reason: %s", r.Reason)
	p.line("  %s", next(r.Request))
	fact("law: %s", or(r.Source, string(r.Rule)))
	if c := r.Complaint; c != nil {
		p.line("  complaints to: %s %s (%s)", c.Authority, c.URL, c.Source)
	}
	if part := r.Part; part != nil {
		p.line("  added to the answer: %s", part.Digest)
		p.quote(fmt.Sprintf("%s (%s)\n%s", part.Name, part.MediaType, part.Where))
	}
	fact("case: %s", r.Case)
}

// scoped lists what a request is limited to; nothing is everything.
func scoped(s statement.Scope) string {
	return strings.Join(append(slices.Clone(s.Purposes), s.Data...), ", ")
}

// next says what is due next of a request, and when.
func next(r statement.Request) string {
	date := r.NextDate()
	switch {
	case date == "":
		return "nothing is due"
	case !r.Open():
		return "an appeal is possible until " + date
	case r.State == statement.ToBeErased:
		return "to be erased by " + date
	case r.State == statement.WantsIdentity:
		return "the person shows who they are by " + date
	case date != r.Due:
		return "answer due " + r.Due + ", to be confirmed by " + date
	}
	return "answer due " + date
}

func (p *printer) standing(raw json.RawMessage) {
	s, err := statement.ParseStanding(1, time.Time{}, []json.RawMessage{raw})
	if err != nil {
		p.err = err
		return
	}
	for _, l := range s.Lines {
		if l.Terms == nil {
			p.line("  no to %s for %s (%s)", l.Purpose, l.Recipient, l.State)
			continue
		}
		p.line("  yes to %s for %s: %s, until %s", l.Purpose, l.Recipient, strings.Join(l.Data, ", "), l.Until.Format(time.RFC1123))
	}
	for _, r := range s.Requests {
		p.line("  request: %s, %s, %s", r.Type, r.State, next(r))
	}
	if s.Fence != nil {
		p.line("  nothing older than %s counts (%s)", s.Fence.At.Format(time.RFC1123), s.Fence.Cause)
	}
}

func (p *printer) record(r statement.Record) {
	for _, purpose := range r.Purposes {
		p.line("  %s", purpose.Title)
		for _, line := range freetext.Lines(purpose.Description) {
			p.line("    %s", line)
		}
		for _, d := range purpose.PIIInformation {
			p.line("    data: %s", d.Label)
		}
		p.line("    to withdraw: %s, or: %s", purpose.WithdrawalMethod.URL, purpose.WithdrawalMethod.Alternative)
	}
	for _, party := range r.Parties {
		p.line("    %s: %s, %s, %s", party.Role, party.Name, party.Contact, party.Phone)
	}
}

// deltas says in brackets what a change added and removed.
func deltas(c statement.Change) string {
	var parts []string
	add := func(sign string, d statement.Delta) {
		for _, s := range d.Data {
			parts = append(parts, sign+s)
		}
		for _, r := range d.Resources {
			parts = append(parts, sign+r.Type+" "+or(r.Label, r.ID))
		}
	}
	add("+", c.Added)
	add("-", c.Removed)
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// quoted is a text within a line, or nothing.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return freetext.Inline(s)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
