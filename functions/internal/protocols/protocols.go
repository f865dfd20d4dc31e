// Package protocols serves the two protocols by which other systems send data
// requests: OpenDSR, from controllers, and the Data Rights Protocol, from people's
// authorized agents. An [API] reads and writes their messages; a counter.Counter opens
// their requests in people's ledgers.
//
// Controllers come with an access token, which API Gateway's authorizer has
// verified, and this package again. Agents come with a token of the protocol's own,
// which only this package can read: their routes have no authorizer in front.
package protocols

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/opendsr"
)

// ScopeController is the scope of a controller's token.
const ScopeController = "consent-receipts/opendsr"

// These say who may call a route. API Gateway has no authorizer in front of the routes of
// agents: the function checks the agent's token itself.
var (
	anybody    []string
	agent      []string
	controller = []string{ScopeController}
)

// function is the one that serves every route here.
const function = "protocols"

// API has what the routes need. A protocol that is not configured is nil, and its routes are
// not found.
type API struct {
	Counter *counter.Counter
	OpenDSR *OpenDSR
	DRP     *DRP
	Clock   func() time.Time
	Log     *slog.Logger
}

// OpenDSR has what this protocol needs.
type OpenDSR struct {
	Signer *opendsr.Signer
	// Controllers gives the id of a controller by the client_id of its tokens
	// (RFC 9068, 2.2).
	Controllers map[string]string
}

// DRP has what this protocol needs.
type DRP struct {
	Receiver *drp.Receiver
	Tokens   *drp.Tokens
}

// errNotConfigured refuses a request of a protocol that is not configured.
var errNotConfigured = gateway.Errorf(gateway.ErrNotFound, "this protocol is not spoken here")

// inJSON answers with a JSON body, as most routes do.
func inJSON(status int, body []byte) *gateway.Answer {
	return gateway.With(status, "application/json", body)
}

// serveFunc serves a request, or returns why not.
type serveFunc func(*API, context.Context, *request) (*gateway.Answer, error)

// words writes, in the words of a protocol, why a request was not served.
type words func(error) *gateway.Answer

type route struct {
	gateway.Route
	serve  serveFunc
	refuse words
}

func routes() []route {
	list := []route{
		r("GET /v2/discovery", anybody, as(opendsr.OpenDSR, (*API).discovery), controllerRefusal),
		r("GET /v2/certificate.pem", anybody, as(opendsr.OpenDSR, (*API).certificate), controllerRefusal),
		r("GET /v1/discovery", anybody, as(opendsr.OpenGDPR, (*API).discovery), controllerRefusal),
		r("POST /v1/data-rights-request", agent, byAgent((*API).exercise), agentRefusal),
		r("GET /v1/data-rights-request/{id}", agent, byAgent((*API).agentStatus), agentRefusal),
		r("DELETE /v1/data-rights-request/{id}", agent, byAgent((*API).revoke), agentRefusal),
		r("POST /v1/agent/{id}", agent, (*API).keySetup, keyRefusal),
		r("GET /v1/agent/{id}", agent, byAgent((*API).agentInformation), agentRefusal),
	}
	for prefix, d := range map[string]opendsr.Dialect{"/v2/": opendsr.OpenDSR, "/v1/": opendsr.OpenGDPR} {
		collection := prefix + d.Collection
		list = append(list,
			r("POST "+collection, controller, as(d, (*API).open), controllerRefusal),
			r("GET "+collection+"/{id}", controller, as(d, (*API).controllerStatus), controllerRefusal),
			r("DELETE "+collection+"/{id}", controller, as(d, (*API).cancel), controllerRefusal))
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return list
}

func r(pattern string, scopes []string, serve serveFunc, refuse words) route {
	return route{gateway.Route{Pattern: pattern, Scopes: scopes, Function: function}, serve, refuse}
}

// Routes lists every route, for the code that puts the function behind HTTP.
func Routes() []gateway.Route {
	var list []gateway.Route
	for _, r := range routes() {
		list = append(list, r.Route)
	}
	return list
}

// Handlers returns the handlers of all routes.
func (a *API) Handlers() gateway.Handlers {
	all := gateway.Handlers{gateway.Default: a.refusing(gateway.Errorf(gateway.ErrNotFound, "no such route"))}
	for _, r := range routes() {
		all[r.Pattern] = a.handle(r)
	}
	return all
}

// handle makes the handler of a route. The log line names the refusal and quotes nothing of
// the request.
func (a *API) handle(route route) http.Handler {
	return gateway.Handle(a.Log, func(w http.ResponseWriter, r *http.Request) error {
		out, err := route.serve(a, r.Context(), &request{r})
		if err == nil {
			out.Write(w)
		}
		return err
	}, func(w http.ResponseWriter, r *http.Request, err error) []any {
		problem.Alarm(a.Log, gateway.CallOf(r).ID, err)
		out := route.refuse(err)
		problem.Header(w.Header(), out.Status)
		out.Write(w)
		return []any{"refusal", err}
	})
}

// refusing is a handler that only ever refuses.
func (a *API) refusing(why error) http.Handler {
	return a.handle(route{serve: func(*API, context.Context, *request) (*gateway.Answer, error) { return nil, why }, refuse: controllerRefusal})
}

// NotReady returns the handler of a function that could not start. It says that the caller
// may try again.
func NotReady(log *slog.Logger, why error) http.Handler {
	a := API{Log: log}
	return a.refusing(fmt.Errorf("%w: %w", counter.ErrBusy, why))
}

// request is a request, as the routes read it.
type request struct{ *http.Request }

// maxID bounds an id in a path, in bytes. No id that was ever given is longer.
const maxID = 128

func (r *request) id() string {
	if id := r.PathValue("id"); len(id) <= maxID {
		return id
	}
	return ""
}

// maxBody bounds what is read of a body, in bytes. Both protocols refuse a body of this size.
const maxBody = max(opendsr.MaxBody, drp.MaxBody) + 1

// body returns the very bytes that were sent, since the signature covers them. It returns nil
// if the body cannot be read to its end, for example because it is not the base64 that API
// Gateway announced.
func (r *request) body() []byte {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil
	}
	return b
}

// bearer returns the token of an Authorization header (RFC 6750, 2.1), or "".
func (r *request) bearer() string {
	scheme, token, _ := strings.Cut(gateway.Header(r.Request, "Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
