package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
)

// work prints the staff's work on a data request: who works on it, notes and drafts.
func (d *desk) work(ctx context.Context) error {
	at, err := d.about(2)
	if err != nil {
		return err
	}
	read, err := ask[api.Case](ctx, d, http.MethodGet, api.CaseOf(at.Request(d.f.Arg(1))), nil)
	if err != nil || read == nil {
		return err
	}
	fmt.Fprintf(d.Stdout, "you are %s\n", read.Me)
	t := d.table("RECORD", "AT", "DID", "CASE", "STAFF", "WITH", "NAME")
	for _, r := range read.Records {
		with := "-"
		if r.Did == casefile.Assign {
			with = cmp.Or(r.With, api.Nobody)
		}
		name := "-"
		if r.Name != "" {
			name = freetext.Inline(r.Name)
		}
		t.row(r.Seq, r.At.Format(time.RFC3339), r.Did, cmp.Or(r.Case, "-"), r.Staff, with, name)
	}
	if err := t.flush(); err != nil {
		return err
	}
	p := &cli.Printer{W: d.Stdout}
	for _, r := range read.Records {
		if r.Text != "" {
			p.Line("")
			p.Line("%s of record %d:", r.Did, r.Seq)
			p.Quote(r.Text)
		}
	}
	return p.Err
}

// assign says who works on a data request.
func (d *desk) assign(ctx context.Context) error {
	with := d.f.String("with", api.Me, "who works on it: me, nobody, or a colleague's sign, as desk case prints it")
	name := d.f.String("name", "", "what colleagues call them; nobody checks it")
	seen := d.f.Int("seen", -1, "the record of the newest assignment that you saw, 0 for none: if a colleague was faster, nothing is recorded")
	at, err := d.acting(2)
	if err != nil {
		return err
	}
	body := api.CaseAssignment{With: *with, Name: *name}
	if *seen >= 0 {
		n := uint64(*seen)
		body.Seen = &n
	}
	return d.onCase(ctx, at, api.Assignments, body)
}

// note keeps a note for colleagues, or a draft of the answer.
func (d *desk) note(ctx context.Context) error {
	text := d.f.String("text", "", "the note; the person does not see it, and the auditor does")
	draft := d.f.Bool("draft", false, "it is a draft of the answer")
	at, err := d.acting(2)
	if err != nil {
		return err
	}
	if *text == "" {
		return d.f.Wrong("--text: give the note")
	}
	route := api.Notes
	if *draft {
		route = api.Drafts
	}
	return d.onCase(ctx, at, route, api.CaseText{Text: *text})
}

// onCase acts on the case of a data request, and prints the number of the record.
func (d *desk) onCase(ctx context.Context, at api.Ledger, route string, body any) error {
	r, err := ask[api.CaseRecord](ctx, d, http.MethodPost, api.CaseOf(at.Request(d.f.Arg(1)))+route, body)
	if err == nil && r != nil {
		fmt.Fprintf(d.Stdout, "record %d, %s\n", r.Seq, r.Did)
	}
	return err
}
