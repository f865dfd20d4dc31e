package handler

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// ScopeSelf is the scope of people who act for themselves.
const ScopeSelf = "consent-receipts/self"

// Route is one route of the HTTP API. Pattern is a route key of API Gateway and
// at once a pattern of net/http: "GET /v1/receipts/{seq}".
type Route struct {
	Pattern  string
	Scopes   []string // one of them suffices; none: no token
	Function string   // the function that serves it
}

// Routes lists every route; events/openapi.yaml describes the same ones.
func Routes() (list []Route) {
	for _, r := range routes() {
		list = append(list, Route{r.pattern, r.by.scopes(), r.function})
	}
	return list
}

// route is a route, and whom it serves.
type route struct {
	pattern, function string
	by                caller
}

// caller is who may call a route: byAnybody, byPerson or byStaff. The kind brings the
// scopes, and finds out who calls before it serves.
type caller interface {
	scopes() []string
	answer(*API, context.Context, *request) (*response, error)
}

// serveFunc serves a request when it is known who calls.
type serveFunc func(*API, context.Context, *request) (*response, error)

// byAnybody serves without a token.
type byAnybody serveFunc

func (byAnybody) scopes() []string { return nil }

func (serve byAnybody) answer(a *API, ctx context.Context, r *request) (*response, error) {
	return serve(a, ctx, r)
}

// byPerson serves a person who acts for themselves.
type byPerson serveFunc

func (byPerson) scopes() []string { return []string{ScopeSelf} }

func (serve byPerson) answer(a *API, ctx context.Context, r *request) (res *response, err error) {
	if r.claims, err = a.claims(r.event, serve.scopes()); err != nil {
		return nil, err
	}
	if r.subject, err = a.subjectOf(r.claims); err != nil {
		return nil, err
	}
	return serve(a, ctx, r)
}

func routes() []route {
	return []route{
		{"GET /v1/offers", "optin", byPerson((*API).getOffers)},
		{"POST /v1/opt-in", "optin", byPerson((*API).postOptIn)},
		{"POST /v1/opt-out", "optout", byPerson((*API).postOptOut)},
		{"POST /v1/signals", "optout", byPerson((*API).postSignals)},
		{"POST /v1/data-requests", "datarequest", byPerson((*API).postDataRequests)},
		{"GET /v1/data-requests", "datarequest", byPerson((*API).getDataRequests)},
		{"GET /v1/data-requests/{id}", "datarequest", byPerson((*API).getDataRequest)},
		{"GET /v1/data-requests/{id}/manifest", "datarequest", byPerson((*API).getManifest)},
		{"DELETE /v1/data-requests/{id}", "datarequest", byPerson((*API).deleteDataRequest)},
		{"GET /v1/receipts", "receipts", byPerson((*API).getReceipts)},
		{"GET /v1/receipts/{seq}", "receipts", byPerson((*API).getReceipt)},
		{"GET /v1/receipts/bundle", "receipts", byPerson((*API).getBundle)},
		{"GET /v1/standing", "receipts", byPerson((*API).getStanding)},
		{"GET /v1/audit", "receipts", byPerson((*API).getAudit)},
		{"POST /v1/operator/people", "operator", reads("person.find", inBody, (*API).postPeople)},
		{"GET /v1/operator/people/{person}/standing", "operator", reads("standing.read", inPath, (*API).getStanding)},
		{"GET /v1/operator/people/{person}/receipts", "operator", reads("receipts.read", inPath, (*API).getReceipts)},
		{"GET /v1/operator/people/{person}/receipts/{seq}", "operator", reads("receipt.read", inPath, (*API).getReceipt)},
		{"GET /v1/operator/people/{person}/audit", "operator", reads("audit.read", inPath, (*API).getAudit)},
		{"GET /v1/operator/people/{person}/data-requests", "operator", reads("data-requests.read", inPath, (*API).getDataRequests)},
		{"POST /v1/operator/people/{person}/data-requests", "operator", acts("data-request.enter", inPath, (*API).postDataRequestFor)},
		{"GET /v1/operator/people/{person}/data-requests/{id}", "operator", reads("data-request.read", inPath, (*API).getLife)},
		{"POST /v1/operator/people/{person}/data-requests/{id}/steps", "operator", acts("data-request.step", inPath, (*API).postStep)},
		{"POST /v1/operator/people/{person}/data-requests/{id}/parts", "operator", acts("data-request.part", inPath, (*API).postPart)},
		{"GET /v1/operator/people/{person}/data-requests/{id}/manifest", "operator", reads("manifest.read", inPath, (*API).getManifest)},
		{"GET /v1/operator/requests", "operator", reads("requests.list", nobody, (*API).getRequests)},
		{"GET /v1/operator/requests/report", "operator", reads("requests.report", nobody, (*API).getReport)},
		{"GET /v1/operator/audit", "operator", reads("audit.day", nobody, (*API).getDay)},
		{"POST /v1/operator/people/{person}/opt-out", "operator", acts("opt-out", inPath, (*API).postOptOut)},
		{"POST /v1/operator/people/{person}/annulments", "operator", acts("annulment", inPathOfReceipt, (*API).postAnnulment)},
		{"GET /v1/notices/{digest}", "receipts", byAnybody((*API).getNotice)},
		{"GET /v1/catalogue", "receipts", byAnybody((*API).getCatalogue)},
		{"GET /v1/catalogue/{digest}", "receipts", byAnybody((*API).getCatalogueVersion)},
		{"GET /schema/{name}/{version}", "receipts", byAnybody((*API).getSchema)},
		{"GET /.well-known/consent-receipt/jwks.json", "receipts", byAnybody((*API).getJWKS)},
		{"GET /.well-known/consent-receipt/root.pem", "receipts", byAnybody((*API).getRoot)},
		{"GET /.well-known/gpc.json", "receipts", byAnybody((*API).getGPC)},
		{"GET /openapi.yaml", "receipts", byAnybody((*API).getOpenAPI)},
	}
}

// Function returns the Lambda handler that serves the routes of one function.
func (a *API) Function(name string) Func {
	served := map[string]caller{}
	for _, r := range routes() {
		if r.function == name {
			served[r.pattern] = r.by
		}
	}
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		by, ok := served[e.RouteKey]
		if !ok {
			return a.finish(&e, nil, problemf(ErrNotFound, "no such route")), nil
		}
		r, err := newRequest(&e)
		if err != nil {
			return a.finish(&e, nil, err), nil
		}
		res, err := by.answer(a, ctx, r)
		return a.finish(&e, res, err), nil
	}
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
		return "", problemf(ErrUnauthenticated, "the token's claim %q does not name a person: %v", cat.Identity.Claim, err)
	}
	return subject, nil
}
