package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

const path = "/v1/operator/people/somebody/standing?x=1"

// serve is a client of an API that answers as a test says.
func serve(t *testing.T, answer http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return &client.Client{Base: s.URL, HTTP: s.Client(), Token: "secret", Header: map[string]string{"Accept-Language": "es", api.SecGPC: ""}}
}

// TestRequest: the API gets what the caller set, and nothing that was left empty.
func TestRequest(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, gpc := r.Header["Sec-Gpc"]
		for name, pair := range map[string][2]string{
			"method": {r.Method, "POST"}, "target": {r.URL.RequestURI(), path}, "body": {string(body), `{"customer":"c"}`},
			"token": {r.Header.Get("Authorization"), "Bearer secret"}, "type": {r.Header.Get("Content-Type"), "application/json"},
			"language": {r.Header.Get("Accept-Language"), "es"}, "case": {r.Header.Get(api.CaseReference), "C-1"}, "key": {r.Header.Get(api.IdempotencyKey), ""},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
			}
		}
		if gpc {
			t.Error("an empty header was sent")
		}
		w.Header().Set("Link", "x")
		_, _ = io.WriteString(w, `{"person":"p","receipts":7}`)
	})
	a, err := c.Do(t.Context(), "POST", path, api.Find{Customer: "c"}, api.CaseReference, "C-1", api.IdempotencyKey, "")
	if err != nil || a.Header.Get("Link") != "x" {
		t.Fatal(err)
	}
	if found, err := client.Read[api.Found](a); err != nil || found != (api.Found{Person: "p", Receipts: 7}) {
		t.Errorf("%+v %v", found, err)
	}
	if _, err := client.Read[api.Found](&client.Answer{Body: []byte("<html>")}); err == nil {
		t.Error("an answer that is no JSON was read")
	}
}

// TestRefused: a refusal is an error with the API's words, and no error names the path.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		slug   string
		status int
		text   string
	}{
		"a problem": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", api.ProblemMediaType+"; charset=utf-8")
			w.WriteHeader(409)
			_, _ = io.WriteString(w, `{"type":"https://bank.example/problems/offer-stale","title":"Stale","status":200,"detail":"Ask again"}`)
		}, "offer-stale", 409, "Stale: Ask again"},
		"a gateway's": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(403)
			_, _ = io.WriteString(w, `{"message":"Forbidden","type":"x"}`)
		}, "about:blank", 403, "Forbidden"},
		"a problem that is none": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", api.ProblemMediaType)
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{`)
		}, "about:blank", 500, "Internal Server Error"},
	} {
		_, err := client.Ask[api.Found](t.Context(), serve(t, c.answer), "GET", path, nil)
		p, ok := errors.AsType[*api.Problem](err)
		if !ok || p.Slug() != c.slug || p.Status != c.status || err.Error() != c.text {
			t.Errorf("%s: %v", name, err)
		}
	}
	huge := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, zeros{}, 9<<20) })
	away := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for name, c := range map[string]*client.Client{"too large": huge, "away": away} {
		if _, err := c.Do(t.Context(), "GET", path, nil); !errors.Is(err, client.ErrUnreachable) || strings.Contains(err.Error(), "somebody") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// TestWith: the tags of a query decide its encoding, and empty values are left out.
func TestWith(t *testing.T) {
	for want, query := range map[string]any{
		"/x": api.ReportQuery{}, "/x?until=2026-11": api.ReportQuery{Until: "2026-11"},
		"/x?cursor=7&limit=3&order=newest":     api.ListQuery{Order: api.NewestFirst, Limit: 3, Cursor: "7"},
		"/x?language=en&purpose=a+b&purpose=c": api.OffersQuery{Purposes: []string{"a b", "c"}, Language: "en"},
		"/x?due_before=2026-12-01&type=a%26b":  api.RequestsQuery{Type: "a&b", DueBefore: "2026-12-01"},
	} {
		if got := client.With("/x", query); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
