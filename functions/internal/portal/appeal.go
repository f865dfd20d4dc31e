package portal

import (
	"net/http"
	"unicode/utf8"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// appealPage asks why an answer is not right.
type appealPage struct {
	Request requestCard
	Details string
	Max     int
	Error   string
	Field   string // the id of the field that is wrong
	Key     string
}

func (v *visit) showAppeal() error { return v.renderAppeal(http.StatusOK, appealPage{}) }

func (v *visit) renderAppeal(status int, p appealPage) error {
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
			if p.Request, err = v.requestCard(n, statement.RequestStatement{Request: r}, nil); err != nil {
				return err
			}
		}
	}
	if !p.Request.Appeal {
		return refusal(http.StatusNotFound, "no-appeal")
	}
	p.Max = consent.MaxText
	if p.Key, err = v.formKey(); err != nil {
		return err
	}
	return v.renderForm(status, "appeal", v.words.Say("appeal.title", "what", p.Request.What), p)
}

// appeal asks that an answer be looked at again.
func (v *visit) appeal() error {
	p := appealPage{Details: formText(v.r.PostForm, "details")}
	if utf8.RuneCountInString(p.Details) > consent.MaxText {
		p.Error, p.Field = v.words.Say("requests.long", "n", consent.MaxText), "details"
		return v.renderAppeal(http.StatusUnprocessableEntity, p)
	}
	return v.submit("/v1/data-requests", consent.RequestData{Type: string(statement.Appeal), About: v.r.PathValue("id"), Details: p.Details})
}
