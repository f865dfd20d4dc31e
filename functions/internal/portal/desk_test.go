package portal

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
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
		`href="#customer"`: {"customer": {" "}}, `href="#case"`: {"customer": {"customer-0001"}, "case": {"of Alex"}},
	} {
		form.Set("csrf", csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1])
		wants(t, b.send("POST", "/desk", form), 422, field, `href="/desk?language=es"`)
	}
	status, to := b.postAtDesk("/desk", url.Values{"customer": {" customer-0001 "}, "case": {"C-1"}})
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
	wants(t, w, 200, "Receipt 1: Said yes", "As the person reads it", "You said yes")
	if strings.Contains(w.Body.String(), "download") {
		t.Error("copies are for the person")
	}
	s.api.looked = []map[string]any{{"seq": 1, "at": now, "staff": "9q2-7wAAAAAA", "role": "operator", "did": "receipt.read", "about": "3"}}
	wants(t, b.get(personPath+"/looked"), 200, "Read a receipt", personPath+"/receipts/3", personPath+"/looked?from=1")
}

func TestDeskRequests(t *testing.T) {
	s := newSite(t)
	b := s.atDesk("operator")
	s.api.requests = []map[string]any{
		{"person": somebody, "id": "r1", "type": "erasure", "rule": "gdpr", "state": "overdue", "received": now, "due": "2026-11-20", "overdue": true},
		{"person": somebody, "id": "r2", "type": "access", "rule": "gdpr", "state": "completed", "received": now, "due": "2026-12-20", "ended": true},
	}
	w := b.get("/desk/requests")
	wants(t, w, 200, "2 requests", "Due 20 November 2026", personPath+"/requests/r1", `value="open" selected`, "cursor=200")
	if n := strings.Count(w.Body.String(), `class="badge"`); n != 1 {
		t.Errorf("%d are marked as overdue", n)
	}
	if got := s.api.asked.Encode(); got != "state=open" {
		t.Errorf("asked for %s", got)
	}
	wants(t, b.get("/desk/requests?state=&type=erasure&due_before=2026-12-01&cursor=200"), 200, `value="erasure" selected`, `value="2026-12-01"`)
	if got := s.api.asked.Encode(); got != "cursor=200&due_before=2026-12-01&type=erasure" {
		t.Errorf("asked for %s", got)
	}
}

// aLife is a request that was received and asked about.
func aLife() map[string]any {
	return map[string]any{
		"request": map[string]any{"id": "r1", "type": "erasure", "rule": "gdpr", "state": "received", "received": now, "due": "2026-12-23", "details": "All of it.", "source": "GDPR Art. 12(3)",
			"scope": map[string]any{"purposes": []string{"account-alerts"}, "data": []string{"balances"}}},
		"history": []map[string]any{
			{"seq": 4, "at": now, "event": "request-received", "by": "subject", "state": "received", "due": "2026-12-23"},
			{"seq": 5, "at": now, "event": "request-extended", "by": "agent", "state": "extended", "due": "2027-02-23", "reason": "complexity", "case": "C-1", "note": "Three systems."},
		},
		"choices": []map[string]any{
			{"act": "acknowledge", "becomes": "acknowledged"},
			{"act": "deny", "becomes": "denied", "reasons": []string{"excessive", "legal-obligation"}},
			{"act": "extend", "becomes": "extended", "due": "2027-02-23", "reasons": []string{"complexity"}},
		},
	}
}

func TestDeskRequest(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	path := personPath + "/requests/r1"
	b := s.atDesk("operator")
	wants(t, b.get(path), 200, "Delete the data", "All of it.", "GDPR Art. 12(3)", "Answer me in Parley Messenger", "Checking-account balances",
		"the person", "The date was put off", "the request is complex", "Three systems.", "case C-1", "Due 23 February 2027",
		"Acknowledge it", "Then: extended, due 23 February 2027", `<option value="legal-obligation">a law obliges to keep or use the data</option>`)
	w := s.atDesk("auditor").get(path)
	wants(t, w, 200, "All of it.", "You may read here, and not act.")
	if strings.Contains(w.Body.String(), `name="act"`) {
		t.Error("an auditor is shown what they may not do")
	}
}

func TestDeskStep(t *testing.T) {
	s := newSite(t)
	s.api.life = aLife()
	path := personPath + "/requests/r1"
	b := s.atDesk("operator")
	key := keyField.FindStringSubmatch(b.get(path).Body.String())[1]
	form := func(pairs ...string) url.Values {
		f := url.Values{"key": {key}, "csrf": {csrfField.FindStringSubmatch(b.get(DeskPath).Body.String())[1]}}
		for i := 0; i < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return f
	}
	for field, f := range map[string]url.Values{
		`href="#act"`:         form("case", "C-1"),
		`href="#case"`:        form("act", "acknowledge"),
		`href="#reason-deny"`: form("act", "deny", "case", "C-1", "reason-deny", ""),
		`href="#note"`:        form("act", "acknowledge", "case", "C-1", "note", strings.Repeat("x", 501)),
	} {
		wants(t, b.send("POST", path, f), 422, field, key, "<title>Error: ")
	}
	if len(s.api.sent) > 0 {
		t.Fatalf("the API was sent %v", s.api.sent)
	}
	s.api.problem, s.api.status = "request-state", 409
	wants(t, b.send("POST", path, form("act", "complete", "case", "C-1")), 409, "The request does not allow this now")
	s.api.problem = ""
	w := b.send("POST", path, form("act", "deny", "reason-deny", "excessive", "reason-extend", "complexity", "case", " C-1 ", "note", "Sorry."))
	sent := s.api.last()
	if to := w.Header().Get("Location"); w.Code != 303 || to != personPath+"/receipts/7?new=1" {
		t.Errorf("%d to %s", w.Code, to)
	}
	if sent.path != "/v1/operator/people/"+somebody+"/data-requests/r1/steps" || sent.body != `{"act":"deny","note":"Sorry.","reason":"excessive"}` ||
		sent.header.Get("Case-Reference") != "C-1" || sent.header.Get("Idempotency-Key") != key {
		t.Errorf("sent %+v", sent)
	}
	wants(t, b.send("POST", path, url.Values{"act": {"deny"}}), 403, "The form was not accepted")
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

func TestDeskOptOut(t *testing.T) {
	s := newSite(t)
	s.api.decide(consent.OptIn{Offer: s.api.offer(), Choices: []consent.Choice{{Purpose: "account-alerts", Answer: "yes"}}})
	id := s.api.standing.Line("account-alerts", "parley").ConsentID
	path := personPath + "/opt-out"
	b := s.atDesk("operator")
	wants(t, b.get(personPath), 200, `href="`+path+`"`)
	wants(t, b.get(path), 200, "Answer me in Parley Messenger", "Case reference")
	for _, c := range []struct {
		form   url.Values
		status int
		body   string
	}{
		{url.Values{"case": {"C-1"}}, 422, ""},
		{url.Values{"all": {"1"}}, 422, ""},
		{url.Values{"consent": {id}, "case": {"C-1"}, "reason": {"Called."}}, 303, `{"consents":["` + id + `"],"reason":"Called."}`},
		{url.Values{"all": {"1"}, "consent": {id}, "case": {"C-1"}}, 303, `{"all":true}`},
	} {
		status, to := b.postAtDesk(path, c.form)
		if status != c.status {
			t.Errorf("%v: %d", c.form, status)
		}
		if c.body == "" {
			if len(s.api.sent) > 0 {
				t.Errorf("%v: sent %v", c.form, s.api.sent)
			}
			continue
		}
		if sent := s.api.last(); sent.body != c.body || sent.header.Get("Case-Reference") != "C-1" || to != personPath+"/receipts/7?new=1" {
			t.Errorf("%v: sent %+v, to %s", c.form, sent, to)
		}
	}
	reader := s.atDesk("auditor")
	wants(t, reader.get(path), 403, "Your role does not allow it")
	if strings.Contains(reader.get(personPath).Body.String(), "/opt-out") {
		t.Error("an auditor is shown the way")
	}
	n := len(s.api.sent)
	for _, to := range []string{path, personPath + "/requests/r1"} {
		if status, _ := reader.postAtDesk(to, url.Values{"all": {"1"}, "case": {"C-1"}, "act": {"deny"}}); status != 403 {
			t.Errorf("an auditor posts to %s: %d", to, status)
		}
	}
	if len(s.api.sent) != n {
		t.Error("what an auditor did was sent on")
	}
}

func TestDeskReport(t *testing.T) {
	s := newSite(t)
	b := s.atDesk("auditor")
	w := b.get("/desk/report?from=2026-01&until=2026-11&x=y")
	wants(t, w, 200, "As of 24 November 2026", "<dd>8 of 9</dd>", "<dd>12</dd>", `<th scope="row">Delete the data</th>`, `href="/desk/report.csv?from=2026-01&amp;until=2026-11"`, `value="2026-01"`)
	if got := s.api.asked.Encode(); got != "from=2026-01&until=2026-11" {
		t.Errorf("asked for %s", got)
	}
	if strings.Contains(w.Body.String(), `class="bad"`) {
		t.Error("nothing is overdue")
	}
	s.api.overdue = 2
	wants(t, b.get("/desk/report"), 200, `class="bad"><dt>Overdue</dt><dd><a href="/desk/requests?state=overdue">2</a>`)
	w = b.get("/desk/report.csv")
	if got := w.Header().Get("Content-Disposition"); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "type,rule") || got != `attachment; filename="data-requests.csv"` {
		t.Errorf("%d %q %s", w.Code, got, w.Body)
	}
	wants(t, s.browser().get("/desk/report.csv"), 401)
}

// TestDeskPages: every page of the desk has the headers and the manners of the portal's.
func TestDeskPages(t *testing.T) {
	s := newSite(t)
	s.api.standing.Seq, s.api.life = 9, aLife()
	b := s.atDesk("operator")
	for _, page := range []string{"/desk", "/desk/", "/desk/requests", "/desk/report", personPath, personPath + "/receipts", personPath + "/receipts/1", personPath + "/looked", personPath + "/requests/r1", personPath + "/opt-out", personPath + "/receipts/1/annul"} {
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

func TestDeskAnnul(t *testing.T) {
	s := newSite(t)
	s.api.standing.Seq = 9
	path := personPath + "/receipts/1/annul"
	b := s.atDesk("operator")
	wants(t, b.get(personPath+"/receipts/1"), 200, `href="`+path+`"`)
	page := b.get(path)
	wants(t, page, 200, "Annul receipt 1", "Answer me in Parley Messenger", "Nothing is given back")
	digest := regexp.MustCompile(`name="digest" value="(sha256:[0-9a-f]{64})"`).FindStringSubmatch(page.Body.String())[1]
	for _, form := range []url.Values{{"reason": {" "}, "case": {"C-1"}}, {"reason": {"Wrong form."}}, {"reason": {strings.Repeat("x", 501)}, "case": {"C-1"}}} {
		if status, _ := b.postAtDesk(path, form); status != 422 || len(s.api.sent) > 0 {
			t.Errorf("%v: %d", form, status)
		}
	}
	status, to := b.postAtDesk(path, url.Values{"digest": {digest}, "reason": {"Wrong form."}, "case": {"C-1"}})
	if sent := s.api.last(); status != 303 || to != personPath+"/receipts/7?new=1" || sent.path != "/v1/operator/people/"+somebody+"/annulments" ||
		sent.body != `{"digest":"`+digest+`","reason":"Wrong form.","seq":1}` || sent.header.Get("Case-Reference") != "C-1" {
		t.Errorf("%d to %s, sent %+v", status, to, sent)
	}
	reader := s.atDesk("auditor")
	wants(t, reader.get(path), 403)
	if status, _ := reader.postAtDesk(path, url.Values{"reason": {"x"}, "case": {"C-1"}}); status != 403 || strings.Contains(reader.get(personPath+"/receipts/1").Body.String(), "/annul") {
		t.Errorf("an auditor annuls: %d", status)
	}
}

// TestDeskWords: what the staff can do, and for which reasons, has words.
func TestDeskWords(t *testing.T) {
	routes, err := os.ReadFile(filepath.Join("..", "handler", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	did := regexp.MustCompile(`(?:looks|acts)\("([^"]+)", in`).FindAllStringSubmatch(string(routes), -1)
	if len(did) < 10 {
		t.Errorf("only %d things that the staff does to people", len(did))
	}
	for _, m := range did {
		if !texts.In("en").Has("did." + m[1]) {
			t.Errorf("no words for %s", m[1])
		}
	}
	for _, row := range datarequest.Transitions {
		if slices.Contains(row.By, datarequest.Staff) && !deskTexts.In("en").Has("act."+string(row.Act)) {
			t.Errorf("no words for the act %s", row.Act)
		}
	}
	for _, state := range datarequest.States() {
		if !deskTexts.In("en").Has("request-state." + string(state)) {
			t.Errorf("no words for the state %s", state)
		}
	}
	for _, rule := range datarequest.Builtin() {
		pack, err := datarequest.Rules(nil).Pack(rule)
		if err != nil {
			t.Fatal(err)
		}
		for _, clause := range pack.Clauses {
			reasons := slices.Clone(clause.Deny)
			for _, e := range clause.Extensions {
				reasons = append(reasons, e.Reasons...)
			}
			for _, reason := range reasons {
				if !deskTexts.In("en").Has("request-reason." + reason) {
					t.Errorf("%s: no words for the reason %s", rule, reason)
				}
			}
		}
	}
}
