package portal

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/datarequest"
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
		BaseURL: base, Issuer: s.issuer.url, ClientID: "portal", Scopes: []string{"openid", "consent-receipts/self"},
		DeskScopes: []string{"openid", "consent-receipts/operator", "consent-receipts/auditor"},
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
			r.FormValue("client_id") != "portal" || r.FormValue("redirect_uri") != i.asked.Get("redirect_uri") {
			reply(w, 400, map[string]any{"error": "invalid_grant"})
			return
		}
		given := map[string]any{"access_token": "the-token", "token_type": "Bearer", "expires_in": 900, "id_token": i.idToken(t)}
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
		"iss": i.url, "aud": "portal", "sub": "1", "name": "Alex Rivera", "nonce": nonce,
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
	callback, scope := CallbackPath, "openid consent-receipts/self"
	if strings.HasSuffix(i.asked.Get("redirect_uri"), DeskCallbackPath) {
		callback, scope = DeskCallbackPath, "openid consent-receipts/operator consent-receipts/auditor"
	}
	for name, want := range map[string]string{
		"response_type": "code", "code_challenge_method": "S256", "redirect_uri": base + callback,
		"scope": scope, "client_id": "portal",
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

// fakeAPI answers from one standing and remembers what it was sent.
type fakeAPI struct {
	t        *testing.T
	compiled *source.Compiled
	standing consent.Standing
	problem  string // the slug with which commands are refused
	status   int
	bundles  int // parts
	added    []datarequest.Part
	looked   []map[string]any // records, newest first
	requests []map[string]any // of all people, as the staff lists them
	overdue  int              // in the report
	life     map[string]any   // of one request, as the staff reads it
	asked    url.Values       // of the last list of requests
	header   http.Header      // of the last question, but for public ones

	mu   sync.Mutex
	sent []sent
}

type sent struct {
	method, path, body string
	header             http.Header
}

func newFakeAPI(t *testing.T) *fakeAPI {
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return &fakeAPI{t: t, compiled: compiled, bundles: 1}
}

// decide carries a command out on the standing.
func (a *fakeAPI) decide(cmd consent.Command) *consent.Event {
	a.t.Helper()
	n := 0
	e, err := consent.Decide(a.standing, cmd, consent.Context{
		Actor: consent.Actor{Role: consent.RoleSubject}, Evidence: consent.Evidence{Level: catalogue.EvidenceAuthenticated, Channel: "web"},
	}, consent.World{
		Now: now, Subject: "s", Current: a.compiled.Digest,
		Catalogues: map[string]*catalogue.Catalogue{a.compiled.Digest: a.compiled.Catalogue},
		NewID:      func() string { n++; return fmt.Sprintf("%08d-0000-4000-8000-%012d", n, a.standing.Seq) },
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.standing = e.Standing
	return e
}

func (a *fakeAPI) offer() *consent.Offer {
	o := consent.NewOffer(a.standing, a.compiled.Catalogue, a.compiled.Digest, nil, "en")
	return &o
}

func (a *fakeAPI) last() sent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent[len(a.sent)-1]
}

// RoundTrip implements http.RoundTripper.
func (a *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	if r.Method != http.MethodGet {
		a.mu.Lock()
		a.sent = append(a.sent, sent{r.Method, r.URL.Path, string(body), r.Header})
		a.mu.Unlock()
	}
	if !strings.HasPrefix(r.URL.Path, "/v1/catalogue") {
		a.header = r.Header
	}
	w := httptest.NewRecorder()
	a.serve(w, r)
	return w.Result(), nil
}

func (a *fakeAPI) serve(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if rest, ok := strings.CutPrefix(path, "/v1/operator/people/"+somebody); ok {
		path = "/v1" + rest
	}
	public := strings.HasPrefix(path, "/v1/catalogue") || strings.HasPrefix(path, "/v1/notices/")
	switch {
	case !public && r.Header.Get("Authorization") != "Bearer the-token":
		reply(w, 401, map[string]string{"message": "Unauthorized"}) // as API Gateway's authorizer says it
	case a.problem != "" && r.Method != http.MethodGet:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(a.status)
		_, _ = fmt.Fprintf(w, `{"type":"https://x.example/problems/%s","title":"T","status":%d,"detail":"D","instance":"urn:request:1"}`, a.problem, a.status)
	case path == "/v1/operator/people":
		reply(w, 200, map[string]any{"person": somebody, "receipts": a.standing.Seq})
	case path == "/v1/operator/requests":
		a.asked = r.URL.Query()
		reply(w, 200, map[string]any{"requests": a.requests, "total": len(a.requests), "next_cursor": 200})
	case path == "/v1/operator/requests/report" && r.Header.Get("Accept") == "text/csv":
		_, _ = io.WriteString(w, "type,rule,received\r\n")
	case path == "/v1/operator/requests/report":
		a.asked = r.URL.Query()
		row := map[string]any{"received": 12, "answered_in_time": 8, "answered_late": 1, "withdrawn": 1, "extended": 3, "open": 2, "overdue": a.overdue, "median_days": 5, "max_days": 40}
		one := maps.Clone(row)
		one["type"], one["rule"] = "erasure", "gdpr"
		reply(w, 200, map[string]any{"as_of": "2026-11-24", "total": row, "rows": []any{one}})
	case a.life != nil && r.Method == http.MethodGet && strings.HasPrefix(path, "/v1/data-requests/") && !strings.HasSuffix(path, "/manifest"):
		reply(w, 200, a.life)
	case r.Method != http.MethodGet:
		w.Header().Set("Location", "/v1/receipts/7")
		reply(w, 201, map[string]any{"receipt": "r", "digest": "d", "seq": 7})
	case strings.HasPrefix(path, "/v1/catalogue"): // receipts of the vectors cite one like it
		_, _ = w.Write(a.compiled.Canonical)
	case strings.HasPrefix(path, "/v1/notices/"):
		_, _ = w.Write(a.compiled.Notices[strings.TrimPrefix(path, "/v1/notices/")])
	case path == "/v1/standing":
		a.serveStanding(w)
	case path == "/v1/data-requests":
		reply(w, 200, map[string]any{"requests": a.standing.Requests})
	case strings.HasPrefix(path, "/v1/data-requests/") && strings.HasSuffix(path, "/manifest"):
		reply(w, 200, map[string]any{"parts": a.added})
	case path == "/v1/audit":
		if order := r.URL.Query().Get("order"); order != "newest" {
			a.t.Errorf("asked for records in the order %q", order)
		}
		reply(w, 200, map[string]any{"records": a.looked, "next_cursor": len(a.looked)})
	case path == "/v1/offers":
		payload, _ := json.Marshal(offered{*a.offer(), now.Unix() + 1800})
		reply(w, 200, map[string]any{"offer": "e30." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"})
	case path == "/v1/receipts":
		a.serveList(w, r.URL.Query())
	case path == "/v1/receipts/bundle":
		from := r.URL.Query().Get("cursor")
		if from == "1" && a.bundles > 1 {
			w.Header().Set("Link", `</v1/receipts/bundle?cursor=40>; rel="next"`)
		}
		_, _ = w.Write([]byte("zip from " + from))
	case strings.HasPrefix(path, "/v1/receipts/"):
		a.serveReceipt(w, r, strings.TrimPrefix(path, "/v1/receipts/"))
	default:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"type":"https://x.example/problems/not-found","title":"Not found","status":404}`)
	}
}

func (a *fakeAPI) serveStanding(w http.ResponseWriter) {
	out := standing{Seq: a.standing.Seq, At: now, Requests: a.standing.Requests}
	for _, l := range a.standing.Lines {
		out.Lines = append(out.Lines, standingLine{l, l.InForce(now)})
	}
	reply(w, 200, out)
}

// serveList lists the receipts, newest first, five at most: as many as the standing
// counts.
func (a *fakeAPI) serveList(w http.ResponseWriter, query url.Values) {
	if query.Get("order") != "newest" {
		a.t.Errorf("asked for %v", query)
	}
	limit, _ := strconv.ParseUint(query.Get("limit"), 10, 64)
	limit = min(limit, 5)
	from := a.standing.Seq
	if n, err := strconv.ParseUint(query.Get("cursor"), 10, 64); err == nil {
		from = n
	}
	list := []map[string]any{}
	for ; from > 0 && uint64(len(list)) < limit; from-- {
		list = append(list, map[string]any{"seq": from, "issued_at": now, "event_type": "opt-in", "receipt": a.receipt(from)})
	}
	out := map[string]any{"receipts": list}
	if from > 0 {
		out["next"] = "/v1/receipts?..."
	}
	reply(w, 200, out)
}

// receipt is a vector: receipt n of a person who said and asked all kinds of things.
func (a *fakeAPI) receipt(n uint64) string {
	names, err := filepath.Glob(fmt.Sprintf("../../../events/vectors/good/%02d-*.sd-jwt", 1+(n-1)%9))
	if err != nil || len(names) != 1 {
		a.t.Fatal(names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

func (a *fakeAPI) serveReceipt(w http.ResponseWriter, r *http.Request, seq string) {
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		a.t.Error(err)
	}
	switch r.URL.Query().Get("format") {
	case "html":
		_, _ = io.WriteString(w, "<!doctype html><p>printed</p>")
	case "json":
		_, _ = io.WriteString(w, "{}")
	default:
		_, _ = io.WriteString(w, a.receipt(n))
	}
}
