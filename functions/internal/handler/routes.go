package handler

import (
	"context"
	"net/http"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/shared/api"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
)

// Routes lists every route. events/openapi.yaml describes the same routes.
func Routes() (list []gateway.Route) {
	for _, r := range routes() {
		list = append(list, gateway.Route{Pattern: r.pattern, Scopes: r.by.scopes(), Function: r.function})
	}
	return list
}

// route is a route with its function and its callers.
type route struct {
	pattern, function string
	by                caller
}

func routes() []route {
	return []route{
		{"GET /v1/offers", "optin", byPerson(asking((*API).getOffers))},
		{"POST /v1/opt-in", "optin", byPerson(commanding("opt-in/1", (*API).postOptIn))},
		{"POST /v1/opt-out", "optout", byPerson(commanding(optOutSchema, itself[consent.OptOut]))},
		{"POST /v1/signals", "optout", byPerson(commanding("", (*API).postSignals))},
		{"POST /v1/data-requests", "datarequest", byPerson(commanding("data-request/1", itself[consent.RequestData]))},
		{"GET /v1/data-requests", "datarequest", byPerson(asking((*API).getDataRequests))},
		{"GET /v1/data-requests/{id}", "datarequest", byPerson(asking((*API).getDataRequest))},
		{"GET /v1/data-requests/{id}/manifest", "datarequest", byPerson((*API).getManifest)},
		{"DELETE /v1/data-requests/{id}", "datarequest", byPerson(commanding("", (*API).deleteDataRequest))},
		{"GET /v1/receipts", "receipts", byPerson((*API).getReceipts)},
		{"GET /v1/receipts/{seq}", "receipts", byPerson((*API).getReceipt)},
		{"GET /v1/receipts/bundle", "receipts", byPerson((*API).getBundle)},
		{"GET /v1/standing", "receipts", byPerson(asking((*API).getStanding))},
		{"GET /v1/audit", "receipts", byPerson(asking((*API).getAudit))},
		{"POST /v1/operator/people", "operator", reads("person.find", inBody, asking((*API).postPeople))},
		{"GET /v1/operator/people/{person}/standing", "operator", reads("standing.read", inPath, asking((*API).getStanding))},
		{"GET /v1/operator/people/{person}/receipts", "operator", reads("receipts.read", inPath, (*API).getReceipts)},
		{"GET /v1/operator/people/{person}/receipts/{seq}", "operator", reads("receipt.read", inPath, (*API).getReceipt)},
		{"GET /v1/operator/people/{person}/audit", "operator", reads("audit.read", inPath, asking((*API).getAudit))},
		{"GET /v1/operator/people/{person}/data-requests", "operator", reads("data-requests.read", inPath, asking((*API).getDataRequests))},
		{"POST /v1/operator/people/{person}/data-requests", "operator", acts("data-request.enter", inPath, commanding("entered-request/1", (*API).postDataRequestFor))},
		{"GET /v1/operator/people/{person}/data-requests/{id}", "operator", reads("data-request.read", inPath, asking((*API).getLife))},
		{"POST /v1/operator/people/{person}/data-requests/{id}/steps", "operator", acts("data-request.step", inPath, commanding("request-step/1", (*API).postStep))},
		{"POST /v1/operator/people/{person}/data-requests/{id}/parts", "operator", acts("data-request.part", inPath, commanding("request-part/1", (*API).postPart))},
		{"GET /v1/operator/people/{person}/data-requests/{id}/manifest", "operator", reads("manifest.read", inPath, (*API).getManifest)},
		{"GET /v1/operator/requests", "operator", reads("requests.list", nobody, asking((*API).getRequests))},
		{"GET /v1/operator/requests/report", "operator", reads("requests.report", nobody, (*API).getReport)},
		{"GET /v1/operator/audit", "operator", reads("audit.day", nobody, asking((*API).getDay))},
		{"POST /v1/operator/people/{person}/opt-out", "operator", acts("opt-out", inPath, commanding(optOutSchema, itself[consent.OptOut]))},
		{"POST /v1/operator/people/{person}/annulments", "operator", acts("annulment", inPathOfReceipt, commanding(annulmentSchema, (*API).postAnnulment))},
		{"GET /v1/notices/{digest}", "receipts", byAnybody(document(catalogue.NoticeMediaType))},
		{"GET /v1/logos/{digest}", "receipts", byAnybody(document(brand.LogoMediaType))},
		{"GET /v1/catalogue", "receipts", byAnybody((*API).getCatalogue)},
		{"GET /v1/catalogue/{digest}", "receipts", byAnybody(document(catalogue.MediaType))},
		{"GET /schema/{name}/{version}", "receipts", byAnybody((*API).getSchema)},
		{"GET /.well-known/consent-receipt/jwks.json", "receipts", byAnybody((*API).getJWKS)},
		{"GET /.well-known/consent-receipt/root.pem", "receipts", byAnybody((*API).getRoot)},
		{"GET /.well-known/gpc.json", "receipts", byAnybody((*API).getGPC)},
		{"GET /openapi.yaml", "receipts", byAnybody((*API).getOpenAPI)},
	}
}

// Handlers returns the handlers of the routes of one function.
func (a *API) Handlers(function string) gateway.Handlers {
	refuse := problem.Refuse(a.Registrar.Catalogue.Issuer(), a.Log)
	all := gateway.Handlers{gateway.Default: gateway.Handle(a.Log, func(http.ResponseWriter, *http.Request) error {
		return gateway.Errorf(gateway.ErrNotFound, "no such route")
	}, refuse)}
	for _, route := range routes() {
		if route.function == function {
			all[route.pattern] = gateway.Handle(a.Log, func(w http.ResponseWriter, r *http.Request) error { return a.serve(route.by, w, r) }, refuse)
		}
	}
	return all
}

func (a *API) serve(by caller, w http.ResponseWriter, sent *http.Request) error {
	r, err := newRequest(w, sent)
	if err != nil {
		return err
	}
	res, err := by.answer(a, sent.Context(), r)
	if err != nil {
		return err
	}
	res.Write(w)
	return nil
}

// serveFunc serves a request after it is known who calls.
type serveFunc func(*API, context.Context, *request) (*gateway.Answer, error)

// asking makes a route of a function whose answer is JSON.
func asking[A any](answer func(*API, context.Context, *request) (A, error)) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		out, err := answer(a, ctx, r)
		if err != nil {
			return nil, err
		}
		return gateway.JSON(http.StatusOK, out)
	}
}

// order is a command, as its route reads it.
type order struct {
	consent.Command
	key    string          // "" means the Idempotency-Key
	as     consent.Context // who acts, and how this service knows
	status int             // the status of the answer
	empty  error           // the error if the command changes nothing; nil if that is no error
}

// commanding makes a route of a function that reads a command from a body. The body follows
// the published schema of that name; without a name there is no body. The command is carried
// out, and its receipt is the answer.
func commanding[B any](schema string, read func(*API, context.Context, *request, B, *order) error) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		media, err := r.accept("application/json", receipt.MediaType)
		if err != nil { // refused before anything is written, so that no receipt is lost to a header
			return nil, err
		}
		var body B
		if schema != "" {
			if err := r.body(schema, &body); err != nil {
				return nil, err
			}
		}
		o := order{as: a.context(r), status: http.StatusCreated}
		if err := read(a, ctx, r, body, &o); err != nil {
			return nil, err
		}
		if o.key == "" {
			if o.key, err = r.idempotencyKey(); err != nil {
				return nil, err
			}
		}
		result, err := a.Registrar.Do(ctx, r.subject, o.key, o.Command, o.as)
		if err == nil && result == nil {
			err = o.empty
		}
		if err != nil {
			return nil, err
		}
		return given(r, result, media, o.status)
	}
}

// itself takes the whole body as the command.
func itself[C consent.Command](_ *API, _ context.Context, _ *request, body C, o *order) error {
	o.Command = body
	return nil
}

// noBody is the body of a command without a body.
type noBody struct{}

// caller says who may call a route: byAnybody, byPerson or byStaff. Each kind has its scopes,
// and finds out who calls before it serves.
type caller interface {
	scopes() []string
	answer(*API, context.Context, *request) (*gateway.Answer, error)
}

// byAnybody serves a caller without a token.
type byAnybody serveFunc

func (byAnybody) scopes() []string { return nil }

func (serve byAnybody) answer(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
	return serve(a, ctx, r)
}

// byPerson serves people who act for themselves.
type byPerson serveFunc

func (byPerson) scopes() []string { return []string{api.ScopeSelf} }

func (serve byPerson) answer(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
	if err := r.call.Check(serve.scopes()...); err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	subject, err := a.Pseudonyms.Of(r.call.Claims[cat.Identity.Claim])
	if err != nil {
		return nil, gateway.Errorf(gateway.ErrUnauthenticated, "the token's claim %q does not name a person: %v", cat.Identity.Claim, err)
	}
	r.subject = subject
	return serve(a, ctx, r)
}
