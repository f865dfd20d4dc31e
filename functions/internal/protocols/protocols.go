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
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/registrar"
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

type route struct {
	handler.Route
	serve func(*API, context.Context, *request) answer
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

func r(pattern string, scopes []string, serve func(*API, context.Context, *request) answer) route {
	return route{handler.Route{Pattern: pattern, Scopes: scopes, Function: function}, serve}
}

// Routes lists every route, for whoever puts the function behind HTTP.
func Routes() []handler.Route {
	var list []handler.Route
	for _, r := range routes() {
		list = append(list, r.Route)
	}
	return list
}

// Function returns the Lambda handler of all routes.
func (a *API) Function() handler.Func {
	byPattern := map[string]route{}
	for _, r := range routes() {
		byPattern[r.Pattern] = r
	}
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		out := answer{status: http.StatusNotFound, body: opendsr.ErrorBody(http.StatusNotFound, "no such route")}
		if r, ok := byPattern[e.RouteKey]; ok {
			out = r.serve(a, ctx, &request{&e})
		}
		return a.finish(&e, out), nil
	}
}

// NotReady is the answer of a function that could not start: it may be asked again.
func NotReady() events.APIGatewayV2HTTPResponse {
	return events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusServiceUnavailable, Body: string(opendsr.ErrorBody(http.StatusServiceUnavailable, counter.ErrBusy.Error())),
		Headers: map[string]string{"content-type": "application/json", "cache-control": "no-store", "retry-after": "1"},
	}
}

// Unbelievable reports whether an error is of who reads what somebody else wrote into the
// ledger: an alarm watches for it.
func Unbelievable(err error) bool {
	return errors.Is(err, registrar.ErrCorrupt) || errors.Is(err, ledger.ErrCorrupt)
}

// finish writes the answer, and one log line without anything personal: no path, no
// body, no token. Refusals quote nothing of a request.
func (a *API) finish(e *events.APIGatewayV2HTTPRequest, out answer) events.APIGatewayV2HTTPResponse {
	attrs := []any{"request_id", e.RequestContext.RequestID, "route", e.RouteKey, "status", out.status}
	level := slog.LevelInfo
	if out.refusal != nil {
		attrs = append(attrs, "refusal", out.refusal)
	}
	if out.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	a.Log.Log(context.Background(), level, "request", attrs...)
	if Unbelievable(out.refusal) {
		a.Log.Error(alarm.Refused, "request_id", e.RequestContext.RequestID, "error", out.refusal)
	}

	headers := map[string]string{"cache-control": "no-store", "x-content-type-options": "nosniff"}
	if len(out.body) > 0 {
		headers["content-type"] = "application/json"
	}
	if out.media != "" {
		headers["content-type"] = out.media
	}
	for name, value := range out.headers {
		headers[name] = value
	}
	switch out.status {
	case http.StatusServiceUnavailable:
		headers["retry-after"] = "1"
	case http.StatusUnauthorized:
		headers["www-authenticate"] = `Bearer realm="consent-receipts"`
	}
	return events.APIGatewayV2HTTPResponse{StatusCode: out.status, Headers: headers, Body: string(out.body)}
}

// request is an event, as the routes read it.
type request struct {
	event *events.APIGatewayV2HTTPRequest
}

// maxID bounds an id in a path, in bytes; a longer one is none that was ever given.
const maxID = 128

func (r *request) id() string {
	if id := r.event.PathParameters["id"]; len(id) <= maxID {
		return id
	}
	return ""
}

// body returns the very bytes that were sent: they are what is signed. What is no
// base64 where API Gateway says so is no body.
func (r *request) body() []byte {
	if !r.event.IsBase64Encoded {
		return []byte(r.event.Body)
	}
	b, err := base64.StdEncoding.DecodeString(r.event.Body)
	if err != nil {
		return nil
	}
	return b
}

// bearer returns the token of an Authorization header (RFC 6750, 2.1), or "".
func (r *request) bearer() string {
	scheme, token, _ := strings.Cut(r.event.Headers["authorization"], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// refusals says what each error of the counter is in HTTP, and what is told of it. A
// 5xx says nothing of the inside.
var refusals = []struct {
	err    error
	status int
	fatal  bool
}{
	{counter.ErrNotFound, http.StatusNotFound, false},
	{counter.ErrMismatch, http.StatusBadRequest, true},
	{counter.ErrNotCovered, http.StatusBadRequest, true},
	{counter.ErrIdentifier, http.StatusBadRequest, false},
	{counter.ErrTooMany, http.StatusBadRequest, false},
	{counter.ErrEnded, http.StatusConflict, true},
	{counter.ErrBusy, http.StatusServiceUnavailable, false},
}

// status returns what an error of the counter is in HTTP.
func status(err error) (code int, message string, fatal bool) {
	for _, row := range refusals {
		if errors.Is(err, row.err) {
			return row.status, row.err.Error(), row.fatal
		}
	}
	return http.StatusInternalServerError, "something went wrong on our side", false
}
