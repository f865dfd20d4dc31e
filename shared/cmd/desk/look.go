package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt"
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
		t.row(l.Purpose, l.Recipient, l.StateAt(s.At), map[bool]string{true: "yes", false: "no"}[l.InForce], until, l.ConsentID)
	}
	if s.OptOutSince != nil {
		t.row()
		t.row("OPT-OUT OF SALE AND SHARING SINCE", s.OptOutSince.Format(time.RFC3339))
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
	return d.list(ctx, at.At("/receipts"), "receipts", "seq", "issued_at", "event_type", "digest")
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
	return d.list(ctx, path, "records", "at", "role", "did", "case", "about", "staff")
}

// listing returns what the verb of a list does. The value all of a flag leaves the parameter
// out.
func listing(l api.Listing) func(*desk, context.Context) error {
	return func(d *desk, ctx context.Context) error {
		query := reflect.New(reflect.TypeOf(l.Query)).Elem()
		query.Set(reflect.ValueOf(l.Query))
		for i := range query.NumField() {
			tag := query.Type().Field(i).Tag
			if help := tag.Get("help"); help != "" {
				d.f.Func(strings.ReplaceAll(tag.Get("query"), "_", "-"), help, func(value string) error {
					if value == "all" {
						value = ""
					}
					query.Field(i).SetString(value)
					return nil
				})
			}
		}
		if err := d.begin(0, 0); err != nil {
			return err
		}
		return d.list(ctx, client.With(l.Path, query.Interface()), l.Name, l.Columns...)
	}
}

// report counts data requests by type and rule, all of them together, and by month; and it names
// those that are late or nearly late.
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
	report.Total.Type = "all"
	counts := d.table("TYPE", "RULE", "RECEIVED", "IN TIME", "LATE", "WITHDRAWN", "EXPIRED", "EXTENDED", "OPEN", "OVERDUE", "MEDIAN DAYS", "MAX DAYS")
	for _, r := range append(report.Rows, report.Total) {
		counts.row(r.Type, r.Rule, r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, r.MedianDays, r.MaxDays)
	}
	trend := d.table("MONTH", "RECEIVED", "IN TIME", "LATE", "OPEN", "MEDIAN DAYS")
	for _, r := range report.Trend {
		trend.row(r.Month, r.Received, r.InTime, r.Late, r.Open, r.MedianDays)
	}
	pressing := d.table("DUE", "DAYS LEFT", "TYPE", "RULE", "ID")
	for _, p := range report.Pressing.Requests {
		pressing.row(p.Next, p.DaysLeft, p.Type, p.Rule, p.ID)
	}
	return errors.Join(counts.flush(), trend.flush(), pressing.flush())
}
