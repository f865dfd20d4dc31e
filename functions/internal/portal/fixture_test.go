package portal

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
)

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

const base = "http://portal.example"

// somebody is the pseudonym of the person about whom the fake API knows.
const somebody = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// site is a portal between a fake issuer and a fake API.
type site struct {
	t      *testing.T
	pages  http.Handler
	issuer *fakeIssuer
	api    *fakeAPI
}

func newSite(t *testing.T, options ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, issuer: newFakeIssuer(t), api: newFakeAPI(t)}
	c := Config{
		BaseURL:    base,
		People:     Client{Issuer: s.issuer.url, ID: "portal", Scopes: []string{"openid", "consent-receipts/self"}},
		Staff:      Client{Issuer: s.issuer.url, ID: "desk", Scopes: []string{"openid", "consent-receipts/operator", "consent-receipts/auditor"}},
		SessionKey: make([]byte, 32), API: &http.Client{Transport: s.api}, OIDC: http.DefaultClient,
		Now: func() time.Time { return now }, Rand: rand.Reader, Languages: []string{"en", "es"},
	}
	for _, option := range options {
		option(&c)
	}
	var err error
	if s.pages, err = New(c); err != nil {
		t.Fatal(err)
	}
	return s
}

// browser keeps cookies and sends what a browser sends.
type browser struct {
	*site
	cookies map[string]string
	headers map[string]string // of every request, beside a browser's own
}

func (s *site) browser() *browser {
	return &browser{s, map[string]string{}, map[string]string{}}
}

func (b *browser) send(method, target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(method, base+target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.headers {
		r.Header.Set(name, value)
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.pages.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.Secure || !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			b.t.Errorf("cookie %s is not Secure, HttpOnly, SameSite=Lax and Path=/", c.Name)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w
}

func (b *browser) get(target string) *httptest.ResponseRecorder { return b.send("GET", target, nil) }

var csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

// csrf reads the token from a page of the session.
func (b *browser) csrf() string {
	b.t.Helper()
	m := csrfField.FindStringSubmatch(b.get("/requests").Body.String())
	if m == nil {
		b.t.Fatal("no form with a CSRF token")
	}
	return m[1]
}

// post sends a form as its page would.
func (b *browser) post(target string, form url.Values) *httptest.ResponseRecorder {
	b.t.Helper()
	form.Set("csrf", b.csrf())
	return b.send("POST", target, form)
}

// signIn goes to the issuer and comes back.
func (b *browser) signIn(from string) *httptest.ResponseRecorder {
	b.t.Helper()
	login := "/login"
	if strings.HasPrefix(from, DeskPath) {
		login = DeskPath + login
	}
	w := b.get(login + "?return=" + url.QueryEscape(from))
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("login: %d: %s", w.Code, w.Body)
	}
	return b.get(b.issuer.approve(b.t, w.Header().Get("Location")))
}

func (s *site) signedIn() *browser {
	s.t.Helper()
	b := s.browser()
	if w := b.signIn("/"); w.Code != http.StatusSeeOther {
		s.t.Fatalf("callback: %d: %s", w.Code, w.Body)
	}
	return b
}

// fakeIssuer is an OpenID Provider that approves whatever is asked.
type fakeIssuer struct {
	url    string
	key    *rsa.PrivateKey
	broken bool   // discovery fails
	nonce  string // overrides the nonce in the ID token
	scope  string // of the access token; "": the answer does not say
	claims string // of the access token, which is a JWT then

	asked url.Values // the last authentication request
}

func newFakeIssuer(t *testing.T) *fakeIssuer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &fakeIssuer{key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		if i.broken {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
			return
		}
		reply(w, 200, map[string]any{
			"issuer": i.url, "authorization_endpoint": i.url + "/authorize", "token_endpoint": i.url + "/token",
			"jwks_uri": i.url + "/jwks", "id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if i.asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || r.FormValue("code") != "the-code" ||
			r.FormValue("client_id") != i.asked.Get("client_id") || r.FormValue("redirect_uri") != i.asked.Get("redirect_uri") {
			reply(w, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		given := map[string]any{"access_token": "the-token", "token_type": "Bearer", "expires_in": 900, "id_token": i.idToken(t)}
		if i.claims != "" {
			given["access_token"] = "e30." + base64.RawURLEncoding.EncodeToString([]byte(i.claims)) + ".c2ln"
		}
		if i.scope != "" {
			given["scope"] = i.scope
		}
		reply(w, 200, given)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

func (i *fakeIssuer) idToken(t *testing.T) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: i.key, KeyID: "1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce := i.asked.Get("nonce")
	if i.nonce != "" {
		nonce = i.nonce
	}
	payload, _ := json.Marshal(map[string]any{
		"iss": i.url, "aud": i.asked.Get("client_id"), "sub": "1", "name": "Alex Rivera", "nonce": nonce,
		"iat": now.Unix(), "exp": now.Unix() + 300,
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

// approve takes an authentication request and returns where it sends the person.
func (i *fakeIssuer) approve(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	i.asked = u.Query()
	callback, scope, client := CallbackPath, "openid consent-receipts/self", "portal"
	if strings.HasSuffix(i.asked.Get("redirect_uri"), DeskCallbackPath) {
		callback, scope, client = DeskCallbackPath, "openid consent-receipts/operator consent-receipts/auditor", "desk"
	}
	for name, want := range map[string]string{
		"response_type": "code", "code_challenge_method": "S256", "redirect_uri": base + callback,
		"scope": scope, "client_id": client,
	} {
		if got := i.asked.Get(name); got != want {
			t.Errorf("authentication request: %s is %q, want %q", name, got, want)
		}
	}
	return callback + "?" + url.Values{"code": {"the-code"}, "state": {i.asked.Get("state")}, "iss": {i.url}}.Encode()
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
