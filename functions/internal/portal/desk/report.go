package desk

import (
	"fmt"
	"time"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt/page"
)

var reportPages = shell.Pages{
	"GET /desk/report":     shell.SignedIn(showReport),
	"GET /desk/report.csv": shell.SignedIn(downloadReport),
}

// reportPage counts data requests.
type reportPage struct {
	shell.Form
	*api.Report // nil if something in the form is wrong
	N           *page.Names
	Columns     []string
	api.ReportQuery
	Reach int    // number of months that are counted if the form names none
	CSV   string // address of the same report as a file
}

// columns are the columns of the report. Their headings are the words desk.report.<column>.
var columns = []string{"received", "in-time", "late", "withdrawn", "expired", "extended", "open", "overdue", "median", "max"}

// Answered is the number of requests that were answered, in time or late.
func (reportPage) Answered(r *docket.Row) int { return r.InTime + r.Late }

// Days says how many days the answers took. If nothing was answered, it says a dash.
func (p reportPage) Days(r *docket.Row, n int) string {
	if p.Answered(r) == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// Figures are the cells of a row, one for each column.
func (p reportPage) Figures(r *docket.Row) []any {
	return []any{r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, p.Days(r, r.MedianDays), p.Days(r, r.MaxDays)}
}

func showReport(v *shell.Visit) error {
	query := months(v)
	p := &reportPage{ReportQuery: query, Columns: columns, Reach: docket.Reach, CSV: client.With(Path+"/report.csv", query)}
	p.Wrong(!isMonth(query.From), "from", v.Words.Say("desk.report.month-wrong"))
	p.Wrong(!isMonth(query.Until), "until", v.Words.Say("desk.report.month-wrong"))
	if p.Error != "" {
		return renderReport(v, p)
	}
	var err error
	p.Report, err = shell.Get[*api.Report](v, client.With(api.ReportPath, query))
	if shell.Refused(err, "invalid-parameter") != nil {
		p.Wrong(true, "from", v.Words.Say("desk.report.months-wrong"))
		return renderReport(v, p)
	}
	if err != nil {
		return err
	}
	if p.N, err = v.Names(""); err != nil {
		return err
	}
	return renderReport(v, p)
}

// isMonth reports whether s is a month (YYYY-MM) or empty.
func isMonth(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil || s == ""
}

func renderReport(v *shell.Visit, p *reportPage) error {
	return v.RenderForm("report", v.Words.Say("desk.report.title"), p)
}

// downloadReport hands over the report as CSV, as the API writes it.
func downloadReport(v *shell.Visit) error {
	return v.Download(client.With(api.ReportPath, months(v)), "text/csv; charset=utf-8", "data-requests.csv", "Accept", "text/csv")
}

// months are the months that the address asks for.
func months(v *shell.Visit) api.ReportQuery {
	asked := v.R.URL.Query()
	return api.ReportQuery{From: asked.Get("from"), Until: asked.Get("until")}
}
