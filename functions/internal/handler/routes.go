package handler

import (
	"context"
	"net/http"
	"slices"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// routes are those of every topic.
var routes = slices.Concat(optInRoutes, optOutRoutes, requestRoutes, attachmentRoutes, receiptRoutes, staffRoutes, deskRoutes, answerRoutes, proposalRoutes, caseRoutes, identityRoutes, contactRoutes, doorRoutes, publicRoutes)

// Routes lists every route. events/openapi.yaml describes the same routes.
func Routes() (list []gateway.Route) {
	for _, r := range routes {
		list = append(list, r.Route)
	}
	return list
}

// route is a route with what answers it. byAnybody, byPerson, reads or acts makes one, which
// finds out who calls before it serves.
type route struct {
	gateway.Route
	answer serveFunc
}

// Handlers returns the handlers of the routes of one function.
func (a *API) Handlers(function string) gateway.Handlers {
	refuse := problem.Refuse(a.Registrar.Catalogue.Issuer(), a.Log)
	all := gateway.Handlers{gateway.Default: gateway.Handle(a.Log, func(http.ResponseWriter, *http.Request) error {
		return gateway.Errorf(gateway.ErrNotFound, "no such route")
	}, refuse)}
	for _, route := range routes {
		if route.Function == function {
			all[route.Pattern] = gateway.Handle(a.Log, func(w http.ResponseWriter, sent *http.Request) error {
				r, err := newRequest(w, sent)
				if err != nil {
					return err
				}
				res, err := route.answer(a, sent.Context(), r)
				if err != nil {
					return err
				}
				res.Write(w)
				return nil
			}, refuse)
		}
	}
	return all
}

// serveFunc answers a request.
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

// byAnybody serves a caller without a token.
func byAnybody(pattern string, serve serveFunc) route {
	return route{gateway.Route{Pattern: pattern, Function: "receipts"}, serve}
}

// byPerson serves people who act for themselves.
func byPerson(pattern, function string, serve serveFunc) route {
	to := gateway.Route{Pattern: pattern, Scopes: []string{api.ScopeSelf}, Function: function}
	return route{to, func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		if err := r.call.Check(to.Scopes...); err != nil {
			return nil, err
		}
		cat, _ := a.Registrar.Catalogue.Current()
		subject, err := a.Pseudonyms.Of(r.call.Claims[cat.Identity.Claim])
		if err != nil {
			return nil, gateway.Errorf(gateway.ErrUnauthenticated, "the token's claim %q does not name a person: %v", cat.Identity.Claim, err)
		}
		r.subject, r.customer = ledger.Person(subject), r.call.Claims[cat.Identity.Claim]
		return serve(a, ctx, r)
	}}
}
