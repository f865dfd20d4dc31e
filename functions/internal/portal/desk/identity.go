package desk

import (
	"errors"
	"net/http"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

// The number stands in the answer to the form alone: not in an address, and not in the session.
// Whoever loads the page anew, or sees it in another language, has to open the number again.
var identityPages = shell.Pages{
	"GET /desk/people/{person}/requests/{id}/identity":  shell.SignedIn(backToRequest),
	"POST /desk/people/{person}/requests/{id}/identity": acts(openIdentity),
}

// identityPanel says whose data request a page is about, as soon as somebody opens it.
type identityPanel struct {
	api.Identity        // as soon as it is opened
	None         bool   // The request was received without it.
	Reason       string // as the form was filled in
}

// Reasons are the reasons for which the number can be opened.
func (identityPanel) Reasons() []string { return api.IdentityReasons }

func backToRequest(v *shell.Visit) error {
	return v.SeeOther(Path + "/people/" + v.R.PathValue("person") + "/requests/" + v.R.PathValue("id"))
}

// openIdentity opens the customer number, and shows the request with it.
func openIdentity(v *shell.Visit) error {
	p := &requestPage{Identity: identityPanel{Reason: v.R.PostForm.Get("why")}}
	p.Wrong(!consent.ValidCase(v.CaseOfForm()), "identity-case", v.Words.Say("desk.case-wrong"))
	if p.Error != "" {
		return renderRequest(v, p)
	}
	opened, err := shell.Ask[api.Identity](v, http.MethodPost, v.Ledger().Identity(v.R.PathValue("id")), api.OpenIdentity{Reason: p.Identity.Reason},
		api.CaseReference, v.CaseOfForm())
	refused, ok := errors.AsType[*api.Problem](err)
	switch {
	case ok && refused.Status == http.StatusNotFound:
		p.Identity.None = true
	case err != nil:
		return err
	}
	p.Identity.Identity = opened
	return renderRequest(v, p)
}
