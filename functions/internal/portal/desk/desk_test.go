package desk_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

func TestDeskSigningIn(t *testing.T) {
	s := portaltest.New(t)
	portaltest.Wants(t, s.Browser().Get(desk.Path), 200, "Sign in", "/desk/login?language=en", "For the staff")
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(desk.Path), 200, "Alex Rivera <small>(Staff)</small>", `action="/desk/logout"`, "Customer number")
	portaltest.Wants(t, s.AtDesk("auditor").Get(desk.Path), 200, "Alex Rivera <small>(Auditor)</small>")
	if _, to := b.PostAtDesk("/desk/logout", url.Values{}); to != "/desk?signed-out=1" || b.Cookies[portaltest.DeskSessionCookie] != "" {
		t.Errorf("signing out leads to %q", to)
	}
	for scope, why := range map[string]string{
		"openid consent-receipts/self": "a customer", "openid": "nobody in particular", "openid consent-receipts/operators": "something else", "openid another-api/operator": "an operator elsewhere",
	} {
		s.Issuer.Scope = scope
		b := s.Browser()
		portaltest.Wants(t, b.SignIn(desk.Path), 403, "This is for the staff")
		if b.Cookies[portaltest.DeskSessionCookie] != "" {
			t.Errorf("%s has a session", why)
		}
	}
	if to := s.Browser().SignIn("/desk/../offer").Header().Get("Location"); strings.HasPrefix(to, "/offer") {
		t.Errorf("signing in leads to %q", to)
	}
}

func TestDeskFind(t *testing.T) {
	s := portaltest.New(t)
	b := s.AtDesk("operator")
	for field, form := range map[string]url.Values{
		`href="#customer">Enter`: {"customer": {""}}, `href="#customer">There is a blank before or after`: {"customer": {"customer-0001 "}}, `href="#customer">This can be no customer number`: {"customer": {"customer-0001\u200b"}}, `href="#case"`: {"customer": {"customer-0001"}, "case": {"of Alex"}},
	} {
		form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1])
		portaltest.Wants(t, b.Send("POST", "/desk", form), 422, field, `href="/desk?language=es"`)
	}
	s.API.Standing.Seq = 1
	status, to := b.PostAtDesk("/desk", url.Values{"customer": {"customer-0001"}, "case": {"C-1"}})
	if sent := s.API.Last(); status != 303 || to != portaltest.PersonPath || sent.Body != `{"customer":"customer-0001"}` || sent.Header.Get("Case-Reference") != "C-1" {
		t.Errorf("%d to %s, sent %+v", status, to, sent)
	}
	b.Get(portaltest.PersonPath)
	if got := s.API.Header.Get("Case-Reference"); got != "C-1" {
		t.Errorf("looked for the case %q", got)
	}
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, "case C-1")
	b.Get("/desk/people/" + strings.Repeat("B", 43))
	if got := s.API.Header.Get("Case-Reference"); got != "" {
		t.Errorf("looked at somebody else for the case %q", got)
	}
	b.Get("/desk/requests")
	if got := s.API.Header.Get("Case-Reference"); got != "" {
		t.Errorf("listed for the case %q", got)
	}
	b.PostAtDesk("/desk", url.Values{"customer": {"customer-0001"}})
	if got := b.Get(portaltest.PersonPath).Body.String(); strings.Contains(got, "C-1") {
		t.Error("the case of an earlier search stays")
	}
	for _, wrong := range []string{"/desk/people/x", "/desk/people/" + strings.Repeat("%2F", 43), "/desk/nothing", "/desk/people"} {
		portaltest.Wants(t, b.Get(wrong), 404, "This page does not exist")
	}
}

// TestDeskFindsNothing: a number under which nothing is recorded opens no page and suggests none.
// Only a second act, for this very number and for a case, leads to the page of the person.
func TestDeskFindsNothing(t *testing.T) {
	s := portaltest.New(t)
	b := s.AtDesk("operator")
	page := func(form url.Values) *httptest.ResponseRecorder {
		form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1])
		return b.Send("POST", "/desk", form)
	}
	const number = "custmer-0001"
	for name, form := range map[string]url.Values{
		"looked for": {"customer": {number}, "case": {"C-1"}}, "another number": {"customer": {number}, "first": {"customer-0002"}, "case": {"C-1"}},
	} {
		w := page(form)
		portaltest.Wants(t, w, 200, "Nothing is recorded under this number.", `name="first" value="`+number+`"`)
		if body := w.Body.String(); strings.Contains(body, portaltest.Somebody) || strings.Contains(body, "customer-0001") {
			t.Errorf("%s: the page suggests something", name)
		}
	}
	if got := b.Get("/desk/requests").Body.String(); strings.Contains(got, "C-1") {
		t.Error("the case of a search that found nothing stays")
	}
	n := len(s.API.Sent)
	portaltest.Wants(t, page(url.Values{"customer": {number}, "first": {number}}), 422, `href="#case"`, `name="first"`)
	if len(s.API.Sent) != n {
		t.Error("a first request is looked for without a case")
	}
	if w := page(url.Values{"customer": {number}, "first": {number}, "case": {"C-1"}}); w.Code != 303 || w.Header().Get("Location") != portaltest.PersonPath {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, "case C-1")
}

func TestDeskPerson(t *testing.T) {
	s := portaltest.New(t)
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, "Nothing is recorded about this person yet", "No consent is in force.")
	s.API.Decide(consent.OptIn{Offer: s.API.Offer(), Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}})
	s.API.Decide(consent.RequestData{Type: "erasure"})
	s.API.Standing.Requests[0].Due, s.API.Standing.Requests[0].Next = "2026-11-22", "2026-11-22"
	portaltest.Wants(t, b.Get(portaltest.PersonPath), 200, "Answer me in Parley Messenger", "Delete the data", `class="tag bad">Overdue<`, portaltest.PersonPath+"/requests/"+s.API.Standing.Requests[0].ID,
		portaltest.PersonPath+"/receipts/1", "Their decision: no")
	s.API.Standing.Seq = 9
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/receipts"), 200, "The person said yes", portaltest.PersonPath+"/receipts?from=4")
	w := b.Get(portaltest.PersonPath + "/receipts/1")
	portaltest.Wants(t, w, 200, "Receipt 1: One yes, one no", "As the person reads it", `<h2 class="h1" id="headline">One yes, one no`, "<strong>3q2-7w</strong>AAAA")
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/receipts/4"), 200, "<h1>Receipt 4: A request to delete personal data</h1>", "You asked us to delete your data")
	if strings.Contains(w.Body.String(), "download") {
		t.Error("copies are for the person")
	}
	s.API.Looked = []map[string]any{{"seq": 1, "at": portaltest.Now, "staff": "9q2-7wAAAAAA", "role": "operator", "did": "receipt.read", "about": "3"}}
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"/looked"), 200, "Read a receipt", portaltest.PersonPath+"/receipts/3", portaltest.PersonPath+"/looked?from=1")
}

// TestDeskPages: every page of the desk has the headers and forms that the pages of people have.
func TestDeskPages(t *testing.T) {
	s := portaltest.New(t)
	s.API.Standing.Seq, s.API.Life = 9, aLife()
	b := s.AtDesk("operator")
	for _, page := range []string{"/desk", "/desk/", "/desk/requests", "/desk/report", portaltest.PersonPath, portaltest.PersonPath + "/receipts", portaltest.PersonPath + "/receipts/1", portaltest.PersonPath + "/looked", portaltest.PersonPath + "/requests/r1", portaltest.PersonPath + "/ask", portaltest.PersonPath + "/opt-out", portaltest.PersonPath + "/receipts/1/annul"} {
		w := b.Get(page)
		portaltest.Wants(t, w, 200)
		body := w.Body.String()
		if got := w.Header().Get("Content-Security-Policy"); got != shell.ContentSecurityPolicy || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: policy %q", page, got)
		}
		for _, forbidden := range []string{"<script", " style=", "ZgotmplZ", "the-token", "http://", "onclick", `href="/receipts`} {
			if strings.Contains(body, forbidden) {
				t.Errorf("%s: %q on the page", page, forbidden)
			}
		}
		if strings.Count(body, `method="post"`) != strings.Count(body, `name="csrf"`) {
			t.Errorf("%s: a form without a CSRF token", page)
		}
		portaltest.Wants(t, s.Browser().Get(page), map[bool]int{true: 200, false: 401}[page == "/desk" || page == "/desk/"])
	}
	portaltest.Wants(t, b.Get(portaltest.PersonPath+"?language=es"), 200, `<html lang="es" dir="ltr">`, "Lo vigente")
}

// TestStateBegins: the line of a request begins with its state as a sentence does.
func TestStateBegins(t *testing.T) {
	s := portaltest.New(t)
	s.API.Decide(consent.RequestData{Type: "access"})
	portaltest.Wants(t, s.AtDesk("operator").Get(portaltest.PersonPath), 200, `<small class="sentence">received · `)
}
