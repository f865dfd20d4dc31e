package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
)

func (d *desk) standing(ctx context.Context) error {
	at, err := d.about(1)
	if err != nil {
		return err
	}
	s, err := ask[api.Standing](ctx, d, http.MethodGet, at.At("/standing"), nil)
	if err != nil || s == nil {
		return err
	}
	t := d.table("PURPOSE", "RECIPIENT", "STATE", "IN FORCE", "UNTIL", "CONSENT")
	for _, l := range s.Lines {
		until := ""
		if l.Terms != nil {
			until = l.Until.Format(time.RFC3339)
		}
		t.row(l.Purpose, l.Recipient, l.StateAt(s.At), yesNo(l.InForce), until, l.ConsentID)
	}
	if len(s.Requests) > 0 {
		t.row()
		t.row("REQUEST", "RULE", "STATE", "DUE", "RECEIVED", "ID")
		for _, r := range s.Requests {
			t.row(r.Type, r.Rule, r.State, r.Due, r.Received.Format(time.RFC3339), r.ID)
		}
	}
	return t.flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// receipts lists a person's receipts, or writes one as it is signed.
func (d *desk) receipts(ctx context.Context) error {
	seq := d.f.Uint64("seq", 0, "write this receipt, as it is signed, to standard output")
	at, err := d.about(1)
	if err != nil {
		return err
	}
	if *seq > 0 {
		raw, err := d.send(ctx, http.MethodGet, at.Receipt(*seq), nil, "Accept", receipt.MediaType)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(d.Document, "%s\n", raw)
		return err
	}
	return list(ctx, d, at.At("/receipts"), "receipts", []any{"RECEIPT", "ISSUED", "EVENT", "DIGEST"}, func(r api.ListedReceipt) []any {
		return []any{r.Seq, r.IssuedAt.Format(time.RFC3339), r.EventType, r.Digest}
	})
}

// audit lists who of the staff looked at a person's data, or acted for the person. With --day
// it lists what the staff did on a day that concerns nobody in particular.
func (d *desk) audit(ctx context.Context) error {
	day := d.f.String("day", "", "a day (YYYY-MM-DD, in UTC), instead of a person")
	staff := d.f.String("staff", "", "with --day: list only what this member of the staff did")
	if err := d.begin(0, 1); err != nil {
		return err
	}
	path := client.With(api.DayPath, api.DayQuery{Day: *day, Staff: *staff})
	switch {
	case *day == "" && (*staff != "" || d.f.NArg() != 1), *day != "" && d.f.NArg() != 0:
		return d.f.Wrong("give a PERSON, or --day and perhaps --staff")
	case *day == "":
		at, err := d.person()
		if err != nil {
			return err
		}
		path = at.At("/audit")
	}
	return list(ctx, d, path, "records", []any{"AT", "ROLE", "DID", "CASE", "ABOUT", "STAFF"}, func(r looks.Shown) []any {
		return []any{r.At.Format(time.RFC3339), r.Role, r.Did, cmp.Or(r.Case, "-"), cmp.Or(r.About, "-"), r.Staff}
	})
}

// requests lists the data requests of all people. Those that are due first stand on top.
func (d *desk) requests(ctx context.Context) error {
	var query api.RequestsQuery
	d.f.StringVar(&query.State, "state", docket.Open, "a state, or open (if none is given), overdue, ended or all")
	d.f.StringVar(&query.Type, "type", "", "a type of request")
	d.f.StringVar(&query.DueBefore, "due-before", "", "only what is due before this date (YYYY-MM-DD)")
	if err := d.begin(0, 0); err != nil {
		return err
	}
	if query.State == "all" {
		query.State = ""
	}
	columns := []any{"DUE", "", "TYPE", "STATE", "RECEIVED", "RULE", "PERSON", "ID"}
	return list(ctx, d, client.With(api.RequestsPath, query), "requests", columns, func(r api.ListedRequest) []any {
		mark := ""
		if r.Overdue {
			mark = "OVERDUE"
		}
		return []any{r.Due, mark, r.Type, r.State, r.Received.Format(time.DateOnly), r.Rule, r.Person, r.ID}
	})
}

// report counts data requests by type and rule, and all of them together.
func (d *desk) report(ctx context.Context) error {
	var query api.ReportQuery
	d.f.StringVar(&query.From, "from", "", "first month in which they were received (YYYY-MM)")
	d.f.StringVar(&query.Until, "until", "", "last such month")
	asCSV := d.f.Bool("csv", false, "write CSV")
	if err := d.begin(0, 0); err != nil {
		return err
	}
	path := client.With(api.ReportPath, query)
	if *asCSV {
		b, err := d.send(ctx, http.MethodGet, path, nil, "Accept", "text/csv")
		if err != nil {
			return err
		}
		_, err = d.Document.Write(b)
		return err
	}
	report, err := ask[api.Report](ctx, d, http.MethodGet, path, nil)
	if err != nil || report == nil {
		return err
	}
	fmt.Fprintf(d.Stdout, "as of %s\n", report.AsOf)
	t := d.table("TYPE", "RULE", "RECEIVED", "IN TIME", "LATE", "WITHDRAWN", "EXPIRED", "EXTENDED", "OPEN", "OVERDUE", "MEDIAN DAYS", "MAX DAYS")
	report.Total.Type = "all"
	for _, r := range append(report.Rows, report.Total) {
		t.row(r.Type, r.Rule, r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, r.MedianDays, r.MaxDays)
	}
	return t.flush()
}
