package protocols

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/statement"
)

// as binds a route to the dialect of its path.
func as(d opendsr.Dialect, serve func(*API, context.Context, *request, opendsr.Dialect) (*gateway.Answer, error)) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		if a.OpenDSR == nil {
			return nil, errNotConfigured
		}
		return serve(a, ctx, r, d)
	}
}

// controllerRefusal refuses in the words of OpenDSR.
func controllerRefusal(err error) *gateway.Answer {
	if r, ok := errors.AsType[*opendsr.Refusal](err); ok {
		return inJSON(http.StatusBadRequest, r.Body())
	}
	rung := problem.Find(err)
	return inJSON(rung.Status, opendsr.ErrorBody(rung.Status, rung.Title))
}

func (a *API) discovery(_ context.Context, _ *request, d opendsr.Dialect) (*gateway.Answer, error) {
	return inJSON(http.StatusOK, d.Discovery("https://"+a.OpenDSR.Signer.Domain()+"/v2/certificate.pem")), nil
}

func (a *API) certificate(context.Context, *request, opendsr.Dialect) (*gateway.Answer, error) {
	return gateway.With(http.StatusOK, "application/x-pem-file", a.OpenDSR.Signer.Chain()), nil
}

// controller names the controller of a verified token.
func (a *API) controller(r *request) (counter.Party, error) {
	call := gateway.CallOf(r.Request)
	if err := call.Check(ScopeController); err != nil {
		return counter.Party{}, err
	}
	id := a.OpenDSR.Controllers[call.Claims["client_id"]]
	if id == "" {
		return counter.Party{}, gateway.Errorf(gateway.ErrForbidden, "the client of the token is no controller")
	}
	return counter.Party{Protocol: counter.OpenDSR, ID: id}, nil
}

func (a *API) open(ctx context.Context, r *request, d opendsr.Dialect) (*gateway.Answer, error) {
	party, err := a.controller(r)
	if err != nil {
		return nil, err
	}
	body := r.body()
	asked, err := opendsr.Parse(body, d, a.OpenDSR.Signer.Domain(), a.Clock())
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(body)
	ticket, err := a.Counter.Open(ctx, counter.Request{
		Origin: counter.Origin{Party: party, OldNames: d == opendsr.OpenGDPR, ID: asked.ID, Law: asked.Regulation, Callbacks: asked.Callbacks},
		Key:    party.Key(asked.ID), Digest: hex.EncodeToString(digest[:]),
		Type: asked.Type, CustomerID: asked.CustomerID, Submitted: asked.SubmittedAt,
	})
	if err != nil {
		return nil, err
	}
	progress, err := controllerProgress(ticket)
	if err != nil {
		return nil, err
	}
	return a.signed(ctx, d, http.StatusCreated, opendsr.Accepted(progress, body))
}

// find returns the request that a path names, with its present state.
func (a *API) find(ctx context.Context, r *request) (counter.Ticket, opendsr.Progress, error) {
	party, err := a.controller(r)
	if err != nil {
		return counter.Ticket{}, opendsr.Progress{}, err
	}
	if !opendsr.ValidID(r.id()) {
		return counter.Ticket{}, opendsr.Progress{}, counter.ErrNotFound
	}
	ticket, err := a.Counter.Find(ctx, party, r.id())
	if err != nil {
		return counter.Ticket{}, opendsr.Progress{}, err
	}
	progress, err := controllerProgress(ticket)
	return ticket, progress, err
}

func (a *API) controllerStatus(ctx context.Context, r *request, d opendsr.Dialect) (*gateway.Answer, error) {
	_, progress, err := a.find(ctx, r)
	if err != nil {
		return nil, err
	}
	return a.signed(ctx, d, http.StatusOK, d.Status(progress))
}

// cancel takes a pending request back (section 9). Cancelling again gives the same answer.
func (a *API) cancel(ctx context.Context, r *request, d opendsr.Dialect) (*gateway.Answer, error) {
	ticket, progress, err := a.find(ctx, r)
	if err != nil {
		return nil, err
	}
	if progress.Status != opendsr.Pending && ticket.State != statement.TakenBack {
		return nil, counter.ErrEnded
	}
	if _, err := a.Counter.TakeBack(ctx, ticket.Origin.Party, r.id()); err != nil {
		return nil, err
	}
	return a.signed(ctx, d, http.StatusAccepted, d.Cancellation(progress, a.Clock()))
}

func (a *API) signed(ctx context.Context, d opendsr.Dialect, code int, body []byte) (*gateway.Answer, error) {
	headers, err := a.OpenDSR.Signer.Headers(ctx, d, body)
	if err != nil { // the key cannot be used now
		return nil, fmt.Errorf("%w: %w", counter.ErrBusy, err)
	}
	out := inJSON(code, body)
	maps.Copy(out.Header, headers)
	return out, nil
}

// controllerProgress writes a ticket in the words of OpenDSR.
func controllerProgress(t counter.Ticket) (opendsr.Progress, error) {
	told, ok := opendsr.States[t.State]
	if !ok {
		return opendsr.Progress{}, fmt.Errorf("state %q has no status", t.State)
	}
	return opendsr.Progress{
		ControllerID: t.Origin.Party.ID, RequestID: t.ID, Received: t.Received, Expected: t.Expected, Status: told,
	}, nil
}
