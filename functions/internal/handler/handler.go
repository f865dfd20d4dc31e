// Package handler turns API Gateway HTTP API events (payload format 2.0) into
// commands and answers. It parses, authenticates and builds; it holds no
// business rule. One function serves the routes that name it; locally one
// process serves them all.
//
// A person's routes take the person from the verified token alone, never from a
// body or a path. API Gateway's authorizer has checked the token and its scope;
// this package checks again that claims and scope are there and fails closed.
package handler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/register"
	"consent-receipts/shared/registrar"
)

// ScopeSelf is the scope of people who act for themselves.
const ScopeSelf = "consent-receipts/self"

// Who may call a route: whoever has one of the scopes; nil: anybody, without a token.
var (
	public []string
	self   = []string{ScopeSelf}
)

// API is what the routes need. All fields are set.
type API struct {
	Registrar  *registrar.Registrar
	Documents  ledger.Documents
	Pseudonyms *pseudonym.Maker
	Roots      receipt.Roots // every root ever used, newest first
	Copies     Copies        // of the function receipts; nil elsewhere
	Audit      *audit.Log    // of the functions operator, which writes it, and receipts
	Register   ledger.Register
	Channel    string // what receipts name as the channel of these routes
	Log        *slog.Logger
}

// Copies makes what people keep of their receipts. Functions that make none do not
// carry what it takes.
type Copies interface {
	// Page, Text and PDF write a receipt for a person; PagePolicy is the
	// Content-Security-Policy to serve a page with.
	Page(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error
	Text(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error
	PDF(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error
	PagePolicy() string
	// Export writes a receipt in the format of another system: of the consent that is
	// named where the format holds one only. ErrInexpressible is wrapped with what the
	// format cannot say.
	Export(format string, rec *receipt.Receipt, cat *catalogue.Catalogue, consent string) (*Exported, error)
	// Bundle writes receipts from a number on, as many as fit, and all that they
	// cite, as a ZIP file. It returns the number at which the next one begins, or 0.
	Bundle(w io.Writer, of Holdings, from uint64) (next uint64, err error)
}

// Exported is a receipt in the format of another system.
type Exported struct {
	Body, Losses         []byte // Losses, as JSON: what the format cannot carry
	MediaType, Extension string
}

// Holdings are what a bundle is made of.
type Holdings struct {
	Roots     receipt.Roots
	Catalogue *catalogue.Catalogue // the current one
	Language  string
	Receipts  func(from uint64, limit int) ([]*receipt.Receipt, error)
	Document  func(digest string) ([]byte, error) // notices and catalogues
	Audit     func() ([]byte, error)              // who of the staff looked, as JSON; bounded
}

// Func is a function as the Lambda runtime calls it.
type Func func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Route is one route of the HTTP API. Pattern is a route key of API Gateway and
// at once a pattern of net/http: "GET /v1/receipts/{seq}".
type Route struct {
	Pattern  string
	Scopes   []string // one of them suffices; none: no token
	Function string   // the function that serves it

	serve serveFunc
}

// Routes lists every route; events/openapi.yaml describes the same ones.
func Routes() []Route {
	return []Route{
		{"GET /v1/offers", self, "optin", (*API).getOffers},
		{"POST /v1/opt-in", self, "optin", (*API).postOptIn},
		{"POST /v1/opt-out", self, "optout", (*API).postOptOut},
		{"POST /v1/signals", self, "optout", (*API).postSignals},
		{"POST /v1/data-requests", self, "datarequest", (*API).postDataRequests},
		{"GET /v1/data-requests", self, "datarequest", (*API).getDataRequests},
		{"GET /v1/data-requests/{id}", self, "datarequest", (*API).getDataRequest},
		{"GET /v1/data-requests/{id}/manifest", self, "datarequest", (*API).getManifest},
		{"DELETE /v1/data-requests/{id}", self, "datarequest", (*API).deleteDataRequest},
		{"GET /v1/receipts", self, "receipts", (*API).getReceipts},
		{"GET /v1/receipts/{seq}", self, "receipts", (*API).getReceipt},
		{"GET /v1/receipts/bundle", self, "receipts", (*API).getBundle},
		{"GET /v1/standing", self, "receipts", (*API).getStanding},
		{"GET /v1/audit", self, "receipts", (*API).getAudit},
		{"POST /v1/operator/people", anyStaff, "operator", byStaff(didFind, inBody, (*API).postPeople)},
		{"GET /v1/operator/people/{person}/standing", anyStaff, "operator", byStaff("standing.read", inPath, (*API).getStanding)},
		{"GET /v1/operator/people/{person}/receipts", anyStaff, "operator", byStaff("receipts.read", inPath, (*API).getReceipts)},
		{"GET /v1/operator/people/{person}/receipts/{seq}", anyStaff, "operator", byStaff("receipt.read", inPath, (*API).getReceipt)},
		{"GET /v1/operator/people/{person}/audit", anyStaff, "operator", byStaff("audit.read", inPath, (*API).getAudit)},
		{"GET /v1/operator/people/{person}/data-requests", anyStaff, "operator", byStaff("data-requests.read", inPath, (*API).getDataRequests)},
		{"GET /v1/operator/people/{person}/data-requests/{id}", anyStaff, "operator", byStaff("data-request.read", inPath, (*API).getLife)},
		{"POST /v1/operator/people/{person}/data-requests/{id}/steps", operator, "operator", byStaff("data-request.step", inPath, (*API).postStep)},
		{"POST /v1/operator/people/{person}/data-requests/{id}/parts", operator, "operator", byStaff("data-request.part", inPath, (*API).postPart)},
		{"GET /v1/operator/people/{person}/data-requests/{id}/manifest", anyStaff, "operator", byStaff("manifest.read", inPath, (*API).getManifest)},
		{"GET /v1/operator/requests", anyStaff, "operator", byStaff("requests.list", nobody, (*API).getRequests)},
		{"GET /v1/operator/requests/report", anyStaff, "operator", byStaff("requests.report", nobody, (*API).getReport)},
		{"POST /v1/operator/people/{person}/opt-out", operator, "operator", byStaff("opt-out", inPath, (*API).postOptOut)},
		{"POST /v1/operator/people/{person}/annulments", operator, "operator", byStaff("annulment", inPath, (*API).postAnnulment)},
		{"GET /v1/notices/{digest}", public, "receipts", (*API).getNotice},
		{"GET /v1/catalogue", public, "receipts", (*API).getCatalogue},
		{"GET /v1/catalogue/{digest}", public, "receipts", (*API).getCatalogueVersion},
		{"GET /schema/{name}/{version}", public, "receipts", (*API).getSchema},
		{"GET /.well-known/consent-receipt/jwks.json", public, "receipts", (*API).getJWKS},
		{"GET /.well-known/consent-receipt/root.pem", public, "receipts", (*API).getRoot},
		{"GET /.well-known/gpc.json", public, "receipts", (*API).getGPC},
		{"GET /openapi.yaml", public, "receipts", (*API).getOpenAPI},
	}
}

// Function returns the Lambda handler that serves the routes of one function.
func (a *API) Function(name string) Func {
	routes := map[string]Route{}
	for _, r := range Routes() {
		if r.Function == name {
			routes[r.Pattern] = r
		}
	}
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		route, ok := routes[e.RouteKey]
		if !ok {
			return a.finish(&e, nil, problemf(ErrNotFound, "no such route")), nil
		}
		return a.serve(ctx, route, &e), nil
	}
}

func (a *API) serve(ctx context.Context, route Route, e *events.APIGatewayV2HTTPRequest) events.APIGatewayV2HTTPResponse {
	req, err := a.newRequest(route, e)
	if err != nil {
		return a.finish(e, nil, err)
	}
	res, err := route.serve(a, ctx, req)
	return a.finish(e, res, err)
}

// unbelievable are the errors of who reads what somebody else wrote into the ledger: into
// a person's, the staff's audit, or the register.
var unbelievable = []error{registrar.ErrCorrupt, audit.ErrBroken, register.ErrLine, ledger.ErrCorrupt}

// finish writes the answer, or the problem, and one log line without anything
// personal: no path (it can hold ids), no query, no claims, no address.
func (a *API) finish(e *events.APIGatewayV2HTTPRequest, res *response, err error) events.APIGatewayV2HTTPResponse {
	id := e.RequestContext.RequestID
	if err != nil {
		p := toProblem(err, a.Registrar.Catalogue.Issuer(), id)
		level := slog.LevelInfo
		if p.Status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		if slices.ContainsFunc(unbelievable, func(e error) bool { return errors.Is(err, e) }) {
			a.Log.Error(alarm.Refused, "request_id", id, "error", err)
		}
		attrs := []any{"request_id", id, "route", e.RouteKey, "status", p.Status, "problem", p.slug}
		if level == slog.LevelError {
			attrs = append(attrs, "error", err)
		}
		a.Log.Log(context.Background(), level, "request", attrs...)
		return p.response()
	}
	a.Log.Info("request", "request_id", id, "route", e.RouteKey, "status", res.status)
	return res.event()
}

// claims returns the claims of a verified token that has one of the scopes.
func (a *API) claims(e *events.APIGatewayV2HTTPRequest, scopes []string) (map[string]string, error) {
	auth := e.RequestContext.Authorizer
	if auth == nil || auth.JWT == nil || len(auth.JWT.Claims) == 0 {
		return nil, problemf(ErrUnauthenticated, "no verified token")
	}
	granted := scopesOf(auth.JWT)
	if !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(granted, s) }) {
		return nil, problemf(ErrForbidden, "the token lacks the scope %s", strings.Join(scopes, " or "))
	}
	return auth.JWT.Claims, nil
}

// subjectOf names the person whom the claims of a verified token are of.
func (a *API) subjectOf(claims map[string]string) (string, error) {
	cat, _ := a.Registrar.Catalogue.Current()
	subject, err := a.Pseudonyms.Of(claims[cat.Identity.Claim])
	if err != nil {
		return "", problemf(ErrUnauthenticated, "the token's claim %q does not name a person", cat.Identity.Claim)
	}
	return subject, nil
}

// noSuch is a not-found problem that says what was looked for.
func noSuch(what string) error { return fmt.Errorf("%w: %s", ErrNotFound, what) }
