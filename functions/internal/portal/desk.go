package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/pseudonym"
)

// Roles of the staff, as the API names them, and the ends of the scopes that make them.
const (
	operator = "operator"
	auditor  = "auditor"
)

// deskRealm is the pages of the controller's staff.
func deskRealm(client Client) realm {
	return realm{
		prefix: DeskPath, start: DeskPath, session: deskSessionCookie, login: deskLoginCookie, secrets: "desk",
		client: client, provider: new(provider), texts: deskTexts, pages: deskPages,
		admit: func(granted []string) (string, error) { return staffRole(client.Scopes, granted) },
	}
}

// staffRole is what the scopes of a token make of its owner, of those that the desk asks
// for. Only the API's word on what they may do counts; here it is about what pages show.
func staffRole(asked, granted []string) (role string, err error) {
	for _, role := range []string{operator, auditor} {
		if slices.ContainsFunc(asked, func(s string) bool { return strings.HasSuffix(s, "/"+role) && slices.Contains(granted, s) }) {
			return role, nil
		}
	}
	return "", refusal(http.StatusForbidden, "not-staff")
}

// deskRoutes are the pages of the staff. The number by which the controller knows a
// person comes in a form alone; addresses have the person's pseudonym.
var deskRoutes = map[string]func(*visit) error{
	"GET /desk":          (*visit).deskHome,
	"GET /desk/{$}":      (*visit).deskHome,
	"GET /desk/login":    (*visit).login,
	"GET /desk/callback": (*visit).callback,
	"/desk/":             (*visit).nowhere,
	"POST /desk/logout":  posted((*visit).logout),
	"POST /desk":         posted((*visit).findPerson),

	"GET /desk/people/{person}":                       signedIn(with((*visit).overview, (*visit).showPerson)),
	"GET /desk/people/{person}/receipts":              signedIn((*visit).showTimeline),
	"GET /desk/people/{person}/receipts/{seq}":        signedIn(with((*visit).receipt, (*visit).showReceiptOf)),
	"GET /desk/people/{person}/receipts/{seq}/annul":  asOperator((*visit).showAnnul),
	"POST /desk/people/{person}/receipts/{seq}/annul": acts((*visit).annul),
	"GET /desk/people/{person}/looked":                signedIn((*visit).showLooked),
	"GET /desk/people/{person}/requests/{id}":         signedIn((*visit).showDeskRequest),
	"POST /desk/people/{person}/requests/{id}":        acts((*visit).step),
	"GET /desk/people/{person}/ask":                   asOperator(with((*visit).askForPage, (*visit).renderAskFor)),
	"POST /desk/people/{person}/ask":                  acts(with((*visit).askForPage, (*visit).askFor)),
	"GET /desk/people/{person}/opt-out":               asOperator((*visit).showOptOut),
	"POST /desk/people/{person}/opt-out":              acts((*visit).optOutFor),
	"GET /desk/requests":                              signedIn((*visit).showDeskRequests),
	"GET /desk/report":                                signedIn((*visit).showReport),
	"GET /desk/report.csv":                            signedIn((*visit).downloadReport),
}

// pathTo is the base of the paths of the pages about the person whom this one is about.
func (v *visit) pathTo() string {
	if person := v.r.PathValue("person"); person != "" {
		return v.prefix + "/people/" + person
	}
	return v.prefix
}

// ledger is where the API has the person whom the page is about.
func (v *visit) ledger() api.Ledger {
	if person := v.r.PathValue("person"); person != "" {
		return api.Of(person)
	}
	return api.Own
}

// caseInHand is the case for which the staff looked the person up whom the page is
// about, or "".
func (v *visit) caseInHand() string {
	if person := v.r.PathValue("person"); person == "" || v.session == nil || v.session.Person != person {
		return ""
	}
	return v.session.Case
}

// caseOfForm is the case that a form of the desk names, and before it is filled in the one
// in hand.
func (v *visit) caseOfForm() string {
	if v.r.Method != http.MethodPost || v.prefix != DeskPath {
		return v.caseInHand()
	}
	return formText(v.r.PostForm, "case")
}

// deskHomePage is where the staff begins: the form to find a person.
type deskHomePage struct {
	form
	SignedOut bool
	Customer  string
}

func (v *visit) deskHome() error {
	p := &deskHomePage{SignedOut: v.r.URL.Query().Has("signed-out")}
	if v.session == nil {
		return v.render(http.StatusOK, "welcome", v.words.Say("welcome.title"), p)
	}
	return v.renderForm("home", v.words.Say("desk.home.title"), p)
}

// findPerson finds a person by their customer number. It is not trimmed: what the staff
// looks for is what every other entrance is given.
func (v *visit) findPerson() error {
	reference := v.caseOfForm()
	p := &deskHomePage{Customer: v.r.PostForm.Get("customer")}
	err := pseudonym.Check(p.Customer)
	p.wrong(errors.Is(err, pseudonym.ErrEmpty), "customer", v.words.Say("desk.find.customer-wrong"))
	p.wrong(errors.Is(err, pseudonym.ErrWhiteSpace), "customer", v.words.Say("desk.find.customer-blank"))
	p.wrong(err != nil, "customer", v.words.Say("desk.find.customer-characters"))
	p.wrong(reference != "" && !consent.ValidCase(reference), "case", v.words.Say("desk.case-wrong"))
	if p.Error != "" {
		return v.renderForm("home", v.words.Say("desk.home.title"), p)
	}
	found, err := ask[api.Found](v, http.MethodPost, api.FindPath, api.Find{Customer: p.Customer}, api.CaseReference, reference)
	if err != nil {
		return err
	}
	v.session.Person, v.session.Case = found.Person, reference
	if err := v.keepSession(v.w, v.session); err != nil {
		return err
	}
	return v.seeOther(DeskPath + "/people/" + url.PathEscape(found.Person))
}
