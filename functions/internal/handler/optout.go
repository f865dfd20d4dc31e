package handler

import (
	"context"
	"net/http"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// optOutSchema is that of an opt-out's body.
const optOutSchema = "opt-out/1"

func (a *API) postOptOut(ctx context.Context, r *request) (*response, error) {
	var cmd consent.OptOut
	return a.command(ctx, r, optOutSchema, &cmd, func() consent.Command { return cmd })
}

// command reads a body into v, carries out the command that it makes, and
// answers the receipt.
func (a *API) command(ctx context.Context, r *request, schema string, v any, cmd func() consent.Command) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	if err := r.body(schema, v); err != nil {
		return nil, err
	}
	return a.carryOut(ctx, r, cmd(), a.context(r))
}

// carryOut carries a command out, and answers the receipt.
func (a *API) carryOut(ctx context.Context, r *request, cmd consent.Command, c consent.Context) (*response, error) {
	key, err := r.idempotencyKey()
	if err != nil {
		return nil, err
	}
	result, err := a.Registrar.Do(ctx, r.subject, key, cmd, c)
	if err != nil {
		return nil, err
	}
	return created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, requestMember(r, result.Claims))
}

// postSignals acts on a Global Privacy Control signal that somebody sent
// deliberately: it needs no body, and appends only if it changes something.
func (a *API) postSignals(ctx context.Context, r *request) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	if r.event.Body != "" {
		var body struct{}
		if err := r.body("signal/1", &body); err != nil {
			return nil, err
		}
	}
	key, err := r.idempotencyKey()
	if err != nil {
		return nil, err
	}
	c := a.context(r)
	c.Actor.Role, c.Evidence.GPC = statement.RoleSignal, true
	result, err := a.Registrar.Do(ctx, r.subject, key, consent.Signal{}, c)
	if err != nil {
		return nil, err
	}
	if result == nil {
		return &response{status: http.StatusNoContent, headers: map[string]string{"cache-control": "no-store"}}, nil
	}
	return created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, nil)
}
