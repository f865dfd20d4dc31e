package handler

import (
	"context"
	"net/http"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

var requestRoutes = []route{
	byPerson("POST /v1/data-requests", "datarequest", commanding("data-request/1", (*API).postDataRequest)),
	byPerson("GET /v1/data-requests", "datarequest", asking((*API).getDataRequests)),
	byPerson("GET /v1/data-requests/{id}", "datarequest", asking((*API).getDataRequest)),
	byPerson("GET /v1/data-requests/{id}/manifest", "datarequest", (*API).getManifest),
	byPerson("DELETE /v1/data-requests/{id}", "datarequest", commanding("", (*API).deleteDataRequest)),
	reads("GET /v1/operator/people/{person}/data-requests", "data-requests.read", inPath, asking((*API).getDataRequests)),
	acts("POST /v1/operator/people/{person}/data-requests", "data-request.enter", inPath, commanding("entered-request/1", (*API).postDataRequestFor)),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/parts", "data-request.part", inPath, commanding("request-part/1", (*API).postPart)),
	reads("GET /v1/operator/people/{person}/data-requests/{id}/manifest", "manifest.read", inPath, (*API).getManifest),
}

// longAgo bounds how long ago a request may have been received when the staff enters it.
const longAgo = 366 * 24 * time.Hour

// postDataRequest opens a request of the person who calls, whose number is kept sealed.
func (a *API) postDataRequest(_ context.Context, r *request, body consent.RequestData, o *order) error {
	o.Command, o.as.Customer = body, r.customer
	return nil
}

// postDataRequestFor enters a request that a person made by letter, by phone or at the
// counter. It counts from the moment at which the controller received it.
func (a *API) postDataRequestFor(_ context.Context, r *request, body api.EnteredRequest, o *order) (err error) {
	o.Command = body.RequestData
	if o.as.Customer, err = a.customerOf(r, body.Customer); err != nil || body.Received == "" {
		return err
	}
	if o.as.OccurredAt, err = a.moment(body.Received, body.Type); err != nil {
		return gateway.Errorf(gateway.ErrInvalidBody, "received must be a date, such as 2026-12-31, or a date-time")
	}
	if ago := a.Registrar.Clock().Sub(o.as.OccurredAt); ago < 0 || ago > longAgo {
		return gateway.Errorf(gateway.ErrInvalidBody, "received must not be in the future, and not over 366 days ago")
	}
	return nil
}

// moment reads a date-time (RFC 3339), or a date in the time zone of a type's rule.
func (a *API) moment(text, kind string) (time.Time, error) {
	cat, _ := a.Registrar.Catalogue.Current()
	calendar, err := cat.DataRequests.Calendar(statement.Rule(cat.DataRequests.RuleFor(kind)))
	if err != nil {
		return time.Time{}, err
	}
	moment, err := calendar.Moment(text)
	if now := a.Registrar.Clock(); moment.After(now) && text == calendar.Today(now).String() {
		moment = now // today's date, which UTC does not have yet
	}
	return moment, err
}

func (a *API) getDataRequests(ctx context.Context, r *request) (out api.OpenRequests, err error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	if out.Requests = standing.Requests; out.Requests == nil {
		out.Requests = []statement.Request{}
	}
	return out, err
}

func (a *API) getDataRequest(ctx context.Context, r *request) (statement.Request, error) {
	return a.Registrar.Find(ctx, r.subject, r.PathValue("id"))
}

// postPart adds a part from one of the controller's systems to the answer to a request.
func (a *API) postPart(_ context.Context, r *request, part statement.Part, o *order) error {
	reference, err := r.caseReference()
	o.Command = consent.AddPart{ID: r.PathValue("id"), Part: part, Case: reference}
	return err
}

// getManifest answers with the signed list of the parts of an answer to a request for data.
func (a *API) getManifest(ctx context.Context, r *request) (*gateway.Answer, error) {
	media, err := r.accept("application/json", "application/jose")
	if err != nil {
		return nil, err
	}
	list, token, err := a.Registrar.Manifest(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if media == "application/jose" {
		return gateway.With(http.StatusOK, media, []byte(token)), nil
	}
	return gateway.JSON(http.StatusOK, api.Manifest{Manifest: list, Signed: token})
}

// deleteDataRequest takes a request back. Its id is the key when none is sent,
// so that a repetition returns the same receipt.
func (a *API) deleteDataRequest(_ context.Context, r *request, _ noBody, o *order) error {
	o.Command, o.status = consent.TakeBack{ID: r.PathValue("id")}, http.StatusOK
	if r.header(api.IdempotencyKey) == "" {
		o.key = r.PathValue("id")
	}
	return nil
}
