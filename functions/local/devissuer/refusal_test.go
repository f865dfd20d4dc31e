package devissuer_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/devissuer"
)

// TestNothingIsSentElsewhere: these errors appear on the page only and are sent nowhere (RFC
// 6749 section 4.1.2.1).
func TestNothingIsSentElsewhere(t *testing.T) {
	b := newBench(t)
	verifier := oauth2.GenerateVerifier()
	for name, form := range map[string]url.Values{
		"unregistered address":  b.request(verifier, "redirect_uri", "https://attacker.example/<b>"),
		"another path":          b.request(verifier, "redirect_uri", callback+"&x=1"),
		"no address":            b.request(verifier, "redirect_uri", "-"),
		"another's address":     b.request(verifier, "client_id", "back office"),
		"unknown client":        b.request(verifier, "client_id", "nobody"),
		"no client":             b.request(verifier, "client_id", "-"),
		"a parameter twice":     {"client_id": {"portal", "portal"}, "redirect_uri": {callback}},
		"large":                 b.request(verifier, "state", strings.Repeat("s", 8<<10)),
		"address beyond bounds": b.request(verifier, "redirect_uri", "https://attacker.example/"+strings.Repeat("é", 300)),
	} {
		res, page := b.get(form)
		if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
			t.Errorf("%s: status %d, location %q", name, res.StatusCode, res.Header.Get("Location"))
		}
		if strings.Contains(page, "<form") || strings.Contains(page, "href") || strings.Contains(page, "<b>") ||
			!strings.Contains(page, "This sign-in cannot go on") || len(page) > 6000 {
			t.Errorf("%s: %s", name, page)
		}
	}
	_, page := b.get(b.request(verifier, "redirect_uri", "https://attacker.example/<b>"))
	if !strings.Contains(page, "https://attacker.example/&lt;b&gt;") {
		t.Errorf("the address is not shown: %s", page)
	}
}

// TestErrorsGoBack: the client is told of these errors.
func TestErrorsGoBack(t *testing.T) {
	b := newBench(t)
	verifier := oauth2.GenerateVerifier()
	for want, changes := range map[string][][]string{
		"invalid_request": {
			{"response_type", "-"}, {"code_challenge", "-"}, {"code_challenge", "short"}, {"code_challenge_method", "-"},
			{"code_challenge_method", "plain"}, {"response_mode", "fragment"},
		},
		"unsupported_response_type": {{"response_type", "token"}, {"response_type", "code id_token"}},
		"invalid_scope":             {{"scope", "-"}, {"scope", "unknown"}},
		"login_required":            {{"prompt", "none"}},
		"request_not_supported":     {{"request", "e30.e30."}},
		"request_uri_not_supported": {{"request_uri", "https://client.example/request"}},
	} {
		for _, change := range changes {
			form := b.request(verifier, change...)
			res, _ := b.get(form)
			if got := b.redirect(res); got.Get("error") != want || got.Has("code") {
				t.Errorf("%v: %v, not %s", change, got, want)
			}
			form.Set("person", "customer-0001") // a choice is checked as well
			res, _ = b.post("/authorize", form)
			if got := b.redirect(res); got.Get("error") != want || got.Has("code") {
				t.Errorf("%v with a choice: %v, not %s", change, got, want)
			}
		}
	}
	res, _ := b.post("/authorize", b.request(verifier, "cancel", "1"))
	if got := b.redirect(res); got.Get("error") != "access_denied" {
		t.Errorf("cancelled: %v", got)
	}
}

func TestChoice(t *testing.T) {
	b := newBench(t)
	form := b.request(oauth2.GenerateVerifier(), "person", "customer-0001")
	for name, headers := range map[string][]string{
		"another site":           {"Sec-Fetch-Site", "cross-site"},
		"another origin":         {"Origin", "https://attacker.example"},
		"no form":                {"Content-Type", "text/plain"},
		"unreadable, as a media": {"Content-Type", ";"},
	} {
		if res, _ := b.post("/authorize", form, headers...); res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
			t.Errorf("%s: status %d", name, res.StatusCode)
		}
	}
	if res, _ := b.post("/authorize?x=1", form); res.StatusCode != http.StatusBadRequest {
		t.Errorf("form and query: status %d", res.StatusCode)
	}
	form.Set("person", "somebody")
	if res, _ := b.post("/authorize", form); res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
		t.Errorf("an unknown person: status %d", res.StatusCode)
	}
	form.Del("person")
	if res, page := b.post("/authorize", form, "Sec-Fetch-Site", "cross-site"); res.StatusCode != http.StatusOK || !strings.Contains(page, "Alex Rivera") {
		t.Errorf("a request by POST: status %d", res.StatusCode)
	}
	if res, _ := b.do(must(http.NewRequest(http.MethodDelete, b.url+"/authorize", nil)), nil); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("DELETE: status %d", res.StatusCode)
	}
}

func TestCodesAreBounded(t *testing.T) {
	b := newBench(t)
	form := b.request(oauth2.GenerateVerifier())
	for range 1000 {
		if got := b.choose(form, "customer-0001"); !got.Has("code") {
			t.Fatalf("refused early: %v", got)
		}
	}
	if got := b.choose(form, "customer-0001"); got.Get("error") != "temporarily_unavailable" {
		t.Errorf("one too many: %v", got)
	}
	b.wait(time.Minute)
	if got := b.choose(form, "customer-0001"); !got.Has("code") {
		t.Errorf("a minute later: %v", got)
	}
}

func TestTokenErrors(t *testing.T) {
	b := newBench(t)
	verifier := oauth2.GenerateVerifier()
	for name, c := range map[string]struct {
		want    string
		status  int
		changes []string
		headers []string
	}{
		"no grant type":      {"invalid_request", 400, []string{"grant_type", "-"}, nil},
		"another grant type": {"unsupported_grant_type", 400, []string{"grant_type", "password"}, nil},
		"no code":            {"invalid_request", 400, []string{"code", "-"}, nil},
		"no verifier":        {"invalid_request", 400, []string{"code_verifier", "-"}, nil},
		"short verifier":     {"invalid_request", 400, []string{"code_verifier", "short"}, nil},
		"no address":         {"invalid_request", 400, []string{"redirect_uri", "-"}, nil},
		"another address":    {"invalid_grant", 400, []string{"redirect_uri", "http://localhost:9999/callback"}, nil},
		"unknown code":       {"invalid_grant", 400, []string{"code", "guess"}, nil},
		"unknown client":     {"invalid_client", 401, []string{"client_id", "nobody"}, nil},
		"no client":          {"invalid_client", 401, []string{"client_id", "-"}, nil},
		"another client":     {"invalid_grant", 400, []string{"client_id", "back office"}, nil},
		"a secret":           {"invalid_client", 401, []string{"client_secret", "x"}, nil},
		"Basic":              {"invalid_client", 401, []string{"client_id", "-"}, []string{"Authorization", "Basic cG9ydGFsOg=="}},
		"Bearer":             {"invalid_client", 401, nil, []string{"Authorization", "Bearer x"}},
		"not a form":         {"invalid_request", 400, nil, []string{"Content-Type", "application/json"}},
		"too large":          {"invalid_request", 400, []string{"x", strings.Repeat("x", 16<<10)}, nil},
		"a public client":    {"", 200, nil, nil},
	} {
		form := url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"portal"}, "redirect_uri": {callback}, "code_verifier": {verifier},
			"code": {b.choose(b.request(verifier), "customer-0001").Get("code")},
		}
		change(form, c.changes)
		res, body := b.post("/token", form, c.headers...)
		var answer struct{ Error string }
		if err := json.Unmarshal([]byte(body), &answer); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if res.StatusCode != c.status || answer.Error != c.want || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %q, not %d %q", name, res.StatusCode, answer.Error, c.status, c.want)
		}
	}
	if res, _ := b.post("/token", url.Values{"grant_type": {"authorization_code", "authorization_code"}}); res.StatusCode != 400 {
		t.Errorf("a parameter twice: status %d", res.StatusCode)
	}
}

func TestMint(t *testing.T) {
	b := newBench(t)
	check := newAuthorizer(b)
	for name, c := range map[string]struct {
		options []func(*devissuer.Minting)
		want    error
		reason  string
	}{
		"plain":          {},
		"expired":        {[]func(*devissuer.Minting){issuedAt(b.clock().Add(-time.Hour))}, authorizer.ErrUnauthenticated, "expired"},
		"future":         {[]func(*devissuer.Minting){issuedAt(b.clock().Add(time.Second))}, authorizer.ErrUnauthenticated, "in the future"},
		"other audience": {[]func(*devissuer.Minting){forAudience("elsewhere")}, authorizer.ErrUnauthenticated, "another audience"},
		"no scope":       {[]func(*devissuer.Minting){withScopes()}, authorizer.ErrForbidden, self},
		"another scope":  {[]func(*devissuer.Minting){withScopes("openid")}, authorizer.ErrForbidden, self},
	} {
		claims, _, err := check.Authorize(must(b.issuer.Mint("customer-0001", c.options...)), []string{self})
		if !errors.Is(err, c.want) || err != nil && !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (claims["sub"] != "customer-0001" || claims["client_id"] != "portal") {
			t.Errorf("%s: %v", name, claims)
		}
	}
	claims, _, err := check.Authorize(must(b.issuer.Mint("customer-0002", func(m *devissuer.Minting) { m.Client = "curl" })), nil)
	if err != nil || claims["client_id"] != "curl" {
		t.Errorf("%v %v", claims, err)
	}
	if _, err := b.issuer.Mint("somebody"); !errors.Is(err, devissuer.ErrUnknown) {
		t.Errorf("an unknown person: %v", err)
	}
}

func TestConfig(t *testing.T) {
	good := func() devissuer.Config {
		return devissuer.Config{
			Issuer: "http://localhost:8080/dev-issuer", Audience: audience, Scopes: []string{"openid"}, People: people, Key: testKey(),
			Clients: []devissuer.Client{{ID: "portal", RedirectURIs: []string{"http://localhost:8080/callback"}}},
		}
	}
	if _, err := devissuer.New(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*devissuer.Config){
		"deployed":  func(c *devissuer.Config) { c.Issuer = "https://sign-in.example.com" },
		"a slash":   func(c *devissuer.Config) { c.Issuer += "/" },
		"a query":   func(c *devissuer.Config) { c.Issuer += "?x" },
		"a pattern": func(c *devissuer.Config) { c.Issuer += "/{x}" },
		"no issuer": func(c *devissuer.Config) { c.Issuer = "" },
	} {
		c := good()
		spoil(&c)
		if _, err := devissuer.New(c); !errors.Is(err, devissuer.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// issuedAt, forAudience and withScopes change what a token is made from.
func issuedAt(at time.Time) func(*devissuer.Minting) {
	return func(m *devissuer.Minting) { m.Issued, m.SignedIn = at, at }
}

func forAudience(audience string) func(*devissuer.Minting) {
	return func(m *devissuer.Minting) { m.Audience = audience }
}

func withScopes(scopes ...string) func(*devissuer.Minting) {
	return func(m *devissuer.Minting) { m.Scopes = scopes }
}
