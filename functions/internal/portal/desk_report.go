package portal

import (
	"net/http"
	"net/url"

	"consent-receipts/shared/register"
)

// reportPage counts data requests.
type reportPage struct {
	AsOf        string
	Total       register.Row
	InTime      string // in words: 9 of 10
	Rows        []reportRow
	From, Until string // months, as they were asked for
	CSV         string // where the same is as a file
}

// reportRow is a row of the report in words.
type reportRow struct {
	register.Row
	What, Law string
}

func (v *visit) showReport() error {
	query := v.months()
	report, err := get[struct {
		AsOf  string `json:"as_of"`
		Total register.Row
		Rows  []register.Row
	}](v, "/v1/operator/requests/report?"+query.Encode())
	if err != nil {
		return err
	}
	p := reportPage{
		AsOf: v.words.Day(report.AsOf), Total: report.Total, From: query.Get("from"), Until: query.Get("until"),
		InTime: v.words.Say("desk.report.of", "n", report.Total.InTime, "all", report.Total.InTime+report.Total.Late),
		CSV:    DeskPath + "/report.csv?" + query.Encode(),
	}
	for _, r := range report.Rows {
		p.Rows = append(p.Rows, reportRow{r, v.words.Term("request", r.Type), v.words.Term("rule", r.Rule)})
	}
	return v.render(http.StatusOK, "report", v.words.Say("desk.report.title"), p)
}

// downloadReport hands over the report as CSV, as the API writes it.
func (v *visit) downloadReport() error {
	a, err := v.call(http.MethodGet, "/v1/operator/requests/report?"+v.months().Encode(), nil, "Accept", "text/csv")
	if err != nil {
		return err
	}
	v.hand(a.body, "text/csv; charset=utf-8", "data-requests.csv")
	return nil
}

// months are those that the page was asked for.
func (v *visit) months() url.Values {
	query := url.Values{}
	for _, name := range []string{"from", "until"} {
		if month := v.r.URL.Query().Get(name); month != "" {
			query.Set(name, month)
		}
	}
	return query
}
