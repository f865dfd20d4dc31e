package handler

import (
	"context"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
)

var contactRoutes = []route{
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/links", linkDid, contactInPath, linking),
}

// linkDid is what the records of both sides say that the staff did.
const linkDid = "contact.link"

// linkSchema is that of the body that links a contact.
const linkSchema = "case-link/1"

// contactInPath is inPath of a request of somebody without an account.
func contactInPath(a *API, r *request) (subject ledger.Subject, thing string, err error) {
	if subject, thing, err = inPath(a, r); err == nil && subject.Kind() != ledger.KindContact {
		return ledger.Subject{}, "", noSuch("person without an account")
	}
	return subject, thing, err
}

// linking says which customer made the request of a contact. The customer sees the act too, and
// neither of the two records names the other side: the ledger of the case alone does. Nothing
// moves: each receipt stays in the ledger in which it is. A number under which nothing is recorded
// may be mistyped, so nobody is linked to it.
func linking(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
	to, err := a.linked(r)
	if err != nil {
		return nil, err
	}
	if _, err := a.Registrar.Find(ctx, r.subject, r.PathValue("id")); err != nil {
		return nil, err
	}
	reference, _ := r.caseReference() // byStaff checked it
	record := looks.Act{Staff: r.staff.id, Role: r.staff.role, Did: linkDid, Case: reference, About: r.PathValue("id")}
	if err := a.Audit.Append(ctx, audit.Of(to), record); err != nil {
		return nil, err
	}
	switch known, err := a.Registrar.Standing(ctx, to); {
	case err != nil:
		return nil, err
	case known.Seq == 0:
		return nil, noSuch("customer of whom anything is recorded")
	}
	return working(linkSchema, func(*request, api.CaseLink) casefile.Sent {
		return casefile.Sent{Act: casefile.Act{Did: casefile.Link, To: to.Pseudonym()}}
	})(a, ctx, r)
}

// linked reads which customer a body names.
func (a *API) linked(r *request) (ledger.Subject, error) {
	var body api.CaseLink
	if err := r.body(linkSchema, &body); err != nil {
		return ledger.Subject{}, err
	}
	if body.Person != "" {
		return ledger.Person(body.Person), nil // the schema checked it
	}
	pseudonym, err := a.Pseudonyms.Of(body.Customer)
	if err != nil {
		return ledger.Subject{}, gateway.Errorf(gateway.ErrInvalidBody, "customer: %v", err)
	}
	return ledger.Person(pseudonym), nil
}
