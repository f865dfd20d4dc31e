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

// postIdentity answers with whose a data request is, as it was sealed with the request: the
// number of a customer, or the address of somebody without an account. The seal is not signed, so
// what it opens to is believed only if it leads to the ledger that has it.
func (a *API) postIdentity(ctx context.Context, r *request) (out api.Identity, err error) {
	sealed, err := a.Registrar.Sealed(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return out, err
	}
	opened, err := a.Identify(ctx, r.subject, sealed)
	if err != nil {
		return out, err
	}
	name, known, leads := &out.Customer, a.Pseudonyms.Of, ledger.Person
	if r.subject.Kind() == ledger.KindContact {
		name, known, leads = &out.Email, a.Pseudonyms.Contact, ledger.Contact
	}
	id, err := known(opened)
	if err != nil || leads(id) != r.subject {
		return out, fmt.Errorf("%w: it is another person's", identity.ErrSealed)
	}
	*name = opened
	return out, nil
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
