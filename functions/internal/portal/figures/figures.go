// Package figures shows the report on data requests: to the desk as a part of its page, and as a
// page of its own that whoever gets the daily report opens without signing in.
package figures

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/wording"
)

// Files has the template "figures", whose data is a Figures, and the page of its own.
//
//go:embed templates page.html page.css
var Files embed.FS

// Figures is a report in words.
type Figures struct {
	*api.Report
	W    *wording.Words
	N    *page.Names
	Desk string // address at which the desk's paths begin: "" on its own pages
}

// Of says a report in words, which hold those of the desk, and in the names of a catalogue.
func Of(r *api.Report, words *wording.Words, cat *catalogue.Catalogue, desk string) *Figures {
	return &Figures{Report: r, W: words, N: &page.Names{Words: words.InZone(cat.DataRequests.Timezone), Catalogue: cat}, Desk: desk}
}

// Columns are the columns of the report. Their headings are the words desk.report.<column>.
func (*Figures) Columns() []string {
	return []string{"received", "in-time", "late", "withdrawn", "expired", "extended", "open", "overdue", "median", "max"}
}

// Answered is the number of requests that were answered, in time or late.
func (*Figures) Answered(r *docket.Row) int { return r.InTime + r.Late }

// Days says how many days the answers took. If nothing was answered, it says a dash.
func (f *Figures) Days(r *docket.Row, n int) string {
	if f.Answered(r) == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// Cells are the cells of a row, one for each column.
func (f *Figures) Cells(r *docket.Row) []any {
	return []any{r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, f.Days(r, r.MedianDays), f.Days(r, r.MaxDays)}
}

// Bar is the length of a month's bar, of 100: that of the month with the most requests is 100.
func (f *Figures) Bar(r *docket.Row) int {
	most := 1
	for _, other := range f.Trend {
		most = max(most, other.Received)
	}
	return 100 * r.Received / most
}

// Left says how many days a request has left, or how late it is.
func (f *Figures) Left(p docket.Pressing) string {
	switch {
	case p.DaysLeft < 0:
		return f.W.Count("desk.late", -p.DaysLeft)
	case p.DaysLeft == 0:
		return f.W.Say("desk.left.today")
	}
	return f.W.Count("desk.left", p.DaysLeft)
}

// Text is the report as plain text: the figures of all requests, and those that are late or
// nearly late.
func (f *Figures) Text() string {
	var b strings.Builder
	line := func(key string, value any) { fmt.Fprintf(&b, "%s: %v\n", f.W.Say("desk.report."+key), value) }
	fmt.Fprintf(&b, "%s\n%s\n\n", f.W.Say("desk.report.title"), f.W.Say("desk.report.as-of", "date", f.W.Day(f.AsOf)))
	line("received", f.Total.Received)
	line("in-time", f.W.Say("desk.report.of", "n", f.Total.InTime, "all", f.Answered(f.Total)))
	line("open", f.Total.Open)
	line("overdue", f.Total.Overdue)
	line("median", f.Days(f.Total, f.Total.MedianDays))
	line("max", f.Days(f.Total, f.Total.MaxDays))
	fmt.Fprintf(&b, "\n%s\n", f.W.Count("desk.report.pressing", f.Pressing.Total))
	for _, p := range f.Pressing.Requests {
		fmt.Fprintf(&b, "- %s (%s): %s %.8s, %s\n", f.W.Day(p.Next), f.Left(p), f.W.Term("request", p.Type), p.ID, f.N.Law(p.Rule))
	}
	fmt.Fprintf(&b, "\n%s/desk/report\n", f.Desk)
	return b.String()
}

// standalone is the page of its own, and its style.
var standalone = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(Files, "templates/shared/figures.html", "page.html")
})

// WritePage writes the report as a page that needs no other file and runs no script.
func (f *Figures) WritePage(w io.Writer) error {
	t, err := standalone()
	if err != nil {
		return err
	}
	style, err := Files.ReadFile("page.css")
	if err != nil {
		return err
	}
	return t.ExecuteTemplate(w, "page.html", map[string]any{"F": f, "Style": template.CSS(style)})
}
