package shell

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

// Refusal is a problem of the portal's own. The words of the slug are in shell.json of package wording.
func Refusal(status int, slug string) *api.Problem {
	return &api.Problem{Type: slug, Title: http.StatusText(status), Status: status}
}

// problemOf is the problem that people are told of when an error has happened.
func problemOf(err error) *api.Problem {
	p, ok := errors.AsType[*api.Problem](err)
	switch {
	case errors.Is(err, client.ErrUnreachable):
		return Refusal(http.StatusBadGateway, "unreachable")
	case !ok:
		return Refusal(http.StatusInternalServerError, "internal")
	case p.Type != "about:blank":
		return p
	case p.Status == http.StatusUnauthorized, p.Status == http.StatusForbidden: // it comes from the authorizer of API Gateway
		return Refusal(http.StatusUnauthorized, "unauthenticated")
	}
	return Refusal(p.Status, "internal")
}

// Refused returns the problem that an error is, if its slug is one of these, else nil.
func Refused(err error, slugs ...string) *api.Problem {
	if p, ok := errors.AsType[*api.Problem](err); ok && slices.Contains(slugs, p.Slug()) {
		return p
	}
	return nil
}

// ProblemPage says what went wrong and what to do about it.
type ProblemPage struct {
	Title, Detail, Next string
	Foreign             string // language of Detail, if the text is the API's own
	Instance            string
	SignIn              string // address of the sign-in, if signing in is the remedy
	Start               string
	Unsure              bool       // it is not known whether a form that was sent has arrived
	Receipts            string     // address of the receipts, which show whether it has; empty: there are none to see
	Again               url.Values // the fields of the form, if sending the very same again counts only once
	To                  string     // address to which it is sent
}

// unsure is the field of a form that is sent again because it is not known whether it arrived.
const unsure = "unsure"

// fail shows an error. A person whose token the API refuses is signed out.
func (v *Visit) fail(err error) {
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		slog.ErrorContext(v.R.Context(), "portal", "problem", p.Slug(), "status", p.Status, "instance", p.Instance, "error", err)
	}
	page := v.Explain(p)
	if sent := v.R.PostForm; p.Status >= http.StatusInternalServerError && (sent.Has("key") || sent.Has("offer")) {
		page.Again, page.To = maps.Clone(sent), v.R.URL.RequestURI()
		if page.Unsure {
			page.Again.Set(unsure, "1")
		}
	}
	if p.Status == http.StatusUnauthorized {
		if v.Session != nil {
			v.endSession()
		}
		page.SignIn = v.signInURL()
	}
	if err := v.Render(p.Status, "problem", page.Title, page); err != nil {
		slog.ErrorContext(v.R.Context(), "portal", "error", err)
		http.Error(v.W, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// Explain says a problem in the language of the page, or in the API's own words if the page
// has none for it. A form that was sent on is only known not to have arrived if its first try was
// refused.
func (v *Visit) Explain(p *api.Problem) ProblemPage {
	page := ProblemPage{Title: p.Title, Detail: p.Detail, Foreign: "en", Next: v.Words.Say("problem.next"), Instance: p.Instance, Start: v.BaseURL + v.start()}
	if v.R.Method == http.MethodPost && (v.sent && p.Status >= http.StatusInternalServerError || v.R.PostForm.Has(unsure)) {
		page.Unsure = true
		if v.Prefix == "" || v.R.PathValue("person") != "" {
			page.Receipts = v.pathTo() + "/receipts"
		}
	}
	if key := "problem." + p.Slug(); v.Words.Has(key + ".title") {
		page.Title, page.Detail, page.Foreign, page.Next = v.Words.Say(key+".title"), v.Words.Say(key+".detail"), "", v.Words.Say(key+".next")
	}
	return page
}

// signInURL leads through the issuer back to this page.
func (v *Visit) signInURL() string {
	back := v.start()
	if v.R.Method == http.MethodGet {
		back = v.R.URL.RequestURI()
	}
	return v.Prefix + "/login?" + url.Values{"language": {v.Words.Language}, "return": {back}}.Encode()
}
