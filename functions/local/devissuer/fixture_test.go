package devissuer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"consent-receipts/functions/local/devissuer"
)

const (
	audience = "consent-receipts"
	self     = "consent-receipts/self"
	callback = "http://localhost:9999/callback?from=issuer"
)

var people = []devissuer.Person{
	{ID: "customer-0001", Name: "Alex Rivera (sample)", Language: "en"},
	{ID: "customer-0002", Name: "Sam Okafor (sample)", Language: "es"},
}

// testKey is made once: making one takes long.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// bench is an issuer behind HTTP with a client of it, and a clock.
type bench struct {
	*testing.T
	issuer *devissuer.Issuer
	url    string
	http   *http.Client

	mu  sync.Mutex
	now time.Time
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) wait(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, now: time.Now().Truncate(time.Second)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.issuer.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	b.url = server.URL + "/dev-issuer"
	b.http = server.Client()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var err error
	b.issuer, err = devissuer.New(devissuer.Config{
		Issuer: b.url, Audience: audience, Scopes: []string{"openid", self}, People: people, Key: testKey(), Now: b.clock,
		Clients: []devissuer.Client{
			{ID: "portal", RedirectURIs: []string{callback}},
			{ID: "back office", RedirectURIs: []string{"http://localhost:9998/back"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// discover returns the issuer as go-oidc finds it, and an OAuth client.
func (b *bench) discover() (context.Context, *oidc.Provider, *oauth2.Config) {
	b.Helper()
	ctx := oidc.ClientContext(b.Context(), b.http)
	provider, err := oidc.NewProvider(ctx, b.url)
	if err != nil {
		b.Fatal(err)
	}
	return ctx, provider, &oauth2.Config{
		ClientID: "portal", Endpoint: provider.Endpoint(), RedirectURL: callback, Scopes: []string{"openid", self},
	}
}

// request is an authentication request that is good, with changes: name, value
// pairs; the value "-" drops a parameter.
func (b *bench) request(verifier string, changes ...string) url.Values {
	form := url.Values{
		"response_type": {"code"}, "client_id": {"portal"}, "redirect_uri": {callback}, "scope": {"openid " + self},
		"state": {"state-1"}, "nonce": {"nonce-1"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	change(form, changes)
	return form
}

func change(form url.Values, changes []string) {
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "-" {
			form.Del(changes[i])
		} else {
			form.Set(changes[i], changes[i+1])
		}
	}
}

func (b *bench) get(form url.Values, headers ...string) (*http.Response, string) {
	b.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+"/authorize?"+form.Encode(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return b.do(r, headers)
}

func (b *bench) post(path string, form url.Values, headers ...string) (*http.Response, string) {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r, headers)
}

func (b *bench) do(r *http.Request, headers []string) (*http.Response, string) {
	b.Helper()
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.http.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return res, string(body)
}

// choose signs a sample person in, and returns the query of the redirect.
func (b *bench) choose(form url.Values, person string) url.Values {
	b.Helper()
	form.Set("person", person)
	res, _ := b.post("/authorize", form)
	return b.redirect(res)
}

func (b *bench) redirect(res *http.Response) url.Values {
	b.Helper()
	to, err := res.Location()
	if err != nil || res.StatusCode != http.StatusSeeOther {
		b.Fatalf("status %d, location %v", res.StatusCode, err)
	}
	query := to.Query()
	if !strings.HasPrefix(to.String(), callback+"&") || query.Get("state") != "state-1" || query.Get("iss") != b.url {
		b.Fatalf("redirected to %s", to)
	}
	return query
}
