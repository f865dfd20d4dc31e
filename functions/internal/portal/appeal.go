package portal

import (
	"net/http"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// appealPage asks why an answer is not right.
type appealPage struct {
	form
	Request requestCard
	Details string
}

func (v *visit) showAppeal() error { return v.renderAppeal(&appealPage{}) }

func (v *visit) renderAppeal(p *appealPage) error {
	n, err := v.names("")
	if err != nil {
		return err
	}
	requests, err := v.openRequests()
	if err != nil {
		return err
	}
	for _, r := range requests {
		if r.ID == v.r.PathValue("id") {
			if p.Request, err = v.requestCard(n, statement.RequestStatement{Request: r}, false, nil); err != nil {
				return err
			}
		}
	}
	if !p.Request.Appeal {
		return refusal(http.StatusNotFound, "no-appeal")
	}
	return v.renderForm("appeal", v.words.Say("appeal.title", "what", p.Request.What), p)
}

// appeal asks that an answer be looked at again.
func (v *visit) appeal() error {
	p := &appealPage{Details: formText(v.r.PostForm, "details")}
	v.checkDetails(&p.form, p.Details)
	body := consent.RequestData{Type: string(statement.Appeal), About: v.r.PathValue("id"), Details: p.Details}
	return submitOr(v, p, (*visit).renderAppeal, "/v1/data-requests", body)
}
