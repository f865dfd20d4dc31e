package handler

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

func (a *API) postDataRequests(ctx context.Context, r *request) (*response, error) {
	var cmd consent.RequestData
	return a.command(ctx, r, "data-request/1", &cmd, func() consent.Command { return cmd })
}

// longAgo is how long ago a request may have been received that the staff enters.
const longAgo = 366 * 24 * time.Hour

// postDataRequestFor enters what a person asked for by letter, by phone or at the
// counter: it counts from when it was received there.
func (a *API) postDataRequestFor(ctx context.Context, r *request) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	var body struct {
		consent.RequestData
		Received string
	}
	if err := r.body("entered-request/1", &body); err != nil {
		return nil, err
	}
	c := a.context(r)
	if body.Received != "" {
		var err error
		if c.OccurredAt, err = a.moment(body.Received); err != nil {
			return nil, problemf(ErrInvalidBody, "received: a date, such as 2026-12-31, or a date-time")
		}
		if ago := a.Registrar.Clock().Sub(c.OccurredAt); ago < 0 || ago > longAgo {
			return nil, problemf(ErrInvalidBody, "received: not in the future, and not over 366 days ago")
		}
	}
	return a.carryOut(ctx, r, body.RequestData, c)
}

// moment reads a date-time (RFC 3339), or a date in the controller's time zone: its first
// moment that is of the same date in UTC too. Receipts say moments in UTC, and the docket
// has its months from there: a letter of the 1st is of the 1st everywhere.
func (a *API) moment(text string) (time.Time, error) {
	if len(text) != len(time.DateOnly) {
		return time.Parse(time.RFC3339, text)
	}
	cat, _ := a.Registrar.Catalogue.Current()
	zone, err := time.LoadLocation(cat.DataRequests.Timezone)
	if err != nil {
		return time.Time{}, err
	}
	here, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return time.Time{}, err
	}
	moment, now := here, a.Registrar.Clock()
	if utc := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, time.UTC); utc.After(here) {
		moment = utc
	}
	if moment.After(now) && !here.After(now) {
		moment = now // today's date, which UTC does not have yet
	}
	return moment, nil
}

// requestMember gives the data request that a receipt states, for the answer. One for
// data is answered at once with what this service has: where that is.
func requestMember(r *request, c receipt.Claims) map[string]any {
	if len(c.Request) == 0 {
		return nil
	}
	members := map[string]any{"request": c.Request[0].Value}
	var asked statement.Request
	if json.Unmarshal(c.Request[0].Value, &asked) == nil && asked.Open() && asked.Type.HasParts() {
		answer := map[string]string{"manifest": r.base() + "/data-requests/" + asked.ID + "/manifest"}
		if r.staff == nil { // the bundle is the person's own
			answer["bundle"] = r.base() + "/receipts/bundle"
		}
		members["answer"] = answer
	}
	return members
}

func (a *API) getDataRequests(ctx context.Context, r *request) (*response, error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	open := standing.Requests
	if open == nil {
		open = []statement.Request{}
	}
	return withJSON(http.StatusOK, map[string]any{"requests": open})
}

func (a *API) getDataRequest(ctx context.Context, r *request) (*response, error) {
	found, err := a.Registrar.Find(ctx, r.subject, r.event.PathParameters["id"])
	if err != nil {
		return nil, err
	}
	return withJSON(http.StatusOK, found)
}

// postPart adds to the answer to a request what one of the controller's systems has.
func (a *API) postPart(ctx context.Context, r *request) (*response, error) {
	var part statement.Part
	reference, err := r.caseReference()
	if err != nil {
		return nil, err
	}
	return a.command(ctx, r, "request-part/1", &part, func() consent.Command {
		return consent.AddPart{ID: r.event.PathParameters["id"], Part: part, Case: reference}
	})
}

// getManifest answers of what the answer to a request for data consists, signed.
func (a *API) getManifest(ctx context.Context, r *request) (*response, error) {
	media := accept(r.header("Accept"), "application/json", "application/jose")
	if media == "" {
		return nil, notAcceptable("application/json", "application/jose")
	}
	list, token, err := a.Registrar.Manifest(ctx, r.subject, r.event.PathParameters["id"])
	if err != nil {
		return nil, err
	}
	if media == "application/jose" {
		return with(http.StatusOK, media, []byte(token)), nil
	}
	return withJSON(http.StatusOK, struct {
		manifest.Manifest
		Signed string `json:"manifest"`
	}{list, token})
}

// deleteDataRequest takes a request back. Its id is the key when none is sent,
// so that a repetition returns the same receipt.
func (a *API) deleteDataRequest(ctx context.Context, r *request) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	id := r.event.PathParameters["id"]
	key := id
	if r.header("Idempotency-Key") != "" {
		var err error
		if key, err = r.idempotencyKey(); err != nil {
			return nil, err
		}
	}
	result, err := a.Registrar.Do(ctx, r.subject, key, consent.TakeBack{ID: id}, a.context(r))
	if err != nil {
		return nil, err
	}
	res, err := created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, requestMember(r, result.Claims))
	if err != nil {
		return nil, err
	}
	res.status = http.StatusOK
	return res, nil
}
