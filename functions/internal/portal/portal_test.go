package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
)

func wants(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d", w.Code, status)
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("no %q in:\n%s", text, w.Body)
		}
	}
}

func TestSigningIn(t *testing.T) {
	s := newSite(t)
	s.issuer.broken = true
	b := s.browser()
	wants(t, b.get("/"), 200, "Sign in", "First Example Bank")
	wants(t, b.get("/login"), 502, "Signing in does not work right now")
	s.issuer.broken = false // a later visit discovers it
	w := b.signIn("/offer?purpose=card-offers")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/offer?purpose=card-offers" {
		t.Fatalf("after signing in: %d, to %q", w.Code, got)
	}
	if b.cookies[sessionCookie] == "" || b.cookies[loginCookie] != "" {
		t.Errorf("cookies after signing in: %v", b.cookies)
	}
	wants(t, b.get("/"), 200, "What you allow", "Alex Rivera")
	w = b.post("/logout", url.Values{})
	if w.Code != http.StatusSeeOther || b.cookies[sessionCookie] != "" {
		t.Error("signing out leaves the session")
	}
	wants(t, b.get("/?signed-out=1"), 200, "You are signed out here")
}

func TestSigningInByAnotherName(t *testing.T) {
	s := newSite(t)
	for target, want := range map[string]string{"/login?return=%2Foffer": base + "/login?moved=1&return=%2Foffer", "/login?moved=1": s.issuer.url} {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+target, nil)
		w := httptest.NewRecorder()
		s.pages.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); !strings.HasPrefix(got, want) {
			t.Errorf("%s leads to %q, want %q", target, got, want)
		}
	}
}

func TestCallbackRefuses(t *testing.T) {
	s := newSite(t)
	start := func() (*browser, string) {
		b := s.browser()
		return b, s.issuer.approve(t, b.get("/login").Header().Get("Location"))
	}
	b, back := start()
	wants(t, s.browser().get(back), 403, "Signing in did not work") // another browser: login CSRF
	wants(t, b.get(strings.Replace(back, "state=", "state=x", 1)), 403)
	b, back = start()
	wants(t, b.get(strings.Replace(back, "iss=http", "iss=https", 1)), 403)
	b, back = start()
	wants(t, b.get(strings.Replace(back, "the-code", "another", 1)), 502)
	b, _ = start()
	wants(t, b.get(CallbackPath+"?error=access_denied&state="+s.issuer.asked.Get("state")), 403, "cancelled or refused")
	s.issuer.nonce = "another"
	b, back = start()
	wants(t, b.get(back), 403, "Signing in did not work")
	if b.cookies[sessionCookie] != "" {
		t.Error("a session began")
	}
}

func TestReturnStaysHere(t *testing.T) {
	for given, want := range map[string]string{
		"/offer?purpose=a": "/offer?purpose=a", "": "/", "//evil.example": "/", "https://evil.example": "/",
		`/\evil.example`: "/", "/\r\nX: y": "/", "offer": "/",
	} {
		if got := personRealm(Client{}).localPath(given); got != want {
			t.Errorf("%q leads to %q, want %q", given, got, want)
		}
	}
}

func TestFormsOfOthersAreRefused(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	token := b.csrf()
	form := url.Values{"csrf": {token}}
	wants(t, b.send("POST", "/withdraw-all", url.Values{}), 403, "does not come from a page of your session")
	wants(t, b.send("POST", "/withdraw-all", url.Values{"csrf": {s.signedIn().csrf()}}), 403)
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		other := &browser{s, b.cookies, map[string]string{name: value}}
		if name == "Origin" {
			other.headers["Sec-Fetch-Site"] = ""
		} else {
			other.headers["Origin"] = "null"
		}
		wants(t, other.send("POST", "/withdraw-all", form), 403, "sent from another site", `class="top"`)
		wants(t, other.send("POST", "/desk", form), 403, "sent from another site", `class="top desk"`)
	}
	wants(t, s.browser().send("POST", "/withdraw-all", form), 401, "Please sign in")
	if len(s.api.sent) > 0 {
		t.Errorf("the API was sent %v", s.api.sent)
	}
	if w := b.send("POST", "/withdraw-all", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/7?new=1" {
		t.Errorf("our own form: %d", w.Code)
	}
}

func TestTamperedSessionIsNone(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	sealed := b.cookies[sessionCookie]
	for i := 0; i < len(sealed); i += 37 {
		c := "A"
		if sealed[i] == 'A' {
			c = "B"
		}
		b.cookies[sessionCookie] = sealed[:i] + c + sealed[i+1:]
		wants(t, b.get("/offer"), 401, "Please sign in")
	}
	k, err := deriveKeys(make([]byte, 32), "portal")
	if err != nil {
		t.Fatal(err)
	}
	b.cookies[sessionCookie], err = seal(k.login, session{ID: "x", Token: "the-token", Expires: now.Unix() + 60})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, b.get("/offer"), 401) // what is sealed for one use is nothing for another
	b.cookies[sessionCookie], _ = seal(k.session, session{ID: "x", Token: "the-token", Expires: now.Unix()})
	wants(t, b.get("/offer"), 401)
	b.cookies[sessionCookie], _ = seal(k.session, session{ID: "x", Token: "revoked", Expires: now.Unix() + 60})
	wants(t, b.get("/"), 401, "Please sign in") // the API no longer takes the token
	if b.cookies[sessionCookie] != "" {
		t.Error("the session that the API refused is still there")
	}
}

var offerField = regexp.MustCompile(`name="offer" value="([^"]+)"`)

func TestAnsweringAnOffer(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	page := b.get("/offer").Body.String()
	if strings.Contains(page, " checked") {
		t.Fatal("something is ticked that the person has not ticked")
	}
	if n := strings.Count(page, `value="yes"`); n != 3 || strings.Count(page, `value="no"`) != n {
		t.Errorf("%d questions", n)
	}
	offer := offerField.FindStringSubmatch(page)[1]
	w := b.post("/offer", url.Values{"offer": {offer}})
	wants(t, w, 422, "Answer at least one question", `href="#item-0"`, offer)
	w = b.post("/offer", url.Values{
		"offer": {offer}, "data-0": {"card-transactions"}, "answer-1": {"yes"}, "until-1": {"2031-01-01"}, "answer-2": {"no"},
	})
	wants(t, w, 422, "neither yes nor no", "the date must be from 23 November 2026 to 23 May 2027", offer,
		`value="card-transactions" checked`, `name="answer-2" value="no" checked`, `value="2031-01-01"`)
	if len(s.api.sent) > 0 {
		t.Fatalf("the API was sent %v", s.api.sent)
	}

	b.headers["Sec-GPC"] = "1"
	w = b.post("/offer", url.Values{"offer": {offer}, "answer-0": {"yes"}, "until-0": {"2027-01-31"}, "answer-1": {"no"}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/7?new=1" {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	got := s.api.last()
	want := `{"choices":[{"purpose":"account-alerts","recipient":"parley","answer":"yes","data":["balances"],"until":"2027-01-31"},` +
		`{"purpose":"card-offers","recipient":"parley","answer":"no"}],"offer":"` + offer + `"}`
	if got.path != "/v1/opt-in" || got.body != want || got.header.Get("Sec-GPC") != "1" || got.header.Get("Authorization") != "Bearer the-token" {
		t.Errorf("sent %s %v\nwant %s", got.body, got.header, want)
	}
	b.post("/offer", url.Values{"offer": {offer}, "answer-0": {"yes"}, "data-0": {"card-transactions", "forged"}})
	if got := s.api.last().body; !strings.Contains(got, `"data":["balances","card-transactions"]`) {
		t.Errorf("sent %s", got)
	}
}

func TestOfferThatCannotBeAnswered(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	offer := offerField.FindStringSubmatch(b.get("/offer").Body.String())[1]
	answers := url.Values{"offer": {offer}, "answer-0": {"yes"}}
	for slug, text := range map[string]string{"offer-stale": "Something changed in the meantime", "offer-expired": "open for too long"} {
		s.api.problem, s.api.status = slug, 409
		w := b.post("/offer", answers)
		wants(t, w, 409, text, `name="offer" value="`)
		if strings.Contains(w.Body.String(), " checked") {
			t.Error("the fresh offer has answers")
		}
	}
	wants(t, b.post("/offer", url.Values{"offer": {"x"}}), 422, "The page could not be read")
	s.api.problem, s.api.status = "cap-reached", 422
	b.get("/?language=es")
	wants(t, b.post("/offer", answers), 422, "Se ha alcanzado un límite", "urn:request:1", `<html lang="es">`)
	s.api.problem = "brand-new"
	wants(t, b.post("/offer", answers), 422, "<h1>T</h1>", `<p class="lead" lang="en">D</p>`)
}

func TestWaysOut(t *testing.T) {
	s := newSite(t)
	s.api.decide(consent.OptIn{Offer: s.api.offer(), Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}})
	s.api.decide(consent.RequestData{Type: "access"})
	id := s.api.standing.Line("account-alerts", "parley").ConsentID
	b := s.signedIn()
	wants(t, b.get("/"), 200, "Answer me in Parley Messenger", "Checking-account balances", "/consents/"+id+"/narrow",
		"What you do not allow", "See my data",
		"An answer is due by 23 December 2026", "General Data Protection Regulation", "/offer?purpose=account-alerts", "/receipts/2", "/receipts/bundle")
	wants(t, b.get("/consents/"+id+"/withdraw"), 200, "deleted within 30 days", "Withdraw it")
	wants(t, b.get("/withdraw-all"), 200, "Withdraw everything")
	wants(t, b.get("/consents/"+id+"/narrow"), 200, `value="balances" checked`, `max="2027-11-23"`)
	wants(t, b.get("/consents/unknown/narrow"), 404, "not in force")

	narrow := "/consents/" + id + "/narrow"
	all := []string{"balances", "card-transactions"}
	wants(t, b.post(narrow, url.Values{"data": all, "key": {"k"}}), 422, "Untick something", `value="k"`)
	wants(t, b.post(narrow, url.Values{"data": all, "until": {"2020-01-01"}}), 422, "the date must be", `href="#until"`)
	for _, c := range []struct {
		target       string
		form         url.Values
		method, path string
		body         string
	}{
		{narrow, url.Values{"data": {"balances"}}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","data":["balances"]}]}`},
		{narrow, url.Values{"data": all, "until": {"2027-01-31"}}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","until":"2027-01-31"}]}`},
		{narrow, url.Values{}, "POST", "/v1/opt-out", `{"narrow":[{"consent_id":"` + id + `","data":[]}]}`},
		{"/withdraw", url.Values{"consent": {id}, "reason": {strings.Repeat("é", 501)}}, "POST", "/v1/opt-out", `{"consents":["` + id + `"],"reason":"` + strings.Repeat("é", 500) + `"}`},
		{"/withdraw-all", url.Values{}, "POST", "/v1/opt-out", `{"all":true}`},
		{"/requests", url.Values{"type": {"erasure"}, "details": {"all\r\nof it"}}, "POST", "/v1/data-requests", `{"type":"erasure","details":"all\nof it"}`},
		{"/requests/" + s.api.standing.Requests[0].ID, url.Values{}, "DELETE", "/v1/data-requests/" + s.api.standing.Requests[0].ID, ""},
	} {
		c.form.Set("key", "once")
		if w := b.post(c.target, c.form); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d: %s", c.target, w.Code, w.Body)
		}
		got := s.api.last()
		if got.method != c.method || got.path != c.path || got.body != c.body {
			t.Errorf("%s sent %s %s %s, want %s", c.target, got.method, got.path, got.body, c.body)
		}
		if key := got.header.Get("Idempotency-Key"); c.method == "POST" && key != "once" {
			t.Errorf("%s: the form's key did not come along: %q", c.target, key)
		}
	}
	wants(t, b.post("/requests", url.Values{"details": {"<b>"}}), 422, "Choose what you ask for", "&lt;b&gt;")
	wants(t, b.post("/requests", url.Values{"type": {"access"}, "details": {strings.Repeat("x", 501)}}), 422, "over 500 characters", `value="access" checked`)
}

func TestHeadersAndLanguage(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	b.headers["Accept-Language"] = "es-MX,es;q=0.9"
	w := b.get("/")
	wants(t, w, 200, `<html lang="es">`, "Iniciar sesión", "/login?language=es")
	for name, want := range map[string]string{
		"Content-Security-Policy": contentSecurityPolicy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	b = s.signedIn()
	wants(t, b.get("/offer?purpose=card-offers&language=es"), 200, `<html lang="es">`, "Lo que se le pide", "purpose=card-offers")
	wants(t, b.get("/"), 200, `<html lang="es">`) // the browser keeps it
	b.post("/logout", url.Values{})
	wants(t, b.get("/"), 200, `<html lang="es">`)
	wants(t, b.get("/?language=xx"), 200, `<html lang="es">`)
	b = s.signedIn()
	wants(t, b.get(stylePath), 200, "--ink")
	for _, page := range []string{"/", "/offer", "/requests", "/withdraw-all", "/receipts", "/receipts/1", "/receipts/1/part", "/looked"} {
		for _, forbidden := range []string{"<script", " style=", "ZgotmplZ", "the-token", "http://", `onclick`} {
			if strings.Contains(b.get(page).Body.String(), forbidden) {
				t.Errorf("%s: %q on the page", page, forbidden)
			}
		}
		if body := b.get(page).Body.String(); strings.Count(body, `method="post"`) != strings.Count(body, `name="csrf"`) {
			t.Errorf("%s: a form without a CSRF token", page)
		}
	}
}

func TestNoticesAreSafe(t *testing.T) {
	got, err := markdown([]byte("# Title\n\n<script>x</script> [a](javascript:x) <b>b</b>\n\n## Part"))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(got); strings.Contains(s, "<script") || strings.Contains(s, "javascript") || strings.Contains(s, "<b>") ||
		!strings.Contains(s, "<h3>Title</h3>") || !strings.Contains(s, "<h4>Part</h4>") {
		t.Errorf("rendered as %s", s)
	}
}

// TestWhoLooked: the person reads who of the staff looked, in plain words.
func TestWhoLooked(t *testing.T) {
	s := newSite(t)
	b := s.signedIn()
	wants(t, b.get("/looked"), 200, "Nobody has looked.")
	s.api.looked = []map[string]any{
		{"seq": 2, "at": now, "staff": "9q2-7wAAAAAA", "role": "operator", "did": "receipt.read", "case": "C-1", "about": "3"},
		{"seq": 1, "at": now, "staff": "9q2-7wAAAAAA", "role": "auditor", "did": "something.new"},
	}
	w := b.get("/looked")
	wants(t, w, 200, "Read one of your receipts", `<a href="/receipts/3">Receipt 3</a>`, "23 November 2026, 14:00 UTC", "Staff, for the case C-1",
		"An auditor", "something.new", "<code>9q2-7w</code>", `href="/looked?from=2"`)
	if strings.Contains(w.Body.String(), "Newest entries") {
		t.Error("there is something after the newest")
	}
	wants(t, b.get("/looked?from=2"), 200, `href="/looked"`)
	wants(t, b.get("/"), 200, `href="/looked"`)
}
