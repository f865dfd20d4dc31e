package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

// done is what the API answers to an act.
type done struct {
	Seq     uint64
	Digest  string
	Request *statement.Request // the data request as it stands then, if it was about one
}

// act carries something out for a case and prints the number of the receipt, and of a
// data request what it has become and what is due next.
func (d *desk) act(ctx context.Context, path string, body any) error {
	given, err := ask[done](ctx, d, http.MethodPost, path, body)
	if err != nil || given == nil {
		return err
	}
	fmt.Fprintf(d.stdout, "receipt %d, %s\n", given.Seq, given.Digest)
	if r := given.Request; r != nil {
		fmt.Fprintf(d.stdout, "%s, %s, next date %s\n", r.Type, r.State, or(r.NextDate(), "none"))
	}
	return nil
}

// optOut says no for a person.
func (d *desk) optOut(ctx context.Context, args []string) error {
	var purposes, consents list
	d.f.Var(&purposes, "purpose", "a purpose to say no to")
	d.f.Var(&consents, "consent", "a consent to end")
	all := d.f.Bool("all", false, "say no to everything")
	reason := d.f.String("reason", "", "what the person said")
	at, err := d.about(args, 1)
	if err != nil {
		return err
	}
	body := map[string]any{}
	if *all {
		body["all"] = true
	}
	if len(purposes) > 0 {
		body["purposes"] = purposes
	}
	if len(consents) > 0 {
		body["consents"] = consents
	}
	if len(body) != 1 {
		return d.wrong("one of --all, --purpose, --consent")
	}
	if *reason != "" {
		body["reason"] = *reason
	}
	if err := d.needsCase(); err != nil {
		return err
	}
	return d.act(ctx, at+"/opt-out", body)
}

// annul corrects a receipt that was made by mistake. The digest makes sure of which.
func (d *desk) annul(ctx context.Context, args []string) error {
	reason := d.f.String("reason", "", "what the mistake was; it is kept in the receipt")
	at, err := d.about(args, 3)
	if err != nil {
		return err
	}
	seq, err := strconv.ParseUint(d.f.Arg(1), 10, 64)
	if err != nil || *reason == "" {
		return d.wrong("give the number of a receipt, and --reason")
	}
	if err := d.needsCase(); err != nil {
		return err
	}
	return d.act(ctx, at+"/annulments", map[string]any{"seq": seq, "digest": d.f.Arg(2), "reason": *reason})
}

// enter opens a data request that a person made by letter, by phone or at the counter.
func (d *desk) enter(ctx context.Context, args []string) error {
	received := d.f.String("received", "", "when it was received: a date (YYYY-MM-DD) or a date-time (default: now)")
	details := d.f.String("details", "", "in the person's own words; it is kept in the receipt")
	earlier := d.f.String("about", "", "of an appeal: the id of the earlier request")
	var scope statement.Scope
	d.f.Var((*list)(&scope.Purposes), "purpose", "a purpose that it is limited to")
	d.f.Var((*list)(&scope.Data), "data", "a data category that it is limited to")
	at, err := d.about(args, 2)
	if err != nil {
		return err
	}
	if err := d.needsCase(); err != nil {
		return err
	}
	body := map[string]any{"type": d.f.Arg(1)}
	if scoped(scope) != "" {
		body["scope"] = scope
	}
	for name, value := range map[string]string{"received": *received, "details": *details, "about": *earlier} {
		if value != "" {
			body[name] = value
		}
	}
	return d.act(ctx, at+"/data-requests", body)
}

// request prints one data request, its history, and what may be done next.
func (d *desk) request(ctx context.Context, args []string) error {
	at, err := d.about(args, 2)
	if err != nil {
		return err
	}
	r, err := ask[struct {
		Request statement.RequestStatement
		Overdue bool
		History []struct {
			Seq                                uint64
			At                                 time.Time
			Recorded                           time.Time `json:"recorded_at"`
			Event, By, Reason, Case, Note, Due string
			Party, Protocol                    string
		}
		Choices []datarequest.Choice
	}](ctx, d, http.MethodGet, at+"/data-requests/"+url.PathEscape(d.f.Arg(1)), nil)
	if err != nil || r == nil {
		return err
	}
	overdue := ""
	if r.Overdue {
		overdue = ", OVERDUE"
	}
	fmt.Fprintf(d.stdout, "%s, %s, %s (%s)%s\n", r.Request.Type, r.Request.State, next(r.Request.Request), or(r.Request.Source, string(r.Request.Rule)), overdue)
	if about := or(r.Request.AboutRequest, scoped(r.Request.Scope)); about != "" {
		fmt.Fprintf(d.stdout, "about %s\n", about)
	}
	p := &printer{w: d.stdout}
	if r.Request.Details != "" {
		p.quote(r.Request.Details)
	}
	fmt.Fprintln(d.stdout)
	t := d.table("RECEIPT", "AT", "RECORDED", "EVENT", "BY", "DUE", "CASE", "REASON")
	for _, h := range r.History {
		by := h.By
		if h.Party != "" {
			by = freetext.Inline(h.Party) + "/" + freetext.Inline(h.Protocol)
		}
		t.row(h.Seq, h.At.Format(time.RFC3339), h.Recorded.Format(time.RFC3339), h.Event, by, or(h.Due, "-"), or(h.Case, "-"), or(h.Reason, "-"))
	}
	if len(r.Choices) > 0 {
		t.row()
		t.row("ACT", "THEN", "DUE", "REASONS, ONE OF")
		for _, c := range r.Choices {
			t.row(c.Act, c.Becomes, or(c.Due, "-"), strings.Join(c.Reasons, ", "))
		}
	}
	if err := t.flush(); err != nil {
		return err
	}
	for _, h := range r.History {
		if h.Note != "" {
			p.line("")
			p.line("note of receipt %d:", h.Seq)
			p.quote(h.Note)
		}
	}
	return p.err
}

// step takes a data request one step on.
func (d *desk) step(ctx context.Context, args []string) error {
	reason := d.f.String("reason", "", "a reason that the rule knows")
	note := d.f.String("note", "", "a word to the person; it is kept in the receipt")
	at, err := d.about(args, 3)
	if err != nil {
		return err
	}
	if acts := staffActs(); !slices.Contains(acts, d.f.Arg(2)) {
		return d.wrong("ACT is one of %s; receipt desk request says which are possible now", strings.Join(acts, ", "))
	}
	if err := d.needsCase(); err != nil {
		return err
	}
	body := map[string]string{"act": d.f.Arg(2)}
	for name, value := range map[string]string{"reason": *reason, "note": *note} {
		if value != "" {
			body[name] = value
		}
	}
	return d.act(ctx, at+"/data-requests/"+url.PathEscape(d.f.Arg(1))+"/steps", body)
}

// staffActs are the acts by which the staff takes a data request on.
func staffActs() (acts []string) {
	for _, row := range datarequest.Transitions {
		if slices.Contains(row.By, datarequest.Staff) && !slices.Contains(acts, string(row.Act)) {
			acts = append(acts, string(row.Act))
		}
	}
	return acts
}
