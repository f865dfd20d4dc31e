package protocols

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/statement"
)

// Errors of tokens.
var (
	errUnauthenticated = errors.New("a valid access token is needed")
	errForbidden       = errors.New("the token does not allow this")
	errNotConfigured   = errors.New("this protocol is not spoken here")
)

// as binds a route to the dialect that its path is of.
func as(d opendsr.Dialect, serve func(*API, context.Context, *request, opendsr.Dialect) answer) serveFunc {
	return func(a *API, ctx context.Context, r *request) answer {
		if a.OpenDSR == nil {
			return problemOf(http.StatusNotFound, errNotConfigured, errNotConfigured.Error())
		}
		return serve(a, ctx, r, d)
	}
}

// problemOf is an answer that is no success, in OpenDSR.
func problemOf(code int, why error, message string) answer {
	return answer{status: code, body: opendsr.ErrorBody(code, message), refusal: why}
}

func counterProblem(err error) answer {
	code, message, _ := status(err)
	return problemOf(code, err, message)
}

func (a *API) discovery(_ context.Context, _ *request, d opendsr.Dialect) answer {
	return answer{status: http.StatusOK, body: d.Discovery("https://" + a.OpenDSR.Signer.Domain() + "/v2/certificate.pem")}
}

func (a *API) certificate(context.Context, *request, opendsr.Dialect) answer {
	return answer{status: http.StatusOK, media: "application/x-pem-file", body: a.OpenDSR.Signer.Chain()}
}

// controller names the controller of a verified token.
func (a *API) controller(r *request) (counter.Party, *answer) {
	call := gateway.CallOf(r.Request)
	err := call.Check(ScopeController)
	id := a.OpenDSR.Controllers[call.Claims["client_id"]]
	switch {
	case errors.Is(err, gateway.ErrUnauthenticated):
		out := problemOf(http.StatusUnauthorized, errUnauthenticated, errUnauthenticated.Error())
		return counter.Party{}, &out
	case err != nil, id == "":
		out := problemOf(http.StatusForbidden, errForbidden, errForbidden.Error())
		return counter.Party{}, &out
	}
	return counter.Party{Protocol: counter.OpenDSR, ID: id}, nil
}

func (a *API) open(ctx context.Context, r *request, d opendsr.Dialect) answer {
	party, denied := a.controller(r)
	if denied != nil {
		return *denied
	}
	body := r.body()
	asked, err := opendsr.Parse(body, d, a.OpenDSR.Signer.Domain(), a.Clock())
	var refusal *opendsr.Refusal
	if errors.As(err, &refusal) {
		return answer{status: http.StatusBadRequest, body: refusal.Body(), refusal: err}
	}
	digest := sha256.Sum256(body)
	ticket, err := a.Counter.Open(ctx, counter.Request{
		Origin: counter.Origin{Party: party, OldNames: d == opendsr.OpenGDPR, ID: asked.ID, Law: asked.Regulation, Callbacks: asked.Callbacks},
		Key:    party.Key(asked.ID), Digest: hex.EncodeToString(digest[:]),
		Type: asked.Type, CustomerID: asked.CustomerID, Submitted: asked.SubmittedAt,
	})
	if err != nil {
		return counterProblem(err)
	}
	progress, err := controllerProgress(ticket)
	if err != nil {
		return counterProblem(err)
	}
	return a.signed(d, http.StatusCreated, opendsr.Accepted(progress, body))
}

// find returns the request that a path names, or why there is none to be had.
func (a *API) find(ctx context.Context, r *request) (counter.Party, counter.Ticket, *answer) {
	party, denied := a.controller(r)
	if denied != nil {
		return counter.Party{}, counter.Ticket{}, denied
	}
	err := counter.ErrNotFound
	var ticket counter.Ticket
	if opendsr.ValidID(r.id()) {
		ticket, err = a.Counter.Find(ctx, party, r.id())
	}
	if err != nil {
		out := counterProblem(err)
		return counter.Party{}, counter.Ticket{}, &out
	}
	return party, ticket, nil
}

func (a *API) controllerStatus(ctx context.Context, r *request, d opendsr.Dialect) answer {
	_, ticket, denied := a.find(ctx, r)
	if denied != nil {
		return *denied
	}
	progress, err := controllerProgress(ticket)
	if err != nil {
		return counterProblem(err)
	}
	return a.signed(d, http.StatusOK, d.Status(progress))
}

// cancel takes a pending request back (section 9). Cancelling again says the same.
func (a *API) cancel(ctx context.Context, r *request, d opendsr.Dialect) answer {
	party, ticket, denied := a.find(ctx, r)
	if denied != nil {
		return *denied
	}
	progress, err := controllerProgress(ticket)
	if err == nil && progress.Status != opendsr.Pending && ticket.State != statement.TakenBack {
		err = counter.ErrEnded
	}
	if err == nil {
		_, err = a.Counter.TakeBack(ctx, party, r.id())
	}
	if err != nil {
		return counterProblem(err)
	}
	return a.signed(d, http.StatusAccepted, d.Cancellation(progress, a.Clock()))
}

func (a *API) signed(d opendsr.Dialect, code int, body []byte) answer {
	headers, err := a.OpenDSR.Signer.Headers(d, body)
	if err != nil { // a key that cannot be used now
		return counterProblem(fmt.Errorf("%w: %w", counter.ErrBusy, err))
	}
	return answer{status: code, body: body, headers: headers}
}

// controllerProgress tells a ticket in the words of OpenDSR.
func controllerProgress(t counter.Ticket) (opendsr.Progress, error) {
	told, ok := opendsr.StatusOf(t.State)
	if !ok {
		return opendsr.Progress{}, fmt.Errorf("state %q has no status", t.State)
	}
	return opendsr.Progress{
		ControllerID: t.Origin.Party.ID, RequestID: t.ID, Received: t.Received, Expected: t.Expected, Status: told,
	}, nil
}
