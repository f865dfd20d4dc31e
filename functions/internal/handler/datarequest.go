package handler

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
)

func (a *API) postDataRequests(ctx context.Context, r *request) (*response, error) {
	var cmd consent.RequestData
	return a.command(ctx, r, "data-request/1", &cmd, func() consent.Command { return cmd })
}

// requestMember gives the data request that a receipt states, for the answer.
func requestMember(c receipt.Claims) map[string]any {
	if len(c.Request) == 0 {
		return nil
	}
	return map[string]any{"request": c.Request[0].Value}
}

func (a *API) getDataRequests(ctx context.Context, r *request) (*response, error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	open := standing.Requests
	if open == nil {
		open = []consent.Request{}
	}
	return withJSON(http.StatusOK, map[string]any{"requests": open})
}

func (a *API) getDataRequest(ctx context.Context, r *request) (*response, error) {
	found, err := a.findRequest(ctx, r.subject, r.event.PathParameters["id"])
	if err != nil {
		return nil, err
	}
	return withJSON(http.StatusOK, found)
}

// findRequest returns the newest statement of a data request: an open one is in
// the standing, an ended one in an earlier receipt.
func (a *API) findRequest(ctx context.Context, subject, id string) (json.RawMessage, error) {
	standing, err := a.Registrar.Standing(ctx, subject)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(standing.Requests, func(q consent.Request) bool { return q.ID == id }); i >= 0 {
		return json.Marshal(standing.Requests[i])
	}
	var found json.RawMessage
	for from := uint64(1); from <= standing.Seq; {
		page, err := a.Registrar.Receipts(ctx, subject, from, pageSize)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, rec := range page {
			if match := statement(rec, id); match != nil {
				found = match
			}
		}
		from = page[len(page)-1].Seq + 1
	}
	if found == nil {
		return nil, noSuch("data request")
	}
	return found, nil
}

// statement returns what a receipt says of a data request, as the standing would.
func statement(rec *receipt.Receipt, id string) json.RawMessage {
	for _, e := range rec.Request {
		var s consent.RequestStatement
		if json.Unmarshal(e.Value, &s) == nil && s.ID == id {
			b, _ := json.Marshal(s.Request) // it was JSON a line ago
			return b
		}
	}
	return nil
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
	res, err := created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, requestMember(result.Claims))
	if err != nil {
		return nil, err
	}
	res.status = http.StatusOK
	return res, nil
}
