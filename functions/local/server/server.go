// Package server puts the functions behind one local HTTP server, as API
// Gateway puts them behind its HTTP API: the same route keys, the same events,
// the same checks of the token. The functions run in this process, or elsewhere
// behind Lambda's Invoke API. It serves the development issuer and the portal
// beside them, and accepts loopback names only.
package server

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/uuid"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/authorizer"
)

// maxBody is what the server reads of a body; the functions allow less.
const maxBody = 256 << 10

// defaultRoute is the route of an HTTP API that takes what no other route takes.
const defaultRoute = "$default"

// Config is what a Server needs.
type Config struct {
	Hosts    []string                       // accepted values of Host
	Function func(name string) handler.Func // the functions, in this process or elsewhere
	// Refuse makes the answers that come from no function.
	Refuse     func(err error, requestID string) events.APIGatewayV2HTTPResponse
	Authorizer *authorizer.Authorizer
	Issuer     http.Handler // the development issuer, under /dev-issuer/
	// Portal serves everything that is no route of the API. Without one it is the
	// function portal, on the default route, as in a deployment.
	Portal http.Handler
}

// New returns the handler of the local server.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	functions := map[string]handler.Func{}
	for _, r := range slices.Concat(handler.Routes(), protocols.Routes()) {
		if functions[r.Function] == nil {
			functions[r.Function] = c.Function(r.Function)
		}
		mux.Handle(r.Pattern, &gateway{c, r, functions[r.Function]})
	}
	mux.Handle("/dev-issuer/", c.Issuer)
	if c.Portal == nil {
		route := handler.Route{Pattern: defaultRoute, Function: "portal"}
		mux.Handle("/", &gateway{c, route, c.Function(route.Function)})
		return c.checkHost(mux)
	}
	for _, prefix := range []string{"/v1/", "/v2/", "/schema/", "/.well-known/", "/openapi.yaml"} {
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
			write(w, c.Refuse(handler.ForeignHost(), ""))
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
		write(w, c.Refuse(err, ""))
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
	event := newEvent(g.route.Pattern, r, id)
	if err := g.authorize(r, &event); err != nil {
		problem := handler.Unauthenticated(err)
		if errors.Is(err, authorizer.ErrForbidden) {
			problem = handler.Forbidden(err)
		}
		answer := g.Refuse(problem, id)
		answer.Headers["www-authenticate"] = authorizer.Challenge("consent-receipts", err, g.route.Scopes)
		write(w, answer)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if !errors.As(err, &large) {
			return // the caller has gone
		}
		write(w, g.Refuse(handler.ErrTooLarge, id))
		return
	}
	setBody(&event, body)
	answer, err := g.function(r.Context(), event)
	if err != nil { // what API Gateway does with a function that fails
		answer = g.Refuse(err, id)
	}
	write(w, answer)
}

// authorize does what the JWT authorizer of an HTTP API does.
func (g *gateway) authorize(r *http.Request, event *events.APIGatewayV2HTTPRequest) error {
	if g.route.Scopes == nil {
		return nil
	}
	token, err := authorizer.Bearer(strings.Join(r.Header.Values("Authorization"), ","))
	if err != nil {
		return err
	}
	claims, scopes, err := g.Authorizer.Authorize(token, g.route.Scopes)
	if err != nil {
		return err
	}
	event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
		JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims, Scopes: scopes},
	}
	return nil
}
