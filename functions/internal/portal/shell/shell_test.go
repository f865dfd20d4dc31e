package shell_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
)

func TestSigningIn(t *testing.T) {
	s := portaltest.New(t)
	s.Issuer.Broken = true
	b := s.Browser()
	portaltest.Wants(t, b.Get("/"), 200, "Sign in", "First Example Bank")
	portaltest.Wants(t, b.Get("/login"), 502, "Signing in does not work right now")
	s.Issuer.Broken = false // a later visit discovers it
	w := b.SignIn("/offer?purpose=card-offers")
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != "/offer?purpose=card-offers" {
		t.Fatalf("after signing in: %d, to %q", w.Code, got)
	}
	if b.Cookies[portaltest.SessionCookie] == "" || b.Cookies[portaltest.LoginCookie] != "" {
		t.Errorf("cookies after signing in: %v", b.Cookies)
	}
	portaltest.Wants(t, b.Get("/"), 200, "What you allow", "Alex Rivera")
	w = b.Post("/logout", url.Values{})
	if w.Code != http.StatusSeeOther || b.Cookies[portaltest.SessionCookie] != "" {
		t.Error("signing out leaves the session")
	}
	portaltest.Wants(t, b.Get("/?signed-out=1"), 200, "You are signed out here")
}

func TestSigningInByAnotherName(t *testing.T) {
	s := portaltest.New(t)
	for target, want := range map[string]string{"/login?return=%2Foffer": portaltest.Base + "/login?moved=1&return=%2Foffer", "/login?moved=1": s.Issuer.URL} {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+target, nil)
		w := httptest.NewRecorder()
		s.Pages.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); !strings.HasPrefix(got, want) {
			t.Errorf("%s leads to %q, want %q", target, got, want)
		}
	}
}

func TestCallbackRefuses(t *testing.T) {
	s := portaltest.New(t)
	start := func() (*portaltest.Browser, string) {
		b := s.Browser()
		return b, s.Issuer.Approve(t, b.Get("/login").Header().Get("Location"))
	}
	b, back := start()
	portaltest.Wants(t, s.Browser().Get(back), 403, "Signing in did not work") // another browser: login CSRF
	portaltest.Wants(t, b.Get(strings.Replace(back, "state=", "state=x", 1)), 403)
	b, back = start()
	portaltest.Wants(t, b.Get(strings.Replace(back, "iss=http", "iss=https", 1)), 403)
	b, back = start()
	portaltest.Wants(t, b.Get(strings.Replace(back, "the-code", "another", 1)), 502)
	b, _ = start()
	portaltest.Wants(t, b.Get(shell.CallbackPath+"?error=access_denied&state="+s.Issuer.Asked.Get("state")), 403, "cancelled or refused")
	s.Issuer.Nonce = "another"
	b, back = start()
	portaltest.Wants(t, b.Get(back), 403, "Signing in did not work")
	if b.Cookies[portaltest.SessionCookie] != "" {
		t.Error("a session began")
	}
}

func TestFormsOfOthersAreRefused(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	token := b.CSRF()
	form := url.Values{"csrf": {token}}
	portaltest.Wants(t, b.Send("POST", "/withdraw-all", url.Values{}), 403, "does not come from a page of your session")
	portaltest.Wants(t, b.Send("POST", "/withdraw-all", url.Values{"csrf": {s.SignedIn().CSRF()}}), 403)
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		other := &portaltest.Browser{Site: s, Cookies: b.Cookies, Headers: map[string]string{name: value}}
		if name == "Origin" {
			other.Headers["Sec-Fetch-Site"] = ""
		} else {
			other.Headers["Origin"] = "null"
		}
		portaltest.Wants(t, other.Send("POST", "/withdraw-all", form), 403, "sent from another site", `class="top"`)
		portaltest.Wants(t, other.Send("POST", "/desk", form), 403, "sent from another site", `<body class="desk">`)
	}
	portaltest.Wants(t, s.Browser().Send("POST", "/withdraw-all", form), 401, "Please sign in")
	if len(s.API.Sent) > 0 {
		t.Errorf("the API was sent %v", s.API.Sent)
	}
	if w := b.Send("POST", "/withdraw-all", form); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/receipts/7?new=1" {
		t.Errorf("our own form: %d", w.Code)
	}
}

func TestTamperedSessionIsNone(t *testing.T) {
	s := portaltest.New(t)
	b := s.SignedIn()
	sealed := b.Cookies[portaltest.SessionCookie]
	for i := 0; i < len(sealed); i += 37 {
		c := "A"
		if sealed[i] == 'A' {
			c = "B"
		}
		b.Cookies[portaltest.SessionCookie] = sealed[:i] + c + sealed[i+1:]
		portaltest.Wants(t, b.Get("/offer"), 401, "Please sign in")
	}
	seal := func(use, token string, expires int64) string {
		value, err := shell.SealSession(make([]byte, 32), "portal", use, shell.Session{ID: "x", Token: token, Expires: expires})
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	now := portaltest.Now.Unix()
	b.Cookies[portaltest.SessionCookie] = seal("login", "the-token", now+60)
	portaltest.Wants(t, b.Get("/offer"), 401) // what is sealed for one use is nothing for another
	b.Cookies[portaltest.SessionCookie] = seal("session", "the-token", now)
	portaltest.Wants(t, b.Get("/offer"), 401)
	b.Cookies[portaltest.SessionCookie] = seal("session", "revoked", now+60)
	portaltest.Wants(t, b.Get("/"), 401, "Please sign in") // the API no longer takes the token
	if b.Cookies[portaltest.SessionCookie] != "" {
		t.Error("the session that the API refused is still there")
	}
}

// TestScopesInTheToken: if the issuer's answer does not name the granted scopes, as with Cognito,
// those in the access token count.
func TestScopesInTheToken(t *testing.T) {
	s := portaltest.New(t)
	for claims, want := range map[string]string{
		`{"scope":"openid consent-receipts/auditor"}`: "Alex Rivera <small>(Auditor)</small>", `{"scope":"consent-receipts/operator"}`: "Alex Rivera <small>(Staff)</small>",
		`{"scope":"openid"}`: "", `{"scope":""}`: "", `{"iss":"x"}`: "Alex Rivera <small>(Staff)</small>", `[`: "Alex Rivera <small>(Staff)</small>",
	} {
		s.Issuer.Claims = claims
		b := s.Browser()
		if w := b.SignIn(desk.Path); want == "" {
			portaltest.Wants(t, w, 403, "This is for the staff")
			continue
		}
		portaltest.Wants(t, b.Get(desk.Path), 200, want)
	}
}

// TestRealmsAreApart: a session of the desk opens no page of a person, and a session of a person
// opens no page of the desk, even under the other cookie's name. The same holds for the tokens in
// their forms.
func TestRealmsAreApart(t *testing.T) {
	s := portaltest.New(t)
	clerk := s.AtDesk("operator")
	s.Issuer.Scope = ""
	person := s.SignedIn()
	portaltest.Wants(t, clerk.Get("/receipts"), 401, "If you asked without an account") // a receipt of a contact names such an address
	portaltest.Wants(t, person.Get(portaltest.PersonPath), 401)
	portaltest.Wants(t, s.Browser().Get("/desk/requests"), 401, "/desk/login?")
	person.Cookies[portaltest.DeskSessionCookie] = person.Cookies[portaltest.SessionCookie]
	clerk.Cookies[portaltest.SessionCookie] = clerk.Cookies[portaltest.DeskSessionCookie]
	portaltest.Wants(t, person.Get(portaltest.PersonPath), 401)
	portaltest.Wants(t, clerk.Get("/receipts"), 401)

	both := s.AtDesk("operator")
	s.Issuer.Scope = ""
	both.SignIn("/")
	portaltest.Wants(t, both.Get(portaltest.PersonPath), 200)
	portaltest.Wants(t, both.Get("/receipts"), 200)
	portaltest.Wants(t, both.Send("POST", "/desk", url.Values{"csrf": {both.CSRF()}, "customer": {"c"}}), 403)
	both.Post("/logout", url.Values{})
	portaltest.Wants(t, both.Get(portaltest.PersonPath), 200)
}
