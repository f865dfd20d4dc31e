// Package portaltest is a portal between a fake issuer and a fake API, and browsers at it,
// for tests.
package portaltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/functions/internal/portal"
	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/shell"
)

// Now is the time of all clocks.
var Now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// Names of the cookies.
const (
	SessionCookie     = "__Host-session"
	LoginCookie       = "__Host-login"
	RefreshCookie     = "__Host-refresh"
	DeskSessionCookie = "__Host-desk-session"
)

// Base is the address of the portal.
const Base = "http://portal.example"

// Somebody is the pseudonym of the person about whom the fake API knows.
const Somebody = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Clerk is the pseudonym of the member of staff who is signed in.
const Clerk = "9q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Site is a portal between a fake issuer and a fake API.
type Site struct {
	t      *testing.T
	Pages  http.Handler
	Issuer *Issuer
	API    *API
}

// New returns a portal. It ends with the test.
func New(t *testing.T) *Site {
	t.Helper()
	s := &Site{t: t, Issuer: newIssuer(t), API: newAPI(t)}
	var err error
	s.Pages, err = portal.New(portal.Config{
		Config: shell.Config{
			BaseURL: Base, SessionKey: make([]byte, 32), API: &http.Client{Transport: s.API}, OIDC: http.DefaultClient,
			Now: func() time.Time { return Now.Add(s.Issuer.Later) }, Rand: rand.Reader, Languages: []string{"en", "es"},
		},
		People: shell.Client{Issuer: s.Issuer.URL, ID: "portal", Scopes: []string{"openid", "consent-receipts/self"}},
		Staff:  shell.Client{Issuer: s.Issuer.URL, ID: "desk", Scopes: []string{"openid", "consent-receipts/operator", "consent-receipts/auditor"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Browser keeps cookies and sends what a browser sends.
type Browser struct {
	*Site
	Cookies map[string]string
	Headers map[string]string // headers of every request, beside those of a browser
}

// Browser returns a browser without cookies.
func (s *Site) Browser() *Browser {
	return &Browser{s, map[string]string{}, map[string]string{}}
}

// Send sends a request of a page of the portal. A form goes in its body.
func (b *Browser) Send(method, target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, Base+target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", Base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.Headers {
		r.Header.Set(name, value)
	}
	for name, value := range b.Cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.Pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			b.t.Errorf("cookie %s is not Secure, HttpOnly, SameSite=Lax and Path=/", c.Name)
		}
		if b.Cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.Cookies, c.Name)
		}
	}
	return w
}

// Get asks for a page.
func (b *Browser) Get(target string) *httptest.ResponseRecorder { return b.Send("GET", target, nil) }

// CSRFField finds the CSRF token in a page.
var CSRFField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// CSRF reads the token from a page of the session.
func (b *Browser) CSRF() string {
	b.t.Helper()
	m := CSRFField.FindStringSubmatch(b.Get("/requests").Body.String())
	if m == nil {
		b.t.Fatal("no form with a CSRF token")
	}
	return m[1]
}

// Post sends a form of a person as its page would.
func (b *Browser) Post(target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	form.Set("csrf", b.CSRF())
	return b.Send("POST", target, form)
}

// SignIn goes to the issuer and comes back.
func (b *Browser) SignIn(from string) *httptest.ResponseRecorder {
	b.t.Helper()
	login := "/login"
	if strings.HasPrefix(from, desk.Path) {
		login = desk.Path + login
	}
	w := b.Get(login + "?return=" + url.QueryEscape(from))
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("login: %d: %s", w.Code, w.Body)
	}
	return b.Get(b.Issuer.Approve(b.t, w.Header().Get("Location")))
}

// SignedIn returns a browser in which a person is signed in.
func (s *Site) SignedIn() *Browser {
	s.t.Helper()
	b := s.Browser()
	if w := b.SignIn("/"); w.Code != http.StatusSeeOther {
		s.t.Fatalf("callback: %d: %s", w.Code, w.Body)
	}
	return b
}

// Issuer is an OpenID Provider that approves whatever is asked.
type Issuer struct {
	URL    string
	key    *rsa.PrivateKey
	Broken bool   // discovery fails
	Nonce  string // overrides the nonce in the ID token
	Scope  string // of the access token; "": the answer does not say
	Claims string // of the access token, which is a JWT then

	Lasts     int64    // how long an access token counts, in seconds
	Refresh   string   // the refresh token; "": none
	Refuses   string   // the error with which a refresh token is refused
	Refreshed int      // how many access tokens were given for a refresh token
	Revoked   []string // the tokens that were revoked

	Asked url.Values    // the last authentication request
	Later time.Duration // how much later than Now it is for the issuer and for the portal
}

func newIssuer(t *testing.T) *Issuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{key: key, Lasts: 900}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if i.Broken {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		reply(w, 200, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
			"jwks_uri": i.URL + "/jwks", "revocation_endpoint": i.URL + "/revoke", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/revoke", func(w http.ResponseWriter, r *http.Request) {
		if i.Broken || r.FormValue("client_id") != i.Asked.Get("client_id") {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		i.Revoked = append(i.Revoked, r.FormValue("token"))
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		if refused := i.refuse(r); refused != "" {
			reply(w, 400, map[string]any{"error": refused})
			return
		}
		given := map[string]any{"access_token": "the-token", "token_type": "Bearer", "expires_in": i.Lasts, "id_token": i.idToken(t)}
		if r.FormValue("grant_type") == "refresh_token" {
			i.Refreshed++
		} else if i.Refresh != "" {
			given["refresh_token"] = i.Refresh
		}
		if i.Claims != "" {
			given["access_token"] = "e30." + base64.RawURLEncoding.EncodeToString([]byte(i.Claims)) + ".c2ln"
		}
		if i.Scope != "" {
			given["scope"] = i.Scope
		}
		reply(w, 200, given)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

// refuse returns the error with which the token endpoint answers, or "".
func (i *Issuer) refuse(r *http.Request) string {
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	switch {
	case r.FormValue("grant_type") == "refresh_token" && r.FormValue("refresh_token") == i.Refresh && r.FormValue("client_id") == i.Asked.Get("client_id"):
		return i.Refuses
	case i.Asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || r.FormValue("code") != "the-code",
		r.FormValue("client_id") != i.Asked.Get("client_id"), r.FormValue("redirect_uri") != i.Asked.Get("redirect_uri"):
		return "invalid_grant"
	}
	return ""
}

func (i *Issuer) idToken(t *testing.T) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce := i.Asked.Get("nonce")
	if i.Nonce != "" {
		nonce = i.Nonce
	}
	payload, _ := json.Marshal(map[string]any{
		"iss": i.URL, "aud": i.Asked.Get("client_id"), "sub": "1", "name": "Alex Rivera", "nonce": nonce,
		"iat": Now.Add(i.Later).Unix(), "exp": Now.Add(i.Later).Unix() + 300,
	})
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Approve takes an authentication request and returns where it sends the person.
func (i *Issuer) Approve(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	i.Asked = u.Query()
	callback, scope, client := portal.CallbackPath, "openid consent-receipts/self", "portal"
	if strings.HasSuffix(i.Asked.Get("redirect_uri"), portal.DeskCallbackPath) {
		callback, scope, client = portal.DeskCallbackPath, "openid consent-receipts/operator consent-receipts/auditor", "desk"
	}
	for name, want := range map[string]string{
		"response_type": "code", "code_challenge_method": "S256", "redirect_uri": Base + callback,
		"scope": scope, "client_id": client,
	} {
		if got := i.Asked.Get(name); got != want {
			t.Errorf("authentication request: %s is %q, want %q", name, got, want)
		}
	}
	return callback + "?" + url.Values{"code": {"the-code"}, "state": {i.Asked.Get("state")}, "iss": {i.URL}}.Encode()
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// PersonPath is the desk's page of Somebody.
const PersonPath = desk.Path + "/people/" + Somebody

// AtDesk signs a member of the staff in at the desk, in a role.
func (s *Site) AtDesk(role string) *Browser {
	s.t.Helper()
	s.Issuer.Scope = "openid consent-receipts/" + role
	b := s.Browser()
	if w := b.SignIn(desk.Path); w.Code != http.StatusSeeOther || w.Header().Get("Location") != desk.Path {
		s.t.Fatalf("callback: %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	return b
}

// PostAtDesk sends a form of the desk as its page would.
func (b *Browser) PostAtDesk(target string, form url.Values) (status int, to string) {
	b.t.Helper()
	m := CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())
	if m == nil {
		b.t.Fatal("no form with a CSRF token")
	}
	form.Set("csrf", m[1])
	w := b.Send("POST", target, form)
	return w.Code, w.Header().Get("Location")
}

// Wants checks the status of an answer, and that these texts are in it.
func Wants(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
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
