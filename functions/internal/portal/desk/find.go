package desk

import (
	"errors"
	"net/http"
	"net/url"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/pseudonym"
)

// The customer number comes only in a form. An address has the person's pseudonym.
var findPages = shell.Pages{
	"GET /desk":     showFind,
	"GET /desk/{$}": showFind,
	"POST /desk":    shell.Posted(findPerson),
}

// findPage is the first page of the staff. It has the form that finds a person.
type findPage struct {
	shell.Form
	SignedOut bool
	Customer  string
	Nothing   bool // Nothing is recorded under this number.
}

func showFind(v *shell.Visit) error {
	p := &findPage{SignedOut: v.R.URL.Query().Has("signed-out")}
	if v.Session == nil {
		return v.Render(http.StatusOK, "welcome", v.Words.Say("welcome.title"), p)
	}
	return v.RenderForm("home", v.Words.Say("desk.home.title"), p)
}

// findPerson finds a person by their customer number. The number is not trimmed, because no
// other entrance trims it either. A number under which nothing is recorded may be mistyped, and
// leads nowhere: only whoever then says that they enter a first request of this very number, and
// for which case, gets to the page of the person.
func findPerson(v *shell.Visit) error {
	reference := v.CaseOfForm()
	p := &findPage{Customer: v.R.PostForm.Get("customer")}
	first := p.Customer != "" && v.R.PostForm.Get("first") == p.Customer
	err := pseudonym.Check(p.Customer)
	p.Wrong(errors.Is(err, pseudonym.ErrEmpty), "customer", v.Words.Say("desk.find.customer-wrong"))
	p.Wrong(errors.Is(err, pseudonym.ErrWhiteSpace), "customer", v.Words.Say("desk.find.customer-blank"))
	p.Wrong(err != nil, "customer", v.Words.Say("desk.find.customer-characters"))
	p.Wrong((first || reference != "") && !consent.ValidCase(reference), "case", v.Words.Say("desk.case-wrong"))
	p.Nothing = first
	if p.Error != "" {
		return v.RenderForm("home", v.Words.Say("desk.home.title"), p)
	}
	found, err := shell.Ask[api.Found](v, http.MethodPost, api.FindPath, api.Find{Customer: p.Customer}, api.CaseReference, reference)
	if err != nil {
		return err
	}
	if p.Nothing = found.Receipts == 0; p.Nothing && !first {
		return v.RenderForm("home", v.Words.Say("desk.home.title"), p)
	}
	v.Session.Person, v.Session.Case = found.Person, reference
	if err := v.KeepSession(v.Session); err != nil {
		return err
	}
	return v.SeeOther(Path + "/people/" + url.PathEscape(found.Person))
}
