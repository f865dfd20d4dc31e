package docket

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"

	"consent-receipts/shared/statement"
)

// Row is what became of the requests of one type under one rule.
type Row struct {
	Type       statement.RequestType `json:"type,omitempty"`
	Rule       statement.Rule        `json:"rule,omitempty"`
	Received   int                   `json:"received"`
	InTime     int                   `json:"answered_in_time"`
	Late       int                   `json:"answered_late"` // or confirmed late
	Withdrawn  int                   `json:"withdrawn"`     // by the person
	Expired    int                   `json:"expired"`       // unanswered: no identity in time, or nothing left to answer from
	Extended   int                   `json:"extended"`
	Open       int                   `json:"open"`
	Overdue    int                   `json:"overdue"`     // of the open ones
	MedianDays int                   `json:"median_days"` // to an answer, in whole days; of an even number the lower one
	MaxDays    int                   `json:"max_days"`

	days []int
}

// Report counts requests, as of a day.
type Report struct {
	today string // YYYY-MM-DD
	total Row
	rows  map[kind]*Row
}

type kind struct {
	of   statement.RequestType
	rule statement.Rule
}

// NewReport returns a report of no requests, as of a day (YYYY-MM-DD).
func NewReport(today string) *Report { return &Report{today: today, rows: map[kind]*Row{}} }

// Add counts requests.
func (r *Report) Add(requests []Case) {
	for i := range requests {
		c := &requests[i]
		row := r.rows[kind{c.Type, c.Rule}]
		if row == nil {
			row = &Row{Type: c.Type, Rule: c.Rule}
			r.rows[kind{c.Type, c.Rule}] = row
		}
		row.add(c, r.today)
		r.total.add(c, r.today)
	}
}

// Rows says what became of the requests, by type and rule.
func (r *Report) Rows() []*Row {
	out := make([]*Row, 0, len(r.rows))
	for _, row := range r.rows {
		row.sum()
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b *Row) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Rule, b.Rule)) })
	return out
}

// Total says what became of all requests, in a row without a type and a rule.
func (r *Report) Total() *Row {
	r.total.sum()
	return &r.total
}

// sum works out what is not counted.
func (row *Row) sum() {
	slices.Sort(row.days)
	if n := len(row.days); n > 0 {
		row.MedianDays, row.MaxDays = row.days[(n-1)/2], row.days[n-1]
	}
}

func (row *Row) add(r *Case, today string) {
	row.Received++
	if r.Extended {
		row.Extended++
	}
	switch {
	case !r.Ended:
		row.Open++
		if r.Overdue(today) {
			row.Overdue++
		}
		return
	case r.State == statement.TakenBack:
		row.Withdrawn++
		return
	case r.State == statement.Lapsed:
		row.Expired++
		return
	case r.Overdue(today):
		row.Late++
	default:
		row.InTime++
	}
	row.days = append(row.days, int(r.At.Sub(r.Received).Hours()/24))
}

// WriteCSV writes a report as CSV (RFC 4180), with a header.
func WriteCSV(w io.Writer, rows []*Row) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write([]string{"type", "rule", "received", "answered_in_time", "answered_late", "withdrawn", "expired", "extended", "open", "overdue", "median_days", "max_days"})
	for _, r := range rows {
		line := []string{string(r.Type), string(r.Rule)}
		for _, n := range []int{r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, r.MedianDays, r.MaxDays} {
			line = append(line, fmt.Sprint(n))
		}
		_ = out.Write(line)
	}
	out.Flush()
	return out.Error()
}
