package protocols

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// fatal lists the errors of the counter after which the agent need not ask again.
var fatal = []error{counter.ErrMismatch, counter.ErrNotCovered, counter.ErrEnded}

// agentRefusal refuses in the words of DRP. An agent that asks for another agent's request
// (2.02.1) gets the same answer as one that asks for a request that does not exist.
func agentRefusal(err error) *gateway.Answer {
	if r, ok := errors.AsType[*drp.Refusal](err); ok {
		return inJSON(r.Status, r.Body())
	}
	if errors.Is(err, counter.ErrNotFound) {
		return inJSON(http.StatusForbidden, drp.ErrorBody(http.StatusForbidden, "not a request of this agent", false))
	}
	rung := problem.Find(err)
	return inJSON(rung.Status, drp.ErrorBody(rung.Status, rung.Title, slices.Contains(fatal, rung.Err)))
}

// keyRefusal refuses a token. Every refusal is a 403 without a body (2.05).
func keyRefusal(err error) *gateway.Answer {
	if _, refused := errors.AsType[*drp.Refusal](err); refused || errors.Is(err, errNotConfigured) {
		return &gateway.Answer{Status: http.StatusForbidden}
	}
	return agentRefusal(err)
}

// byAgent serves the agent whose token the request has.
func byAgent(serve func(*API, context.Context, *request, counter.Party) (*gateway.Answer, error)) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		if a.DRP == nil {
			return nil, errNotConfigured
		}
		id, err := a.DRP.Tokens.Agent(r.bearer())
		if err != nil {
			return nil, err
		}
		return serve(a, ctx, r, counter.Party{Protocol: counter.DRP, ID: id})
	}
}

func (a *API) exercise(ctx context.Context, r *request, party counter.Party) (*gateway.Answer, error) {
	e, err := a.DRP.Receiver.Exercise(r.body(), party.ID, a.Clock())
	if err != nil {
		return nil, err
	}
	kind, _ := e.Action.Type() // Exercise refuses a request without a token
	asked := counter.Request{
		Origin: counter.Origin{Party: party, ID: e.AgentRequestID, Law: e.Regime}, Key: party.Key(e.Key), Digest: e.Digest,
		Type: kind, Person: &e.Person,
	}
	if e.StatusCallback != "" {
		asked.Origin.Callbacks = []string{e.StatusCallback}
	}
	ticket, err := a.Counter.Open(ctx, asked)
	return tell(ticket, err)
}

func (a *API) agentStatus(ctx context.Context, r *request, party counter.Party) (*gateway.Answer, error) {
	ticket, err := a.Counter.Find(ctx, party, r.id())
	return tell(ticket, err)
}

// revoke takes a request back (2.04). Revoking again gives the same answer. The reason is
// free text, and nothing of it is kept.
func (a *API) revoke(ctx context.Context, r *request, party counter.Party) (*gateway.Answer, error) {
	if err := a.DRP.Receiver.Revoke(r.body(), party.ID); err != nil {
		return nil, err
	}
	ticket, err := a.Counter.TakeBack(ctx, party, r.id())
	return tell(ticket, err)
}

// tell answers with the status document of a ticket.
func tell(t counter.Ticket, err error) (*gateway.Answer, error) {
	if err != nil {
		return nil, err
	}
	body, err := agentBody(t)
	return inJSON(http.StatusOK, body), err
}

// keySetup gives a token to an agent (2.05).
func (a *API) keySetup(_ context.Context, r *request) (*gateway.Answer, error) {
	if a.DRP == nil {
		return nil, errNotConfigured
	}
	if err := a.DRP.Receiver.KeySetup(r.body(), r.id(), a.Clock()); err != nil {
		return nil, err
	}
	token, err := a.DRP.Tokens.New(r.id())
	return inJSON(http.StatusOK, drp.TokenBody(r.id(), token)), err
}

// agentInformation says that a token is good (2.06).
func (a *API) agentInformation(_ context.Context, r *request, party counter.Party) (*gateway.Answer, error) {
	if party.ID != r.id() {
		return nil, fmt.Errorf("%w: %w", counter.ErrNotFound, drp.ErrAgent)
	}
	return inJSON(http.StatusOK, []byte("{}")), nil
}

// agentBody writes a ticket in the words of DRP.
func agentBody(t counter.Ticket) ([]byte, error) {
	told, reason, ok := drp.StatusOf(t.State, t.Reason)
	if !ok {
		return nil, fmt.Errorf("state %q has no status", t.State)
	}
	p := drp.Progress{
		RequestID: t.ID, AgentRequestID: t.Origin.ID, Status: told, Reason: reason, Received: t.Received, Expected: t.Expected, Details: agentDetails(t),
	}
	switch {
	case reason == drp.NeedUserVerification:
		p.VerificationURL = t.Portal
	case told == drp.Fulfilled && t.Type.HasParts():
		p.ResultsURL = t.Portal
	}
	return p.Body()
}

// inWords has the words that receipts use for requests.
var inWords = wording.Load().In(wording.Fallback)

// details tells the person what the status of a ticket does not say (3.03).
func agentDetails(t counter.Ticket) string {
	say := func(key, id string) string {
		if inWords.Has(key + id) {
			return inWords.Say(key + id)
		}
		return strings.ReplaceAll(id, "-", " ") // the reason of an operator's own rule, or of whoever finds the person
	}
	out := say("request-state.", string(t.State))
	if t.Reason != "" {
		out += ": " + say("request-reason.", t.Reason)
	}
	if t.Complaint != nil {
		out += ". To complain: " + strings.TrimSpace(t.Complaint.Source+" "+t.Complaint.URL)
	}
	if t.Type == statement.OptOutOfSale && !t.State.Ended() {
		out += ". It has been in force here since it was received"
	}
	return out
}
