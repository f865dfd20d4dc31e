package handler

import (
	"context"
	"fmt"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
)

var identityRoutes = []route{
	acts("POST /v1/operator/people/{person}/data-requests/{id}/identity", "identity.open", inPathWithReason, asking((*API).postIdentity)),
}

// inPathWithReason returns the person and the request whom the path names. The body says for
// what the staff opens whose request it is; the record will have this reason.
func inPathWithReason(a *API, r *request) (subject ledger.Subject, thing string, err error) {
	if subject, thing, err = inPath(a, r); err != nil {
		return subject, "", err
	}
	var body api.OpenIdentity
	if err := r.body("identity/1", &body); err != nil {
		return subject, "", err
	}
	r.reason = body.Reason
	return subject, thing, nil
}

// postIdentity answers with the customer number that was sealed with a data request. The seal is
// not signed, so the number is believed only if it leads to the person in whose ledger it was.
func (a *API) postIdentity(ctx context.Context, r *request) (api.Identity, error) {
	sealed, err := a.Registrar.Sealed(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return api.Identity{}, err
	}
	customer, err := a.Identify(ctx, r.subject, sealed)
	if err != nil {
		return api.Identity{}, err
	}
	if whose, err := a.Pseudonyms.Of(customer); err != nil || ledger.Person(whose) != r.subject {
		return api.Identity{}, fmt.Errorf("%w: it is another person's", identity.ErrSealed)
	}
	return api.Identity{Customer: customer}, nil
}

// customerOf returns the customer number that the staff gives with a request that it enters, "" if
// it gives none. It has to lead to the very person.
func (a *API) customerOf(r *request, number string) (string, error) {
	if number == "" {
		return "", nil
	}
	whose, err := a.Pseudonyms.Of(number)
	if err != nil { // the words explain the pattern of the schema
		return "", gateway.Errorf(gateway.ErrInvalidBody, "customer: %v", err)
	}
	if ledger.Person(whose) != r.subject {
		return "", gateway.Errorf(gateway.ErrInvalidBody, "customer: the number is another person's")
	}
	return number, nil
}
