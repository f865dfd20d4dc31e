package portal

import (
	"fmt"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/receipt/page"
)

// reportPage counts data requests.
type reportPage struct {
	form
	*api.Report // nil: the form is wrong
	N           *page.Names
	Columns     []string
	api.ReportQuery
	Reach int    // how many are counted where none is named
	CSV   string // where the same is as a file
}

// columns are those of the report, by the keys of their words.
var columns = []string{"received", "in-time", "late", "withdrawn", "expired", "extended", "open", "overdue", "median", "max"}

// Answered is how many were answered, in time or late.
func (reportPage) Answered(r *docket.Row) int { return r.InTime + r.Late }

// Days says a number of days to an answer; without any answer there is none.
func (p reportPage) Days(r *docket.Row, n int) string {
	if p.Answered(r) == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// Figures are the cells of a row, as many as there are columns.
func (p reportPage) Figures(r *docket.Row) []any {
	return []any{r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, p.Days(r, r.MedianDays), p.Days(r, r.MaxDays)}
}

func (v *visit) showReport() error {
	query := v.months()
	p := &reportPage{ReportQuery: query, Columns: columns, Reach: docket.Reach, CSV: client.With(DeskPath+"/report.csv", query)}
	p.wrong(!isMonth(query.From), "from", v.words.Say("desk.report.month-wrong"))
	p.wrong(!isMonth(query.Until), "until", v.words.Say("desk.report.month-wrong"))
	if p.Error != "" {
		return v.renderReport(p)
	}
	var err error
	p.Report, err = get[*api.Report](v, client.With(api.ReportPath, query))
	if refused(err, "invalid-parameter") != nil {
		p.wrong(true, "from", v.words.Say("desk.report.months-wrong"))
		return v.renderReport(p)
	}
	if err != nil {
		return err
	}
	if p.N, err = v.names(""); err != nil {
		return err
	}
	return v.renderReport(p)
}

// isMonth reports whether s is a month, YYYY-MM, or none.
func isMonth(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil || s == ""
}

func (v *visit) renderReport(p *reportPage) error {
	return v.renderForm("report", v.words.Say("desk.report.title"), p)
}

// downloadReport hands over the report as CSV, as the API writes it.
func (v *visit) downloadReport() error {
	return v.download(client.With(api.ReportPath, v.months()), "text/csv; charset=utf-8", "data-requests.csv", "Accept", "text/csv")
}

// months are those that the page was asked for.
func (v *visit) months() api.ReportQuery {
	asked := v.r.URL.Query()
	return api.ReportQuery{From: asked.Get("from"), Until: asked.Get("until")}
}
