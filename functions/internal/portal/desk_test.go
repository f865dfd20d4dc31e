package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
)

const personPath = DeskPath + "/people/" + somebody

// atDesk signs somebody in at the desk, in a role.
func (s *site) atDesk(role string) *browser {
	s.t.Helper()
	s.issuer.scope = "openid consent-receipts/" + role
	b := s.browser()
	if w := b.signIn(DeskPath); w.Code != http.StatusSeeOther || w.Header().Get("Location") != DeskPath {
		s.t.Fatalf("callback: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return b
}

// postAtDesk sends a form as its page would.
func (b *browser) postAtDesk(target string, form url.Values) (status int, to string) {
	b.t.Helper()
	m := csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())
	if m == nil {
		b.t.Fatal("no form with a CSRF token")
	}
	form.Set("csrf", m[1])
	w := b.send("POST", target, form)
	return w.Code, w.Header().Get("Location")
}

func TestDeskSigningIn(t *testing.T) {
	s := newSite(t)
	wants(t, s.browser().get(DeskPath), 200, "Sign in", "/desk/login?language=en", "For the staff")
	b := s.atDesk("operator")
	wants(t, b.get(DeskPath), 200, "Alex Rivera · Staff", `action="/desk/logout"`, "Customer number")
	wants(t, s.atDesk("auditor").get(DeskPath), 200, "Alex Rivera · Auditor")
	if _, to := b.postAtDesk("/desk/logout", url.Values{}); to != "/desk?signed-out=1" || b.cookies[deskSessionCookie] != "" {
		t.Errorf("signing out leads to %q", to)
	}
	for scope, why := range map[string]string{
		"openid consent-receipts/self": "a customer", "openid": "nobody in particular", "openid consent-receipts/operators": "something else", "openid another-api/operator": "an operator elsewhere",
	} {
		s.issuer.scope = scope
		b := s.browser()
		wants(t, b.signIn(DeskPath), 403, "This is for the staff")
		if b.cookies[deskSessionCookie] != "" {
			t.Errorf("%s has a session", why)
		}
	}
	if to := s.browser().signIn("/desk/../offer").Header().Get("Location"); strings.HasPrefix(to, "/offer") {
		t.Errorf("signing in leads to %q", to)
	}
}

// TestScopesInTheToken: where the issuer's answer does not say what it granted, as
// Cognito's does not, the access token does.
func TestScopesInTheToken(t *testing.T) {
	s := newSite(t)
	for claims, want := range map[string]string{
		`{"scope":"openid consent-receipts/auditor"}`: "Alex Rivera · Auditor", `{"scope":"consent-receipts/operator"}`: "Alex Rivera · Staff",
		`{"scope":"openid"}`: "", `{"scope":""}`: "", `{"iss":"x"}`: "Alex Rivera · Staff", `[`: "Alex Rivera · Staff",
	} {
		s.issuer.claims = claims
		b := s.browser()
		if w := b.signIn(DeskPath); want == "" {
			wants(t, w, 403, "This is for the staff")
			continue
		}
		wants(t, b.get(DeskPath), 200, want)
	}
}

// TestRealmsAreApart: a session of the desk is none of the portal, nor the other way
// round, also under the other's name; nor are the tokens in their forms.
func TestRealmsAreApart(t *testing.T) {
	s := newSite(t)
	clerk := s.atDesk("operator")
	s.issuer.scope = ""
	person := s.signedIn()
	wants(t, clerk.get("/receipts"), 401)
	wants(t, person.get(personPath), 401)
	wants(t, s.browser().get("/desk/requests"), 401, "/desk/login?")
	person.cookies[deskSessionCookie] = person.cookies[sessionCookie]
	clerk.cookies[sessionCookie] = clerk.cookies[deskSessionCookie]
	wants(t, person.get(personPath), 401)
	wants(t, clerk.get("/receipts"), 401)

	both := s.atDesk("operator")
	s.issuer.scope = ""
	both.signIn("/")
	wants(t, both.get(personPath), 200)
	wants(t, both.get("/receipts"), 200)
	wants(t, both.send("POST", "/desk", url.Values{"csrf": {both.csrf()}, "customer": {"c"}}), 403)
	both.post("/logout", url.Values{})
	wants(t, both.get(personPath), 200)
}

func TestDeskFind(t *testing.T) {
	s := newSite(t)
	b := s.atDesk("operator")
	for field, form := range map[string]url.Values{
		`href="#customer">Enter`: {"customer": {""}}, `href="#customer">There is a blank before or after`: {"customer": {"customer-0001 "}}, `href="#customer">This can be no customer number`: {"customer": {"customer-0001\u200b"}}, `href="#case"`: {"customer": {"customer-0001"}, "case": {"of Alex"}},
	} {
		form.Set("csrf", csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1])
		wants(t, b.send("POST", "/desk", form), 422, field, `href="/desk?language=es"`)
	}
	status, to := b.postAtDesk("/desk", url.Values{"customer": {"customer-0001"}, "case": {"C-1"}})
	if sent := s.api.last(); status != 303 || to != personPath || sent.body != `{"customer":"customer-0001"}` || sent.header.Get("Case-Reference") != "C-1" {
		t.Errorf("%d to %s, sent %+v", status, to, sent)
	}
	b.get(personPath)
	if got := s.api.header.Get("Case-Reference"); got != "C-1" {
		t.Errorf("looked for the case %q", got)
	}
	wants(t, b.get(personPath), 200, "case C-1")
	b.get("/desk/people/" + strings.Repeat("B", 43))
	if got := s.api.header.Get("Case-Reference"); got != "" {
		t.Errorf("looked at somebody else for the case %q", got)
	}
	b.get("/desk/requests")
	if got := s.api.header.Get("Case-Reference"); got != "" {
		t.Errorf("listed for the case %q", got)
	}
	b.postAtDesk("/desk", url.Values{"customer": {"customer-0001"}})
	if got := b.get(personPath).Body.String(); strings.Contains(got, "C-1") {
		t.Error("the case of an earlier search stays")
	}
	for _, wrong := range []string{"/desk/people/x", "/desk/people/" + strings.Repeat("%2F", 43), "/desk/nothing", "/desk/people"} {
		wants(t, b.get(wrong), 404, "This page does not exist")
	}
}

func TestDeskPerson(t *testing.T) {
	s := newSite(t)
	b := s.atDesk("operator")
	wants(t, b.get(personPath), 200, "Nothing was ever recorded", "No consent is in force.")
	s.api.decide(consent.OptIn{Offer: s.api.offer(), Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}})
	s.api.decide(consent.RequestData{Type: "erasure"})
	s.api.standing.Requests[0].Due = "2026-11-22"
	wants(t, b.get(personPath), 200, "Answer me in Parley Messenger", "Delete the data", `class="badge">Overdue<`, personPath+"/requests/"+s.api.standing.Requests[0].ID,
		personPath+"/receipts/1", "Their word: no")
	s.api.standing.Seq = 9
	wants(t, b.get(personPath+"/receipts"), 200, "Said yes", personPath+"/receipts?from=4")
	w := b.get(personPath + "/receipts/1")
	wants(t, w, 200, "Receipt 1: Said yes", "As the person reads it", "One yes, one no: Parley Messenger", "<strong>3q2-7w</strong>AAAA")
	if strings.Contains(w.Body.String(), "download") {
		t.Error("copies are for the person")
	}
	s.api.looked = []map[string]any{{"seq": 1, "at": now, "staff": "9q2-7wAAAAAA", "role": "operator", "did": "receipt.read", "about": "3"}}
	wants(t, b.get(personPath+"/looked"), 200, "Read a receipt", personPath+"/receipts/3", personPath+"/looked?from=1")
}

// TestDeskPages: every page of the desk has the headers and the manners of the portal's.
func TestDeskPages(t *testing.T) {
	s := newSite(t)
	s.api.standing.Seq, s.api.life = 9, aLife()
	b := s.atDesk("operator")
	for _, page := range []string{"/desk", "/desk/", "/desk/requests", "/desk/report", personPath, personPath + "/receipts", personPath + "/receipts/1", personPath + "/looked", personPath + "/requests/r1", personPath + "/ask", personPath + "/opt-out", personPath + "/receipts/1/annul"} {
		w := b.get(page)
		wants(t, w, 200)
		body := w.Body.String()
		if got := w.Header().Get("Content-Security-Policy"); got != contentSecurityPolicy || w.Header().Get("Cache-Control") != "no-store" {
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
		wants(t, s.browser().get(page), map[bool]int{true: 200, false: 401}[page == "/desk" || page == "/desk/"])
	}
	wants(t, b.get(personPath+"?language=es"), 200, `<html lang="es">`, "Lo vigente")
}
