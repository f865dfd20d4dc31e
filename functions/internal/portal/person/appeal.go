package person

import (
	"net/http"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// appealPage asks why the answer to a request is not right.
type appealPage struct {
	shell.Form
	Request cards.Request
	Details string
}

func showAppeal(v *shell.Visit) error { return renderAppeal(v, &appealPage{}) }

func renderAppeal(v *shell.Visit, p *appealPage) error {
	n, err := v.Names("")
	if err != nil {
		return err
	}
	requests, err := openRequests(v)
	if err != nil {
		return err
	}
	for _, r := range requests {
		if r.ID == v.R.PathValue("id") {
			if p.Request, err = cards.RequestOf(v, n, statement.RequestStatement{Request: r}, nil); err != nil {
				return err
			}
		}
	}
	if !p.Request.Appeal {
		return shell.Refusal(http.StatusNotFound, "no-appeal")
	}
	return v.RenderForm("appeal", v.Words.Say("appeal.title", "what", p.Request.What), p)
}

// appeal sends an appeal against the answer to a request.
func appeal(v *shell.Visit) error {
	p := &appealPage{Details: v.Text("details")}
	v.CheckLength(&p.Form, "details", p.Details)
	body := consent.RequestData{Type: string(statement.Appeal), About: v.R.PathValue("id"), Details: p.Details}
	return shell.SubmitOr(v, p, renderAppeal, "/v1/data-requests", body)
}
