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
	"consent-receipts/functions/internal/portal/figures"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/wording"
)

// Roles of the staff, as the API names them. A scope that ends with one of them gives the role.
const (
	operator = "operator"
	auditor  = "auditor"
)

// Path is the path of the first page, and the prefix of all others.
const Path = "/desk"

//go:embed templates
var files embed.FS

// Realm is the pages of the staff. Their words may differ from those of people: a receipt
// says "you" to the person alone.
func Realm(client shell.Client) shell.Realm {
	return shell.Realm{
		Prefix: Path, Cookies: "desk-", Secrets: "desk", Client: client, Files: []fs.FS{cards.Files, figures.Files, files}, Words: []fs.FS{wording.Cards, wording.Desk},
		Pages: []shell.Pages{findPages, personPages, annulPages, askPages, optOutPages, requestPages, casePages, contactPages, identityPages, attachmentPages, requestsPages, reportPages},
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

// form is the page at an address below Path with a form by which an operator acts for a
// person: show it, and do what it asks for.
func form(at string, show, do shell.Page) shell.Pages {
	return shell.Pages{"GET " + Path + at: shell.SignedIn(mayAct(show)), "POST " + Path + at: acts(do)}
}

// acts wraps what a form does for a person. Only an operator may do it. The API enforces this
// too.
func acts(do shell.Page) shell.Page { return shell.Posted(mayAct(do)) }

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
