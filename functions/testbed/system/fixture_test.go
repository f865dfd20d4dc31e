package system_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/devissuer"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
)

// These are two sample people.
const (
	alex  = system.SamplePerson
	lucia = "customer-0002"
)

// patience is how long somebody may take to answer, however busy the machine is.
const patience = 5 * time.Minute

// here is a system on a port that nobody listens on: requests go in process.
type here struct {
	*system.Site
	sys *system.System
	log *bytes.Buffer
	dir string // of the data
}

// sample is the sample catalogue.
func sample(t testing.TB) *source.Compiled {
	t.Helper()
	compiled, err := system.Sample()
	must(t, err)
	return compiled
}

func open(t testing.TB) *here {
	t.Helper()
	log, dir := new(bytes.Buffer), t.TempDir()
	sys, err := system.Open(context.Background(), dir, sample(t), time.Now, slog.New(slog.NewJSONHandler(log, nil)))
	must(t, err)
	t.Cleanup(func() { must(t, sys.Close()) })
	site, err := sys.Site(8080)
	must(t, err)
	return &here{site, sys, log, dir}
}

// serve puts a system behind a real server on a free loopback port.
func serve(t testing.TB, around ...func(http.Handler) http.Handler) *here {
	t.Helper()
	return serveIn(t, t.TempDir(), around...)
}

// serveIn does the same with a data folder.
func serveIn(t testing.TB, dir string, around ...func(http.Handler) http.Handler) *here {
	t.Helper()
	return serveOf(t, dir, sample(t), around...)
}

// serveOf does the same with another catalogue.
func serveOf(t testing.TB, dir string, of *source.Compiled, around ...func(http.Handler) http.Handler) *here {
	t.Helper()
	log := new(bytes.Buffer)
	sys, err := system.Open(context.Background(), dir, of, time.Now, slog.New(slog.NewJSONHandler(log, nil)))
	must(t, err)
	t.Cleanup(func() { must(t, sys.Close()) })
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	site, err := sys.Site(listener.Addr().(*net.TCPAddr).Port)
	must(t, err)
	handler := site.Handler
	for _, wrap := range around {
		handler = wrap(handler)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(server.Close)
	return &here{site, sys, log, dir}
}

var must = errtest.None

func (h *here) token(t testing.TB, person string, changes ...func(*devissuer.Minting)) string {
	t.Helper()
	token, err := h.Issuer.Mint(person, changes...)
	must(t, err)
	return token
}

// answer is an answer that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// problem returns the problem document of an answer (RFC 9457).
func (a answer) problem(t testing.TB) (slug, detail string) {
	t.Helper()
	var p struct{ Type, Detail string }
	if a.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("status %d is no problem document: %s", a.status, a.body)
	}
	must(t, json.Unmarshal(a.body, &p))
	return p.Type[strings.LastIndexByte(p.Type, '/')+1:], p.Detail
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if a.status/100 != 2 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	must(t, json.Unmarshal(a.body, v))
}

// ask sends a request; headers come in pairs.
func (h *here) ask(t testing.TB, token, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, h.Base+path, strings.NewReader(body))
	must(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.URL.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.Client.Do(req)
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return answer{res.StatusCode, res.Header, b}
}

// issued returns the answer to a command.
type issued = api.Given

// offer gets an offer of all that may be asked now, or of the named purposes.
func (h *here) offer(t testing.TB, token string, purposes ...string) string {
	t.Helper()
	var o struct{ Offer string }
	query := url.Values{"purpose": purposes}.Encode()
	h.ask(t, token, "GET", "/v1/offers?"+query, "").into(t, &o)
	return o.Offer
}

// optIn says yes to account-alerts and no to card-offers.
func (h *here) optIn(t testing.TB, token string, headers ...string) issued {
	t.Helper()
	var out issued
	h.ask(t, token, "POST", "/v1/opt-in", optInBody(h.offer(t, token)), headers...).into(t, &out)
	return out
}

func optInBody(offer string) string {
	return `{"offer":"` + offer + `","choices":[{"purpose":"account-alerts","recipient":"parley","answer":"yes"},{"purpose":"card-offers","answer":"no"}]}`
}

// standing gets the answer of GET /v1/standing.
type standing = api.Standing

func (h *here) standing(t testing.TB, token string) (s standing) {
	t.Helper()
	h.ask(t, token, "GET", "/v1/standing", "").into(t, &s)
	return s
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
