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

// Who may call a route. Those of agents have no authorizer in front: the function
// checks the agent's token itself.
var (
	anybody    []string
	agent      []string
	controller = []string{ScopeController}
)

// function is the one that serves every route here.
const function = "protocols"

// API is what the routes need. A protocol that is not configured is nil, and its
// routes are not found.
type API struct {
	Counter *counter.Counter
	OpenDSR *OpenDSR
	DRP     *DRP
	Clock   func() time.Time
	Log     *slog.Logger
}

// OpenDSR is what that protocol needs.
type OpenDSR struct {
	Signer *opendsr.Signer
	// Controllers gives the id of a controller by the client_id of its tokens
	// (RFC 9068, 2.2).
	Controllers map[string]string
}

// DRP is what that protocol needs.
type DRP struct {
	Receiver *drp.Receiver
	Tokens   *drp.Tokens
}

// answer is what a route says.
type answer struct {
	status  int
	media   string // application/json unless it says otherwise
	headers map[string]string
	body    []byte
	refusal error // why it is no success; for the log
}

// serveFunc serves a request, or refuses it, in the words of its protocol.
type serveFunc func(*API, context.Context, *request) answer

type route struct {
	gateway.Route
	serve serveFunc
}

func routes() []route {
	list := []route{
		r("GET /v2/discovery", anybody, as(opendsr.OpenDSR, (*API).discovery)),
		r("GET /v2/certificate.pem", anybody, as(opendsr.OpenDSR, (*API).certificate)),
		r("GET /v1/discovery", anybody, as(opendsr.OpenGDPR, (*API).discovery)),
		r("POST /v1/data-rights-request", agent, (*API).exercise),
		r("GET /v1/data-rights-request/{id}", agent, (*API).agentStatus),
		r("DELETE /v1/data-rights-request/{id}", agent, (*API).revoke),
		r("POST /v1/agent/{id}", agent, (*API).keySetup),
		r("GET /v1/agent/{id}", agent, (*API).agentInformation),
	}
	for prefix, d := range map[string]opendsr.Dialect{"/v2/": opendsr.OpenDSR, "/v1/": opendsr.OpenGDPR} {
		collection := prefix + d.Collection
		list = append(list,
			r("POST "+collection, controller, as(d, (*API).open)),
			r("GET "+collection+"/{id}", controller, as(d, (*API).controllerStatus)),
			r("DELETE "+collection+"/{id}", controller, as(d, (*API).cancel)))
	}
	slices.SortFunc(list, func(a, b route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return list
}

func r(pattern string, scopes []string, serve serveFunc) route {
	return route{gateway.Route{Pattern: pattern, Scopes: scopes, Function: function}, serve}
}

// Routes lists every route, for whoever puts the function behind HTTP.
func Routes() []gateway.Route {
	var list []gateway.Route
	for _, r := range routes() {
		list = append(list, r.Route)
	}
	return list
}

// Handlers are those of all routes.
func (a *API) Handlers() gateway.Handlers {
	all := gateway.Handlers{gateway.Default: a.handle(func(*API, context.Context, *request) answer {
		return problemOf(http.StatusNotFound, nil, "no such route")
	})}
	for _, r := range routes() {
		all[r.Pattern] = a.handle(r.serve)
	}
	return all
}

// handle makes a handler of what serves a route. The log line has the refusal: it quotes
// nothing of a request.
func (a *API) handle(serve serveFunc) http.Handler {
	return gateway.Handle(a.Log, func(w http.ResponseWriter, r *http.Request) error {
		out := serve(a, r.Context(), &request{r})
		out.write(w)
		return out.refusal
	}, func(_ http.ResponseWriter, r *http.Request, err error) []any {
		problem.Alarm(a.Log, gateway.CallOf(r).ID, err)
		return []any{"refusal", err}
	})
}

// NotReady is the handler of a function that could not start: it may be asked again.
func NotReady(log *slog.Logger, why error) http.Handler {
	a := API{Log: log}
	return a.handle(func(*API, context.Context, *request) answer {
		return counterProblem(fmt.Errorf("%w: %w", counter.ErrBusy, why))
	})
}

func (out *answer) write(w http.ResponseWriter) {
	if len(out.body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	if out.media != "" {
		w.Header().Set("Content-Type", out.media)
	}
	for name, value := range out.headers {
		w.Header().Set(name, value)
	}
	problem.Header(w.Header(), out.status)
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body) // a caller that has gone gets nothing
}

// request is a request, as the routes read it.
type request struct{ *http.Request }

// maxID bounds an id in a path, in bytes; a longer one is none that was ever given.
const maxID = 128

func (r *request) id() string {
	if id := r.PathValue("id"); len(id) <= maxID {
		return id
	}
	return ""
}

// maxBody bounds what is read of a body, in bytes: both protocols refuse what is as long.
const maxBody = max(opendsr.MaxBody, drp.MaxBody) + 1

// body returns the very bytes that were sent: they are what is signed. What cannot be read
// to its end, such as what is no base64 where API Gateway says so, is no body.
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

// fatal are the errors of the counter after which asking again is in vain.
var fatal = []error{counter.ErrMismatch, counter.ErrNotCovered, counter.ErrEnded}

// status returns what an error of the counter is in HTTP, and what is told of it: of a
// 5xx, nothing of the inside.
func status(err error) (code int, message string, final bool) {
	rung := problem.Find(err)
	if rung.Status >= http.StatusInternalServerError {
		return rung.Status, rung.Title, false
	}
	return rung.Status, rung.Err.Error(), slices.Contains(fatal, rung.Err)
}
