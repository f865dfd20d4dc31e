package portal

import (
	"fmt"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
)

// reportPage counts data requests.
type reportPage struct {
	form
	AsOf        string
	Total       *docket.Row
	InTime      string // in words: 9 of 10
	Median, Max string // days
	Columns     []reportColumn
	Rows        []reportRow
	api.ReportQuery
	Reach int    // how many are counted where none is named
	CSV   string // where the same is as a file
}

// reportColumn is what a column counts: in a word, and in full.
type reportColumn struct{ Short, Full string }

// reportRow is a row of the report in words.
type reportRow struct {
	What, Law string
	Figures   []figure // as many as there are columns
}

// figure is a number, which may be a bad one.
type figure struct {
	Text string
	Bad  bool
}

// columns are those of the report, by the keys of their words.
var columns = []string{"received", "in-time", "late", "withdrawn", "expired", "extended", "open", "overdue", "median", "max"}

// days says a number of days to an answer; without any answer there is none.
func days(r *docket.Row, n int) string {
	if r.InTime+r.Late == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

func figures(r *docket.Row) (out []figure) {
	for i, n := range []any{r.Received, r.InTime, r.Late, r.Withdrawn, r.Expired, r.Extended, r.Open, r.Overdue, days(r, r.MedianDays), days(r, r.MaxDays)} {
		out = append(out, figure{fmt.Sprint(n), columns[i] == "overdue" && r.Overdue > 0})
	}
	return out
}

func (v *visit) showReport() error {
	query := v.months()
	p := &reportPage{ReportQuery: query, Reach: docket.Reach, CSV: client.With(DeskPath+"/report.csv", query)}
	p.wrong(!isMonth(query.From), "from", v.words.Say("desk.report.month-wrong"))
	p.wrong(!isMonth(query.Until), "until", v.words.Say("desk.report.month-wrong"))
	if p.Error != "" {
		return v.renderReport(p)
	}
	report, err := get[api.Report](v, client.With(api.ReportPath, query))
	if refused(err, "invalid-parameter") != nil {
		p.wrong(true, "from", v.words.Say("desk.report.months-wrong"))
		return v.renderReport(p)
	}
	if err != nil {
		return err
	}
	n, err := v.names("")
	if err != nil {
		return err
	}
	for _, column := range columns {
		p.Columns = append(p.Columns, reportColumn{v.words.Say("desk.report.short." + column), v.words.Say("desk.report." + column)})
	}
	p.AsOf, p.Total = v.words.Day(report.AsOf), report.Total
	p.InTime = v.words.Say("desk.report.of", "n", report.Total.InTime, "all", report.Total.InTime+report.Total.Late)
	p.Median, p.Max = days(p.Total, p.Total.MedianDays), days(p.Total, p.Total.MaxDays)
	for _, r := range report.Rows {
		p.Rows = append(p.Rows, reportRow{v.words.Term("request", r.Type), n.Law(r.Rule), figures(r)})
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
