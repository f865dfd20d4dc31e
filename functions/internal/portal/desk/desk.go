// Package desk is the pages of the controller's staff: finding a person, what stands for them,
// their data requests, and what staff may do for a person.
package desk

import (
	"embed"
	"io/fs"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

// Roles of the staff, as the API names them. A scope that ends with one of them gives the role.
const (
	operator = "operator"
	auditor  = "auditor"
)

// Path is the path of the first page, and the prefix of all others.
const Path = "/desk"

//go:embed words.*.json templates
var files embed.FS

// Realm is the pages of the staff. Their words may differ from those of people: a receipt
// says "you" to the person alone.
func Realm(client shell.Client) shell.Realm {
	return shell.Realm{
		Prefix: Path, Cookies: "desk-", Secrets: "desk", Client: client, Files: []fs.FS{cards.Files, files}, Pages: pages,
		Admit: func(granted []string) (string, error) { return staffRole(client.Scopes, granted) },
	}
}

// staffRole is the role that a token's scopes give its owner, of those that the desk asks for.
// It decides what pages show. What the staff may do is for the API to say.
func staffRole(asked, granted []string) (role string, err error) {
	for _, role := range []string{operator, auditor} {
		if slices.ContainsFunc(asked, func(s string) bool { return strings.HasSuffix(s, "/"+role) && slices.Contains(granted, s) }) {
			return role, nil
		}
	}
	return "", shell.Refusal(http.StatusForbidden, "not-staff")
}

// pages are the pages by pattern. The customer number comes only in a form. An address has
// the person's pseudonym.
var pages = map[string]shell.Page{
	"GET /desk":     showFind,
	"GET /desk/{$}": showFind,
	"POST /desk":    shell.Posted(findPerson),

	"GET /desk/people/{person}":                       shell.SignedIn(shell.With(cards.OverviewOf, showPerson)),
	"GET /desk/people/{person}/receipts":              shell.SignedIn(cards.ShowTimeline),
	"GET /desk/people/{person}/receipts/{seq}":        shell.SignedIn(shell.With(cards.Fetch, showReceipt)),
	"GET /desk/people/{person}/receipts/{seq}/annul":  asOperator(showAnnul),
	"POST /desk/people/{person}/receipts/{seq}/annul": acts(annul),
	"GET /desk/people/{person}/looked":                shell.SignedIn(cards.ShowLooked),
	"GET /desk/people/{person}/requests/{id}":         shell.SignedIn(showRequest),
	"POST /desk/people/{person}/requests/{id}":        acts(step),
	"GET /desk/people/{person}/ask":                   asOperator(shell.With(askForPage, renderAskFor)),
	"POST /desk/people/{person}/ask":                  acts(shell.With(askForPage, askFor)),
	"GET /desk/people/{person}/opt-out":               asOperator(showOptOut),
	"POST /desk/people/{person}/opt-out":              acts(optOutFor),
	"GET /desk/requests":                              shell.SignedIn(showRequests),
	"GET /desk/report":                                shell.SignedIn(showReport),
	"GET /desk/report.csv":                            shell.SignedIn(downloadReport),
}

// acts wraps what a form does for a person. Only an operator may do it. The API enforces this
// too.
func acts(do shell.Page) shell.Page {
	return shell.Posted(mayAct(do))
}

// asOperator wraps a page that has a form by which an operator acts.
func asOperator(page shell.Page) shell.Page {
	return shell.SignedIn(mayAct(page))
}

func mayAct(page shell.Page) shell.Page {
	return func(v *shell.Visit) error {
		if v.Session.Role != operator {
			return shell.Refusal(http.StatusForbidden, "forbidden")
		}
		return page(v)
	}
}

// checkAct checks what every act has: a text, in this field of the form, and a case.
func checkAct(v *shell.Visit, f *shell.Form, field, text string) {
	v.CheckLength(f, field, text)
	f.Wrong(!consent.ValidCase(v.CaseOfForm()), "case", v.Words.Say("desk.case-wrong"))
}
