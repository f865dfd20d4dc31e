package protocols

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/statement"
)

// agentProblem is an answer that is no success, in DRP.
func agentProblem(err error) answer {
	var r *drp.Refusal
	if errors.As(err, &r) {
		return answer{status: r.Status, body: r.Body(), refusal: err}
	}
	code, message, fatal := status(err)
	return answer{status: code, body: drp.ErrorBody(code, message, fatal), refusal: err}
}

// forbidden is the answer where an agent asks for what is another's (2.02.1), and
// where it asks for what there is not: it cannot tell which.
func forbidden(why error) answer {
	return answer{
		status: http.StatusForbidden, body: drp.ErrorBody(http.StatusForbidden, "not a request of this agent", false), refusal: why,
	}
}

// agent names the agent whose token came along.
func (a *API) agent(r *request) (counter.Party, *answer) {
	if a.DRP == nil {
		out := answer{
			status: http.StatusNotFound, refusal: errNotConfigured,
			body: drp.ErrorBody(http.StatusNotFound, errNotConfigured.Error(), false),
		}
		return counter.Party{}, &out
	}
	id, err := a.DRP.Tokens.Agent(r.bearer())
	if err != nil {
		out := agentProblem(err)
		return counter.Party{}, &out
	}
	return counter.Party{Protocol: counter.DRP, ID: id}, nil
}

func (a *API) exercise(ctx context.Context, r *request) answer {
	party, denied := a.agent(r)
	if denied != nil {
		return *denied
	}
	e, err := a.DRP.Receiver.Exercise(r.body(), party.ID, a.Clock())
	if err != nil {
		return agentProblem(err)
	}
	kind, _ := e.Action.Type() // Exercise refuses what has none
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

func (a *API) agentStatus(ctx context.Context, r *request) answer {
	party, denied := a.agent(r)
	if denied != nil {
		return *denied
	}
	ticket, err := a.Counter.Find(ctx, party, r.id())
	return tell(ticket, err)
}

// revoke takes a request back (2.04). Revoking again says the same. The reason is a text
// of which nothing is kept.
func (a *API) revoke(ctx context.Context, r *request) answer {
	party, denied := a.agent(r)
	if denied != nil {
		return *denied
	}
	if err := a.DRP.Receiver.Revoke(r.body(), party.ID); err != nil {
		return agentProblem(err)
	}
	ticket, err := a.Counter.TakeBack(ctx, party, r.id())
	return tell(ticket, err)
}

// tell answers with the status document.
func tell(t counter.Ticket, err error) answer {
	if errors.Is(err, counter.ErrNotFound) {
		return forbidden(err)
	}
	if err != nil {
		return agentProblem(err)
	}
	body, err := agentBody(t)
	if err != nil {
		return agentProblem(err)
	}
	return answer{status: http.StatusOK, body: body}
}

// keySetup gives an agent a token (2.05). Every refusal is a 403 without a body.
func (a *API) keySetup(_ context.Context, r *request) answer {
	err := errNotConfigured
	var token string
	if a.DRP != nil {
		if err = a.DRP.Receiver.KeySetup(r.body(), r.id(), a.Clock()); err == nil {
			if token, err = a.DRP.Tokens.New(r.id()); err != nil {
				return agentProblem(err)
			}
		}
	}
	if err != nil {
		return answer{status: http.StatusForbidden, refusal: err}
	}
	return answer{status: http.StatusOK, body: drp.TokenBody(r.id(), token)}
}

// agentInformation says that a token is good (2.06).
func (a *API) agentInformation(_ context.Context, r *request) answer {
	party, denied := a.agent(r)
	switch {
	case denied != nil:
		return *denied
	case party.ID != r.id():
		return forbidden(drp.ErrAgent)
	}
	return answer{status: http.StatusOK, body: []byte("{}")}
}

// agentBody tells a ticket in the words of DRP.
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

// words are those in which receipts tell of requests.
var words = wording.MustLoad().In(wording.Fallback)

// details says of a ticket, to the person, what its status does not (3.03).
func agentDetails(t counter.Ticket) string {
	say := func(key, id string) string {
		if words.Has(key + id) {
			return words.Say(key + id)
		}
		return strings.ReplaceAll(id, "-", " ") // of an operator's own rule, or whoever finds the person
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
