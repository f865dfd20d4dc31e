package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/gateway"
)

const route = "POST /v1/things/{id}"

// event returns the event that API Gateway hands on for a good request, changed by a test.
func event(change func(*events.APIGatewayV2HTTPRequest)) events.APIGatewayV2HTTPRequest {
	e := events.APIGatewayV2HTTPRequest{
		RouteKey: route, RawPath: "/v1/things/a b", RawQueryString: "x=%20&x=2&y", PathParameters: map[string]string{"id": "a b"},
		Headers: map[string]string{"host": "consent.example", "accept": "text/html,*/*", "origin": "https://consent.example"},
		Cookies: []string{"a=1", "b=2"}, Body: "answer=yes",
	}
	e.RequestContext.RequestID, e.RequestContext.HTTP.Method = "r-1", http.MethodPost
	e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"sub": "me"}, Scopes: []string{"s"}},
	}
	change(&e)
	return e
}

// TestRequest: what API Gateway was sent arrives as it was sent.
func TestRequest(t *testing.T) {
	raw := []byte{0xff, 0x00, '\r', '\n', 0xfe}
	for name, c := range map[string]struct {
		change func(*events.APIGatewayV2HTTPRequest)
		get    func(*http.Request) any
		want   any
	}{
		"method": {nil, func(r *http.Request) any { return r.Method }, "POST"},
		"method of events without one": {func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.HTTP.Method = "" },
			func(r *http.Request) any { return r.Method }, "POST"},
		"path":          {nil, func(r *http.Request) any { return r.URL.Path }, "/v1/things/a b"},
		"path, escaped": {nil, func(r *http.Request) any { return r.URL.EscapedPath() }, "/v1/things/a%20b"},
		"path, decoded once": {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "/v1/things/%41?x#y" },
			func(r *http.Request) any { return r.URL.Path + " " + r.URL.RawQuery }, "/v1/things/%41?x#y x=%20&x=2&y"},
		"path of two slashes": {func(e *events.APIGatewayV2HTTPRequest) { e.RawPath = "//elsewhere.example/x" },
			func(r *http.Request) any { return r.URL.Host + r.URL.Path }, "//elsewhere.example/x"},
		"path value":       {nil, func(r *http.Request) any { return r.PathValue("id") }, "a b"},
		"path value, odd":  {func(e *events.APIGatewayV2HTTPRequest) { e.PathParameters["id"] = "../%2F" }, func(r *http.Request) any { return r.PathValue("id") }, "../%2F"},
		"query":            {nil, func(r *http.Request) any { return r.URL.RawQuery }, "x=%20&x=2&y"},
		"query, malformed": {func(e *events.APIGatewayV2HTTPRequest) { e.RawQueryString = "x=%zz;&" }, func(r *http.Request) any { return r.URL.RawQuery }, "x=%zz;&"},
		"host":             {nil, func(r *http.Request) any { return r.Host + r.Header.Get("Host") }, "consent.example"},
		"joined header":    {nil, func(r *http.Request) any { return gateway.Header(r, "Accept") }, "text/html,*/*"},
		"a cookie":         {nil, func(r *http.Request) any { c, _ := r.Cookie("b"); return c.Value }, "2"},
		"body":             {nil, body, "answer=yes"},
		"base64 body": {func(e *events.APIGatewayV2HTTPRequest) {
			e.IsBase64Encoded, e.Body = true, base64.StdEncoding.EncodeToString(raw)
		}, body, string(raw)},
		"no base64":      {func(e *events.APIGatewayV2HTTPRequest) { e.IsBase64Encoded = true }, body, gateway.ErrInvalidBody},
		"cut off base64": {func(e *events.APIGatewayV2HTTPRequest) { e.IsBase64Encoded, e.Body = true, "YWJ" }, body, gateway.ErrInvalidBody},
		"largest body": {func(e *events.APIGatewayV2HTTPRequest) { e.Body = strings.Repeat("a", gateway.MaxBody) },
			func(r *http.Request) any { return len(body(r).(string)) }, gateway.MaxBody},
		"too large a body": {func(e *events.APIGatewayV2HTTPRequest) { e.Body = strings.Repeat("a", gateway.MaxBody+1) }, body, gateway.ErrTooLarge},
		"call":             {nil, func(r *http.Request) any { return gateway.CallOf(r) }, gateway.Call{ID: "r-1", Route: route, Claims: map[string]string{"sub": "me"}, Scopes: []string{"s"}}},
		"scopes from the claim": {func(e *events.APIGatewayV2HTTPRequest) {
			e.RequestContext.Authorizer.JWT.Claims["scope"], e.RequestContext.Authorizer.JWT.Scopes = "a b", nil
		}, func(r *http.Request) any { return gateway.CallOf(r).Scopes }, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.change == nil {
				c.change = func(*events.APIGatewayV2HTTPRequest) {}
			}
			served := false
			_, err := gateway.Handlers{route: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				served = true
				got := c.get(r)
				if err, ok := got.(error); ok && errors.Is(err, c.want.(error)) {
					return
				}
				if !reflect.DeepEqual(got, c.want) {
					t.Errorf("%#v, want %#v", got, c.want)
				}
			})}.Func()(t.Context(), event(c.change))
			if err != nil || !served {
				t.Errorf("served: %t, %v", served, err)
			}
		})
	}
}

func body(r *http.Request) any {
	b, err := gateway.Body(httptest.NewRecorder(), r)
	if err != nil {
		return err
	}
	return string(b)
}

// TestAnswer: what a handler writes comes back whole.
func TestAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  events.APIGatewayV2HTTPResponse
	}{
		"nothing": {func(http.ResponseWriter, *http.Request) {}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{}}},
		"text": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "sí\u2028")
		}, events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"content-type": "text/plain"}, Body: "sí\u2028"}},
		"bytes": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{0xff, 0x00}) },
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{}, Body: "/wA=", IsBase64Encoded: true}},
		"cookies": {func(w http.ResponseWriter, _ *http.Request) {
			http.SetCookie(w, &http.Cookie{Name: "one", Value: "1"})
			http.SetCookie(w, &http.Cookie{Name: "two", Value: "2"})
			w.WriteHeader(http.StatusNoContent)
		}, events.APIGatewayV2HTTPResponse{StatusCode: 204, Headers: map[string]string{}, Cookies: []string{"one=1", "two=2"}}},
		"the first status counts": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); w.WriteHeader(500) },
			events.APIGatewayV2HTTPResponse{StatusCode: 201, Headers: map[string]string{}}},
		"a header of several values": {func(w http.ResponseWriter, _ *http.Request) { w.Header()["Vary"] = []string{"Accept", "Origin"} },
			events.APIGatewayV2HTTPResponse{StatusCode: 200, Headers: map[string]string{"vary": "Accept,Origin"}}},
	} {
		got, err := gateway.Handlers{route: c.serve}.Func()(t.Context(), event(func(*events.APIGatewayV2HTTPRequest) {}))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v %v\nwant %+v", name, got, err, c.want)
		}
	}
}

// TestHSTS: an answer by https, ready or not, tells the browser to come by https alone, and an
// answer by http does not.
func TestHSTS(t *testing.T) {
	ready := gateway.Handlers{route: http.NotFoundHandler()}.Func()
	never := gateway.Open(func(context.Context) (gateway.Handlers, error) { return nil, errors.New("away") },
		func(error) http.Handler { return http.NotFoundHandler() })
	for _, f := range []gateway.Func{ready, never} {
		for proto, want := range map[string]string{"https": "max-age=63072000", "http": "", "": ""} {
			got, err := f(t.Context(), event(func(e *events.APIGatewayV2HTTPRequest) { e.Headers["x-forwarded-proto"] = proto }))
			if err != nil || got.Headers["strict-transport-security"] != want {
				t.Errorf("by %q: %q, want %q, %v", proto, got.Headers["strict-transport-security"], want, err)
			}
		}
	}
}

// TestDispatch: the route key decides, and nothing matches the path again.
func TestDispatch(t *testing.T) {
	say := func(what string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, what+" "+r.Method) })
	}
	all := gateway.Handlers{"GET /a/{x}": say("a"), "GET /b": say("b"), gateway.Default: say("default")}
	for _, c := range []struct {
		key, method, path, want string
		of                      gateway.Handlers
	}{
		{"GET /b", "GET", "/b", "b GET", all},
		{"GET /b", "GET", "/a/1", "b GET", all}, // whatever the path says
		{"GET /b", "GET", "/b//../b/", "b GET", all},
		{"GET /b", "HEAD", "/b", "b GET", all}, // API Gateway never says so
		{"GET /b/{rest+}", "GET", "/b/", "b GET", all},
		{"GET /a/{x}/{rest+}", "GET", "/a/1/", "a GET", all},
		{"GET /b/{rest+}", "GET", "/b/c", "default GET", all},
		{"GET /unknown", "GET", "/b", "default GET", all},
		{"", "GET", "/b", "default GET", all},
		{"$default", "DELETE", "/b", "default DELETE", all},
		{"$default", "HEAD", "/b", "", all}, // its body is not sent
		{"GET /b", "GET", "/b", "404 page not found\n", gateway.Handlers{"GET /a": say("a")}},
	} {
		e := event(func(e *events.APIGatewayV2HTTPRequest) {
			e.RouteKey, e.RawPath, e.RequestContext.HTTP.Method = c.key, c.path, c.method
			if strings.HasSuffix(c.key, "{rest+}") {
				e.PathParameters["rest"] = c.path[strings.LastIndex(c.path, "/")+1:]
			}
		})
		got, err := c.of.Func()(t.Context(), e)
		if err != nil || got.Body != c.want || (len(c.of) == 1) != (got.StatusCode == 404) {
			t.Errorf("%s, %s %s: %d %q %v, want %q", c.key, c.method, c.path, got.StatusCode, got.Body, err, c.want)
		}
	}
}

// TestNotReady: handlers are asked for until they can be had, and nothing is served before.
func TestNotReady(t *testing.T) {
	away, asked := errors.New("away"), 0
	f := gateway.Open(func(context.Context) (gateway.Handlers, error) {
		if asked++; asked < 3 {
			return nil, away
		}
		return gateway.Handlers{route: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}, nil
	}, func(why error) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, why.Error(), http.StatusServiceUnavailable)
		})
	})
	for i, want := range []int{503, 503, 200} {
		if got, err := f(t.Context(), event(func(*events.APIGatewayV2HTTPRequest) {})); err != nil || got.StatusCode != want {
			t.Errorf("%d: %d %v, want %d", i, got.StatusCode, err, want)
		}
	}
}

// TestCheck: a caller who is not known to have a scope has none.
func TestCheck(t *testing.T) {
	none := func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.Authorizer = nil }
	jwt := func(claims map[string]string, scopes ...string) func(*events.APIGatewayV2HTTPRequest) {
		return func(e *events.APIGatewayV2HTTPRequest) {
			e.RequestContext.Authorizer.JWT.Claims, e.RequestContext.Authorizer.JWT.Scopes = claims, scopes
		}
	}
	me := map[string]string{"sub": "me"}
	for name, c := range map[string]struct {
		change func(*events.APIGatewayV2HTTPRequest)
		want   error
	}{
		"one of the scopes":    {jwt(me, "x", "b"), nil},
		"in the claim":         {jwt(map[string]string{"scope": "x a"}), nil},
		"another scope":        {jwt(me, "ab"), gateway.ErrForbidden},
		"no scope":             {jwt(me), gateway.ErrForbidden},
		"no claims":            {jwt(nil, "a"), gateway.ErrUnauthenticated},
		"empty claims":         {jwt(map[string]string{}, "a"), gateway.ErrUnauthenticated},
		"no authorizer":        {none, gateway.ErrUnauthenticated},
		"an authorizer of IAM": {func(e *events.APIGatewayV2HTTPRequest) { e.RequestContext.Authorizer.JWT = nil }, gateway.ErrUnauthenticated},
	} {
		_, _ = gateway.Handlers{route: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := gateway.CallOf(r).Check("a", "b"); !errors.Is(got, c.want) || (got == nil) != (c.want == nil) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		})}.Func()(t.Context(), event(c.change))
	}
	if err := gateway.CallOf(httptest.NewRequest("GET", "/", nil)).Check("a"); !errors.Is(err, gateway.ErrUnauthenticated) {
		t.Errorf("a request that nobody said anything of: %v", err)
	}
}

// TestLogLine: a request makes one log line, which says nothing about the person; errors have
// their level.
func TestLogLine(t *testing.T) {
	var log bytes.Buffer
	refuse := func(w http.ResponseWriter, _ *http.Request, err error) []any {
		w.WriteHeader(map[bool]int{true: 404, false: 500}[errors.Is(err, gateway.ErrNotFound)])
		return []any{"problem", "x"}
	}
	for want, err := range map[string]error{
		`{"level":"INFO","msg":"request","request_id":"r-1","route":"POST /v1/things/{id}","status":200}`:                nil,
		`{"level":"INFO","msg":"request","request_id":"r-1","route":"POST /v1/things/{id}","status":404,"problem":"x"}`:  gateway.ErrNotFound,
		`{"level":"ERROR","msg":"request","request_id":"r-1","route":"POST /v1/things/{id}","status":500,"problem":"x"}`: io.EOF,
	} {
		log.Reset()
		logger := slog.New(slog.NewJSONHandler(&log, nil))
		h := gateway.Handle(logger, func(http.ResponseWriter, *http.Request) error { return err }, refuse)
		answer, _ := gateway.Handlers{route: h}.Func()(t.Context(), event(func(*events.APIGatewayV2HTTPRequest) {}))
		var line map[string]any
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("not one line: %s", &log)
		}
		delete(line, "time")
		got, _ := json.Marshal(line)
		var wanted map[string]any
		_ = json.Unmarshal([]byte(want), &wanted)
		if sorted, _ := json.Marshal(wanted); string(got) != string(sorted) {
			t.Errorf("%s\nwant %s", got, sorted)
		}
		if answer.Headers["cache-control"] != "no-store" || answer.Headers["x-content-type-options"] != "nosniff" {
			t.Errorf("headers %v", answer.Headers)
		}
	}
}
