// Package server puts the functions behind one local HTTP server, as API Gateway puts
// them behind its HTTP API: the same routes, the same checks of the token. It serves the
// development issuer and the portal beside them, and accepts loopback names only.
package server

import (
	"context"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/devmail"
	"consent-receipts/shared/api"
)

// Config is what a Server needs.
type Config struct {
	Hosts []string // accepted values of Host
	// Handler returns the handler of a route. For gateway.Default it returns the portal's.
	Handler func(gateway.Route) http.Handler
	// Refuse makes the answers that come from no function.
	Refuse     gateway.Refuse
	Authorizer *authorizer.Authorizer
	Issuer     http.Handler // the development issuer, under /dev-issuer/
	// Reserved has prefixes of paths. A path below them that has no route is refused; any
	// other path without a route goes to the portal, as in a deployment.
	Reserved []string
	// Origins are those whose pages may call the API (api.CheckOrigin).
	Origins []string
	// Files takes uploads and gives files of answers out, under /dev-files, as a bucket does. nil: it is not served.
	Files http.Handler
	// Mails shows the mails that were sent, under /dev-mail/; nil: none are.
	Mails http.Handler
	// Sample is a page of somebody else, under /sample-app/.
	Sample http.Handler
}

// server matches a request to its route, once.
type server struct {
	Config
	mux    *http.ServeMux
	portal http.Handler
}

// New returns the handler of the local server.
func New(c Config) http.Handler {
	s := &server{Config: c, mux: http.NewServeMux()}
	s.portal = s.serve(gateway.Route{Pattern: gateway.Default, Function: "portal"})
	for _, r := range slices.Concat(handler.Routes(), protocols.Routes()) {
		s.mux.Handle(r.Pattern, s.serve(r))
	}
	for _, r := range protocols.Routes() {
		path := r.Pattern + "/{$}"
		r.Pattern += api.TrailingSlash
		s.mux.Handle(path, s.serve(r))
	}
	s.mux.Handle("/dev-issuer/", c.Issuer)
	s.mux.Handle("/sample-app/", c.Sample)
	if c.Mails != nil {
		s.mux.Handle(devmail.Path, c.Mails)
	}
	if c.Files != nil {
		s.mux.Handle("/dev-files", c.Files)
	}
	for _, prefix := range c.Reserved {
		s.mux.Handle(prefix, s.refusing(s.noRoute))
		s.mux.Handle(prefix+"/", s.refusing(s.noRoute))
	}
	s.mux.Handle("/", s.portal)
	return s
}

// ServeHTTP refuses names that are not this machine's: a page elsewhere must not reach the
// server by a name that it made point here (DNS rebinding). A path that is not clean
// matches no route: the mux would redirect, which API Gateway does not.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !slices.Contains(s.Hosts, r.Host):
		s.Refuse(w, r, gateway.Errorf(gateway.ErrForbidden, "this server answers to its own loopback names only"))
	case s.cors(w.Header(), r):
		w.WriteHeader(http.StatusNoContent)
	case !clean(r.URL.EscapedPath()):
		s.portal.ServeHTTP(w, r)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// cors does what API Gateway does for pages of other origins: it adds its headers to each
// answer to a configured origin, and reports whether the request is a preflight, which it
// answers itself (Fetch standard, CORS protocol). Without configured origins it does nothing.
func (s *server) cors(answer http.Header, r *http.Request) (preflight bool) {
	if len(s.Origins) == 0 {
		return false
	}
	preflight = r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
	answer.Add("Vary", "Origin")
	if !slices.Contains(s.Origins, r.Header.Get("Origin")) {
		return preflight
	}
	answer.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	answer.Set("Access-Control-Expose-Headers", strings.Join(api.CORSExposed, ","))
	if preflight {
		answer.Set("Access-Control-Allow-Methods", strings.Join(api.CORSMethods, ","))
		answer.Set("Access-Control-Allow-Headers", strings.Join(api.CORSHeaders, ","))
		answer.Set("Access-Control-Max-Age", strconv.Itoa(api.CORSMaxAge))
	}
	return preflight
}

func clean(p string) bool {
	return p == "/" || strings.HasPrefix(p, "/") && path.Clean(p) == strings.TrimSuffix(p, "/")
}

// refusing is a handler that only ever refuses.
func (s *server) refusing(why func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Refuse(w, r, why(w, r)) })
}

// noRoute is 405 where another method would find a route, and else 404.
func (s *server) noRoute(w http.ResponseWriter, r *http.Request) error {
	var allowed []string
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); strings.HasPrefix(pattern, m+" ") {
			allowed = append(allowed, m)
		}
	}
	if allowed == nil {
		return gateway.ErrNotFound
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	return gateway.ErrNotAllowed
}

// serve does for a route what API Gateway does before its function.
func (s *server) serve(route gateway.Route) http.Handler {
	next := s.Handler(route)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := gateway.Call{ID: uuid.NewString(), Route: route.Pattern}
		err := s.authorize(r, route.Scopes, &call)
		r = r.WithContext(call.With(r.Context()))
		switch {
		case r.Method == http.MethodHead && route.Pattern != gateway.Default: // a mux takes HEAD for GET, and API Gateway does not
			s.refusing(s.noRoute).ServeHTTP(w, r)
		case err != nil:
			w.Header().Set("WWW-Authenticate", authorizer.Challenge("consent-receipts", err, route.Scopes))
			s.Refuse(w, r, err)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// authorize does what the JWT authorizer of an HTTP API does.
func (s *server) authorize(r *http.Request, scopes []string, call *gateway.Call) error {
	if scopes == nil {
		return nil
	}
	token, err := authorizer.Bearer(gateway.Header(r, "Authorization"))
	if err == nil {
		call.Claims, call.Scopes, err = s.Authorizer.Authorize(token, scopes)
	}
	if err != nil {
		return gateway.Errorf(err, "%v", err) // it may be shown
	}
	return nil
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
	w := gateway.NewRecorder()
	t.Handler.ServeHTTP(w, in)
	return &http.Response{
		StatusCode: w.Status, Status: http.StatusText(w.Status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.Header(), Body: io.NopCloser(strings.NewReader(w.Body.String())), ContentLength: int64(w.Body.Len()), Request: r,
	}, nil
}
