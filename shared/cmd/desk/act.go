package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

// act carries something out for a case and prints the number of the receipt, and of a
// data request what it has become and what is due next.
func (d *desk) act(ctx context.Context, path string, body any) error {
	return d.change(ctx, http.MethodPost, path, body)
}

// change is act by any method.
func (d *desk) change(ctx context.Context, method, path string, body any) error {
	given, err := ask[api.Given](ctx, d, method, path, body)
	if err != nil || given == nil {
		return err
	}
	fmt.Fprintf(d.Stdout, "receipt %d, %s\n", given.Seq, given.Digest)
	r, err := given.Requested()
	if r != nil && err == nil {
		fmt.Fprintf(d.Stdout, "%s, %s, next date %s\n", r.Type, r.State, cmp.Or(r.NextDate(), "none"))
	}
	return err
}

// optOut says no for a person.
func (d *desk) optOut(ctx context.Context) error {
	var purposes, consents cli.List
	d.f.Var(&purposes, "purpose", "a purpose to say no to")
	d.f.Var(&consents, "consent", "a consent to end")
	all := d.f.Bool("all", false, "say no to everything")
	reason := d.f.String("reason", "", "what the person said")
	at, err := d.acting(1)
	if err != nil {
		return err
	}
	body := consent.OptOut{All: *all, Purposes: purposes, Consents: consents, Reason: consent.Reason(*reason)}
	if *all == (len(purposes)+len(consents) > 0) || len(purposes) > 0 && len(consents) > 0 {
		return d.f.Wrong("one of --all, --purpose, --consent")
	}
	return d.act(ctx, at.At("/opt-out"), body)
}

// annul corrects a receipt that was made by mistake. The digest makes sure of which.
func (d *desk) annul(ctx context.Context) error {
	reason := d.f.String("reason", "", "what the mistake was; it is kept in the receipt")
	at, err := d.acting(3)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseUint(d.f.Arg(1), 10, 64)
	if err != nil || *reason == "" {
		return d.f.Wrong("give the number of a receipt, and --reason")
	}
	return d.act(ctx, at.At("/annulments"), consent.Annul{Seq: seq, Digest: d.f.Arg(2), Reason: *reason})
}

// enter opens a data request that a person made by letter, by phone or at the counter.
func (d *desk) enter(ctx context.Context) error {
	received := d.f.String("received", "", "when it was received: a date (YYYY-MM-DD) or a date-time (default: now)")
	details := d.f.String("details", "", "in the person's own words; it is kept in the receipt")
	earlier := d.f.String("about", "", "of an appeal: the id of the earlier request")
	named := d.f.Bool("customer", false, "read the customer number from standard input, to be kept sealed with the request")
	var scope statement.Scope
	d.f.Var((*cli.List)(&scope.Purposes), "purpose", "a purpose that it is limited to")
	d.f.Var((*cli.List)(&scope.Data), "data", "a data category that it is limited to")
	at, err := d.acting(2)
	if err != nil {
		return err
	}
	body := api.EnteredRequest{
		RequestData: consent.RequestData{Type: d.f.Arg(1), About: *earlier, Scope: scope, Details: *details}, Received: *received,
	}
	if *named {
		if body.Customer, err = d.customer(); err != nil {
			return err
		}
	}
	return d.act(ctx, at.At("/data-requests"), body)
}

// identity prints whose data request it is. The person can read that it was opened, and why.
func (d *desk) identity(ctx context.Context) error {
	reason := d.f.String("reason", "", "for what: "+strings.Join(api.IdentityReasons, ", "))
	at, err := d.acting(2)
	if err != nil {
		return err
	}
	if !slices.Contains(api.IdentityReasons, *reason) {
		return d.f.Wrong("--reason is one of %s", strings.Join(api.IdentityReasons, ", "))
	}
	opened, err := ask[api.Identity](ctx, d, http.MethodPost, at.Identity(d.f.Arg(1)), api.OpenIdentity{Reason: *reason})
	if err != nil || opened == nil {
		return err
	}
	_, err = fmt.Fprintln(d.Stdout, freetext.Visible(cmp.Or(opened.Customer, opened.Email)))
	return err
}

// request prints one data request, its history, and what may be done next.
func (d *desk) request(ctx context.Context) error {
	at, err := d.about(2)
	if err != nil {
		return err
	}
	r, err := ask[api.Life](ctx, d, http.MethodGet, at.Request(d.f.Arg(1)), nil)
	if err != nil || r == nil {
		return err
	}
	overdue := ""
	if r.Overdue {
		overdue = ", OVERDUE"
	}
	fmt.Fprintf(d.Stdout, "%s, %s, %s (%s)%s\n", r.Request.Type, r.Request.State, cli.Next(r.Request.Request), cmp.Or(r.Request.Source, string(r.Request.Rule)), overdue)
	if about := cmp.Or(r.Request.AboutRequest, cli.Scoped(r.Request.Scope)); about != "" {
		fmt.Fprintf(d.Stdout, "about %s\n", about)
	}
	p := &cli.Printer{W: d.Stdout}
	if r.Proposal != nil {
		p.Line("proposed as %d: %s", r.Proposal.Of, strings.TrimSuffix(string(r.Proposal.Step.Act)+", "+r.Proposal.Step.Reason, ", "))
	}
	if r.Request.Details != "" {
		p.Quote(r.Request.Details)
	}
	fmt.Fprintln(d.Stdout)
	if err := d.life(r); err != nil {
		return err
	}
	for _, h := range r.History {
		if h.Note != "" {
			p.Line("")
			p.Line("note of receipt %d:", h.Seq)
			p.Quote(h.Note)
		}
	}
	return p.Err
}

// life prints the receipts about a data request, the parts of its answer, and what may be done next.
func (d *desk) life(r *api.Life) error {
	t := d.table("RECEIPT", "AT", "RECORDED", "EVENT", "BY", "DUE", "CASE", "REASON")
	for _, h := range r.History {
		by := string(h.By)
		if h.Party != "" {
			by = freetext.Inline(h.Party) + "/" + freetext.Inline(h.Protocol)
		}
		t.row(h.Seq, h.At.Format(time.RFC3339), h.Recorded.Format(time.RFC3339), h.Event, by, cmp.Or(h.Due, "-"), cmp.Or(h.Case, "-"), cmp.Or(h.Reason, "-"))
	}
	if len(r.Parts) > 0 {
		t.row()
		t.row("PART", "TYPE", "BYTES", "DIGEST")
		for _, p := range r.Parts {
			t.row(freetext.Inline(p.Name), p.MediaType, p.Size, p.Digest)
		}
	}
	if len(r.Choices) > 0 {
		t.row()
		t.row("ACT", "THEN", "DUE", "REASONS, ONE OF", "A DATE FROM", "UNTIL", "NEEDS")
		for _, c := range r.Choices {
			dates := cmp.Or(c.Dates, &datarequest.Span{From: "-", Until: "-"})
			t.row(c.Act, c.Becomes, cmp.Or(c.Due, "-"), cmp.Or(strings.Join(c.Reasons, ", "), "-"), dates.From, dates.Until, needs(c))
		}
	}
	return t.flush()
}

// needs names the flags that an act needs beside a reason and a date.
func needs(c datarequest.Choice) string {
	switch {
	case c.NothingHeld:
		return "--nothing-held"
	case c.Withheld:
		return "--without"
	}
	return "-"
}
