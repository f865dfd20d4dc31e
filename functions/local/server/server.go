// Package server puts the functions behind one local HTTP server, as API
// Gateway puts them behind its HTTP API: the same route keys, the same events,
// the same checks of the token. It serves the development issuer and the portal
// beside them. It accepts loopback names only.
package server

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/uuid"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/local/authorizer"
)

// maxBody is what the server reads of a body; the functions allow less.
const maxBody = 256 << 10

// Config is what a Server needs.
type Config struct {
	Hosts      []string // accepted values of Host
	API        *handler.API
	Authorizer *authorizer.Authorizer
	Issuer     http.Handler // the development issuer, under /dev-issuer/
	Portal     http.Handler // everything that is no route of the API
}

// New returns the handler of the local server.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	functions := map[string]handler.Func{}
	for _, r := range handler.Routes() {
		if functions[r.Function] == nil {
			functions[r.Function] = c.API.Function(r.Function)
		}
		mux.Handle(r.Pattern, &gateway{c, r, functions[r.Function]})
	}
	mux.Handle("/dev-issuer/", c.Issuer)
	for _, prefix := range []string{"/v1/", "/schema/", "/.well-known/", "/openapi.yaml"} {
		mux.Handle(prefix, c.noRoute(mux))
	}
	mux.Handle("/", c.Portal)
	return c.checkHost(mux)
}

// checkHost refuses names that are not this machine's: a page elsewhere must not
// reach the server by a name that it made point here (DNS rebinding).
func (c Config) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(c.Hosts, r.Host) {
			write(w, c.API.NewProblem(handler.ForeignHost(), ""))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// noRoute answers 405 where another method would find a route, and else 404.
func (c Config) noRoute(mux *http.ServeMux) http.Handler {
	methods := []string{http.MethodGet, http.MethodPost, http.MethodDelete}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, m := range methods {
			other := r.Clone(r.Context())
			other.Method = m
			if _, pattern := mux.Handler(other); strings.HasPrefix(pattern, m+" ") {
				allowed = append(allowed, m)
			}
		}
		err := handler.ErrNotFound
		if allowed != nil {
			err = handler.ErrNotAllowed
			w.Header().Set("Allow", strings.Join(allowed, ", "))
		}
		write(w, c.API.NewProblem(err, ""))
	})
}

// gateway turns one HTTP request into one event for a function, and back.
type gateway struct {
	Config
	route    handler.Route
	function handler.Func
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: g.route.Pattern, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{}, PathParameters: map[string]string{},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: g.route.Pattern, RequestID: id, Stage: "$default", TimeEpoch: time.Now().UnixMilli(),
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: r.URL.Path, Protocol: r.Proto},
		},
	}
	for name, values := range r.Header {
		event.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, name := range pathNames(g.route.Pattern) {
		event.PathParameters[name] = r.PathValue(name)
	}
	if err := g.authorize(r, &event); err != nil {
		problem := handler.Unauthenticated(err)
		if errors.Is(err, authorizer.ErrForbidden) {
			problem = handler.Forbidden(err)
		}
		answer := g.API.NewProblem(problem, id)
		answer.Headers["www-authenticate"] = authorizer.Challenge("consent-receipts", err, []string{g.route.Scope})
		write(w, answer)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if !errors.As(err, &large) {
			return // the caller has gone
		}
		write(w, g.API.NewProblem(handler.ErrTooLarge, id))
		return
	}
	if event.IsBase64Encoded = !utf8.Valid(body); event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(body)
	} else {
		event.Body = string(body)
	}
	answer, err := g.function(r.Context(), event)
	if err != nil { // what API Gateway does with a function that fails
		answer = g.API.NewProblem(err, id)
	}
	write(w, answer)
}

// authorize does what the JWT authorizer of an HTTP API does.
func (g *gateway) authorize(r *http.Request, event *events.APIGatewayV2HTTPRequest) error {
	if g.route.Scope == handler.ScopePublic {
		return nil
	}
	token, err := authorizer.Bearer(strings.Join(r.Header.Values("Authorization"), ","))
	if err != nil {
		return err
	}
	claims, scopes, err := g.Authorizer.Authorize(token, []string{g.route.Scope})
	if err != nil {
		return err
	}
	event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims, Scopes: scopes},
	}
	return nil
}

// pathNames lists the parameters of a pattern: {seq}.
func pathNames(pattern string) (names []string) {
	for rest := pattern; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return names
		}
		name, tail, _ := strings.Cut(after, "}")
		names, rest = append(names, name), tail
	}
}

func write(w http.ResponseWriter, answer events.APIGatewayV2HTTPResponse) {
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	body := []byte(answer.Body)
	if answer.IsBase64Encoded {
		body, _ = base64.StdEncoding.DecodeString(answer.Body) // our own encoding
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(body) // a caller that has gone gets nothing
}

// InProcess is a transport that asks the handler directly, without a network.
// The portal reaches the API through it.
type InProcess struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t InProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(context.WithoutCancel(r.Context()))
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
	t.Handler.ServeHTTP(w, in)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())),
		ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// memoryWriter keeps an answer in memory.
type memoryWriter struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
