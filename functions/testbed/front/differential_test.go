package front_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"pgregory.net/rapid"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/server"
	"consent-receipts/functions/testbed/front"
)

// echo is a handler that answers with everything that it sees. A request can ask for one odd
// way of answering.
func echo(route gateway.Route) http.Handler {
	return gateway.Handle(slog.New(slog.DiscardHandler), func(w http.ResponseWriter, r *http.Request) error {
		body, err := gateway.Body(w, r)
		if err != nil {
			return err
		}
		call := gateway.CallOf(r)
		headers := map[string]string{}
		for name := range r.Header {
			headers[name] = gateway.Header(r, name)
		}
		cookies := []string{}
		for _, c := range r.Cookies() {
			cookies = append(cookies, c.String())
			http.SetCookie(w, c)
		}
		delete(headers, "Cookie")
		values := map[string]string{}
		for _, name := range []string{"id", "seq", "digest", "name", "version", "person"} {
			values[name] = r.PathValue(name)
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header()["Vary"] = []string{"Accept", "Origin"}
		w.WriteHeader(map[bool]int{true: 201, false: 200}[len(body) > 0])
		seen, err := json.Marshal(map[string]any{
			"function": route.Function, "route": call.Route, "method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "host": r.Host,
			"headers": headers, "cookies": cookies, "values": values, "claims": call.Claims, "scopes": call.Scopes, "id": call.ID != "",
		})
		_, _ = w.Write(append(append(seen, '\n'), body...))
		return err
	}, front.AsGateway)
}

// TestSameEitherWay: a handler that is called sees the same request as one that is handed an
// event, and what both write becomes the same answer.
func TestSameEitherWay(t *testing.T) {
	invoke := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		function := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/invocations")
		var e events.APIGatewayV2HTTPRequest
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, _ := gateway.Handlers{gateway.Default: echo(gateway.Route{Function: function})}.Func()(r.Context(), e)
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(invoke.Close)
	served := func(h func(gateway.Route) http.Handler) http.Handler {
		return server.New(server.Config{
			Hosts: []string{host}, Handler: h, Refuse: front.AsGateway, Authorizer: authorizer.New(authorizer.Config{}), Issuer: http.NotFoundHandler(), Sample: http.NotFoundHandler(),
		})
	}
	called, handed := served(echo), served(front.Lambda{Address: invoke.URL, Client: invoke.Client()}.Handler)
	text := rapid.StringMatching(`[ -~]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		method := rapid.SampledFrom([]string{"GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"}).Draw(t, "method")
		path := rapid.SampledFrom([]string{
			"/v1/catalogue", "/v1/catalogue/", "/v1/catalogue/{}", "/v1/notices/{}", "/schema/{}/{}", "/openapi.yaml", "/v1/agent/{}", "/v1/data-rights-request",
			"/v1/data-rights-request/{}", "/v1/data-rights-request/", "/v1/agent/{}/", "/v1/standing", "/v1//catalogue", "/v1/./catalogue", "/v1", "/", "//x", "/receipts/{}", "/desk/../v1/catalogue",
		}).Draw(t, "path")
		for strings.Contains(path, "{}") {
			path = strings.Replace(path, "{}", url.PathEscape(rapid.SampledFrom([]string{"1", "a b", "sha256:00", "%", "é", "a+b", "?x", "a;b", "a/b", ".", "\n"}).Draw(t, "value")), 1)
		}
		if query := rapid.StringMatching(`[a-z=&%;+. é0-9]{0,10}`).Draw(t, "query"); query != "" {
			path += "?" + strings.ReplaceAll(query, " ", "%20")
		}
		header := http.Header{}
		for _, name := range []string{"Accept", "Content-Type", "Sec-Gpc", "Idempotency-Key", "X-Forwarded-For"} {
			header[name] = rapid.SliceOfN(text, 0, 2).Draw(t, name)
		}
		header["Cookie"] = rapid.SliceOfN(rapid.SampledFrom([]string{"a=1", "b=2; c=3", "__Host-s=x.y-z_", "d=\"q\""}), 0, 3).Draw(t, "cookies")
		if media := rapid.SampledFrom([]string{"", "application/json", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "text/", "a"}).Draw(t, "media"); media != "" {
			header["Content-Type"] = []string{media}
		}
		maps.DeleteFunc(header, func(_ string, values []string) bool { return len(values) == 0 })
		body := rapid.OneOf(rapid.SliceOfN(rapid.Byte(), 0, 40), rapid.Just([]byte(nil)), rapid.Just([]byte(`{"sí":"\u2028<>"}`))).Draw(t, "body")
		var answers [2]string
		for i, h := range []http.Handler{called, handed} {
			r := httptest.NewRequest(method, "http://"+host+"/", bytes.NewReader(body))
			target, err := url.ParseRequestURI(path)
			if err != nil {
				t.Skip("no target of a request")
			}
			r.URL, r.Header = target, header.Clone()
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			answers[i] = describe(w.Result(), method)
		}
		if answers[0] != answers[1] {
			t.Fatalf("%s %s:\ncalled %s\nhanded %s", method, path, answers[0], answers[1])
		}
	})
}

// describe returns everything in an answer that must not differ.
func describe(res *http.Response, method string) string {
	var out strings.Builder
	fmt.Fprintln(&out, res.StatusCode)
	for _, name := range slices.Sorted(maps.Keys(res.Header)) {
		if name == "Apigw-Requestid" {
			continue
		}
		values := res.Header[name]
		if name != "Set-Cookie" {
			values = []string{strings.Join(values, ",")}
		}
		fmt.Fprintf(&out, "%s: %q\n", name, values)
	}
	body, _ := io.ReadAll(res.Body)
	if method == http.MethodHead { // net/http does not send these
		body = nil
	}
	return out.String() + string(body)
}
