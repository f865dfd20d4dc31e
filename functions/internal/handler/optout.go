package handler

import (
	"context"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

var optOutRoutes = []route{
	byPerson("POST /v1/opt-out", "optout", commanding(optOutSchema, itself[consent.OptOut])),
	byPerson("POST /v1/signals", "optout", commanding("", (*API).postSignals)),
	acts("POST /v1/operator/people/{person}/opt-out", "opt-out", customerInPath, commanding(optOutSchema, itself[consent.OptOut])),
}

// optOutSchema is that of an opt-out's body.
const optOutSchema = "opt-out/1"

// postSignals acts on a Global Privacy Control signal that somebody sent deliberately. It
// needs no body, and appends a receipt only if the signal changes something.
func (a *API) postSignals(_ context.Context, r *request, _ noBody, o *order) error {
	o.Command, o.as.Actor.Role, o.as.Evidence.GPC = consent.Signal{}, statement.RoleSignal, true
	if sent, err := r.bytes(); err != nil || len(sent) == 0 {
		return err
	}
	return r.body("signal/1", new(api.Signal))
}
