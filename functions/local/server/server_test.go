package server_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/server"
)

const host = "localhost:8080"

// TestOnlyTheRoute: net/http's mux adds to a route what API Gateway does not, and the server
// does not either. A path that is no route of the API goes to the portal.
func TestOnlyTheRoute(t *testing.T) {
	h := server.New(server.Config{
		Hosts: []string{host}, Handler: func(r gateway.Route) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, r.Pattern) })
		},
		Refuse: problem.Refuse("https://bank.example", slog.New(slog.DiscardHandler)), Authorizer: authorizer.New(authorizer.Config{}), Issuer: http.NotFoundHandler(), Sample: http.NotFoundHandler(), Reserved: []string{"/v1"},
	})
	for _, c := range []struct {
		method, path string
		status       int
		want         string
	}{
		{"GET", "/v1/catalogue", 200, "GET /v1/catalogue"},
		{"HEAD", "/v1/catalogue", 405, ""},
		{"OPTIONS", "/v1/catalogue", 405, ""},
		{"GET", "/v1/catalogue/", 404, ""},
		{"GET", "/v1", 404, ""},
		{"GET", "/v1//catalogue", 200, gateway.Default},
		{"GET", "/x/../v1/catalogue", 200, gateway.Default},
		{"GET", "//v1/catalogue", 200, gateway.Default},
		{"GET", "/v1/catalogue/sha256:0%2F0", 200, "GET /v1/catalogue/{digest}"},
		{"POST", "/v1/data-rights-request/", 200, "POST /v1/data-rights-request/{rest+}"},
		{"GET", "/v1/agent/a/", 200, "GET /v1/agent/{id}/{rest+}"},
		{"HEAD", "/v1/agent/a/", 405, ""},
		{"GET", "/v1/agent/a/b", 404, ""},
		{"GET", "/v1/agent/a//", 200, gateway.Default},
		{"POST", "/v2/requests/", 401, ""},
		{"HEAD", "/", 200, gateway.Default},
		{"GET", "/receipts", 200, gateway.Default},
	} {
		r := httptest.NewRequest(c.method, "http://"+host+"/", nil)
		r.URL, _ = url.ParseRequestURI(c.path)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || c.want != "" && w.Body.String() != c.want {
			t.Errorf("%s %s: %d %s, want %d %s", c.method, c.path, w.Code, w.Body, c.status, c.want)
		}
	}
}
