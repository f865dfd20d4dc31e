package desk

import (
	"time"

	"consent-receipts/functions/internal/portal/figures"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/docket"
)

var reportPages = shell.Pages{
	"GET /desk/report":     shell.SignedIn(showReport),
	"GET /desk/report.csv": shell.SignedIn(downloadReport),
}

// reportPage counts data requests.
type reportPage struct {
	shell.Form
	*figures.Figures // nil if something in the form is wrong
	api.ReportQuery
	Reach int    // number of months that are counted if the form names none
	CSV   string // address of the same report as a file
}

func showReport(v *shell.Visit) error {
	query := months(v)
	p := &reportPage{ReportQuery: query, Reach: docket.Reach, CSV: client.With(Path+"/report.csv", query)}
	p.Wrong(!isMonth(query.From), "from", v.Words.Say("desk.report.month-wrong"))
	p.Wrong(!isMonth(query.Until), "until", v.Words.Say("desk.report.month-wrong"))
	if p.Error != "" {
		return renderReport(v, p)
	}
	report, err := shell.Get[*api.Report](v, client.With(api.ReportPath, query))
	if shell.Refused(err, "invalid-parameter") != nil {
		p.Wrong(true, "from", v.Words.Say("desk.report.months-wrong"))
		return renderReport(v, p)
	}
	if err != nil {
		return err
	}
	cat, err := v.CurrentCatalogue()
	if err != nil {
		return err
	}
	p.Figures = figures.Of(report, v.Words, cat, "")
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
