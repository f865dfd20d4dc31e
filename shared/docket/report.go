package docket

import (
	"cmp"
	"encoding/csv"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// Row is what became of the requests of one type under one rule, or of those received in one
// month.
type Row struct {
	Type       statement.RequestType `json:"type,omitempty"`
	Rule       statement.Rule        `json:"rule,omitempty"`
	Month      string                `json:"month,omitempty"` // YYYY-MM, in UTC
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
	today    string // YYYY-MM-DD
	total    Row
	rows     map[kind]*Row
	months   map[string]*Row
	pressing []Pressing
}

// Pressing is an open request that is late, or nearly late. A report names it by its number
// alone, and nobody by a pseudonym: it is read by more people than the desk.
type Pressing struct {
	ID       string                `json:"id"`
	Type     statement.RequestType `json:"type"`
	Rule     statement.Rule        `json:"rule"`
	Next     string                `json:"next"`      // YYYY-MM-DD: by when its receipt is to be confirmed, or the request answered
	DaysLeft int                   `json:"days_left"` // less than 0 when it is late
}

const (
	// Soon is how many days before a deadline the staff is warned of it.
	Soon = 7
	// Trend is the number of months whose requests a report counts apart.
	Trend = 12
	// MaxPressing is how many late and nearly late requests a report names. It counts all.
	MaxPressing = 200
)

type kind struct {
	of   statement.RequestType
	rule statement.Rule
}

// NewReport returns a report of no requests, as of a day (YYYY-MM-DD).
func NewReport(today string) *Report {
	return &Report{today: today, rows: map[kind]*Row{}, months: map[string]*Row{}}
}

// Add counts requests.
func (r *Report) Add(requests []Case) {
	for i := range requests {
		c := &requests[i]
		row, in := r.rows[kind{c.Type, c.Rule}], r.months[month(c.Received)]
		if row == nil {
			row = &Row{Type: c.Type, Rule: c.Rule}
			r.rows[kind{c.Type, c.Rule}] = row
		}
		if in == nil {
			in = &Row{Month: month(c.Received)}
			r.months[in.Month] = in
		}
		row.add(c, r.today)
		in.add(c, r.today)
		r.total.add(c, r.today)
		if left, ok := datarequest.DaysLeft(c.Next(), r.today); ok && !c.Ended && left <= Soon {
			r.pressing = append(r.pressing, Pressing{c.ID, c.Type, c.Rule, c.Next(), left})
		}
	}
}

// Trend says what became of the requests of each month: of the newest twelve up to the last one
// in which a request was received, oldest first.
func (r *Report) Trend() []*Row {
	out := []*Row{}
	last := slices.Max(append(slices.Collect(maps.Keys(r.months)), ""))
	for at, err := time.Parse(monthForm, last); err == nil && len(out) < Trend; at = at.AddDate(0, -1, 0) {
		row := r.months[month(at)]
		if row == nil {
			row = &Row{Month: month(at)}
		}
		row.sum()
		out = append(out, row)
	}
	slices.Reverse(out)
	return out
}

// Pressing names the requests that are late or nearly late, those that are due first on top, and
// says how many there are.
func (r *Report) Pressing() (named []Pressing, total int) {
	slices.SortFunc(r.pressing, func(a, b Pressing) int { return cmp.Or(cmp.Compare(a.Next, b.Next), cmp.Compare(a.ID, b.ID)) })
	return append([]Pressing{}, r.pressing[:min(len(r.pressing), MaxPressing)]...), len(r.pressing)
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

// figures are the columns of the files that count requests.
var figures = []string{"received", "answered_in_time", "answered_late", "withdrawn", "expired", "extended", "open", "overdue", "median_days", "max_days"}

func (row *Row) figures() (texts []string) {
	for _, n := range []int{row.Received, row.InTime, row.Late, row.Withdrawn, row.Expired, row.Extended, row.Open, row.Overdue, row.MedianDays, row.MaxDays} {
		texts = append(texts, strconv.Itoa(n))
	}
	return texts
}

// WriteCSV writes what became of requests by type and rule as CSV (RFC 4180), with a header.
func WriteCSV(w io.Writer, rows []*Row) error {
	return writeCSV(w, append([]string{"type", "rule"}, figures...), rows, func(r *Row) []string {
		return append([]string{string(r.Type), string(r.Rule)}, r.figures()...)
	})
}

// WriteTrendCSV writes what became of requests by the month in which they were received.
func WriteTrendCSV(w io.Writer, rows []*Row) error {
	return writeCSV(w, append([]string{"month"}, figures...), rows, func(r *Row) []string { return append([]string{r.Month}, r.figures()...) })
}

// WritePressingCSV writes which requests are late or nearly late.
func WritePressingCSV(w io.Writer, rows []Pressing) error {
	return writeCSV(w, []string{"id", "type", "rule", "next", "days_left"}, rows, func(p Pressing) []string {
		return []string{p.ID, string(p.Type), string(p.Rule), p.Next, strconv.Itoa(p.DaysLeft)}
	})
}

func writeCSV[R any](w io.Writer, header []string, rows []R, line func(R) []string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(header)
	for _, r := range rows {
		_ = out.Write(line(r))
	}
	out.Flush()
	return out.Error()
}
