package handler

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

var doorRoutes = []route{
	atDoor("GET /v1/contact-requests", asking((*API).getDoor)),
	atDoor("POST /v1/contact-requests", (*API).postContactRequest),
	byLink("GET /v1/contact-request", asking((*API).getContactState)),
	byLink("POST /v1/contact-request", (*API).submitContactRequest),
	byLink("DELETE /v1/contact-request", (*API).deleteContactRequest),
	byLink("GET /v1/contact-request/receipts/{seq}", (*API).getContactReceipt),
}

// atDoor serves a caller without a token, for whom nothing is looked up.
func atDoor(pattern string, serve serveFunc) route {
	return route{gateway.Route{Pattern: pattern, Function: "door"}, serve}
}

// byLink serves somebody without an account by the link that they have. It opens one request,
// and nothing else in the ledger of the contact.
func byLink(pattern string, serve serveFunc) route {
	return atDoor(pattern, func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		scheme, text, _ := strings.Cut(r.header("Authorization"), " ")
		link, err := a.Door.Links.Read(text)
		if err != nil || !strings.EqualFold(scheme, "Bearer") {
			return nil, gateway.Errorf(gateway.ErrUnauthenticated, "this takes the link of a contact as a bearer token: %v", door.ErrLink)
		}
		if r.subject, err = a.Door.Whose(link); err != nil {
			return nil, err
		}
		r.link = link
		return serve(a, ctx, r)
	})
}

// getDoor answers what the form can do.
func (a *API) getDoor(context.Context, *request) (api.Door, error) {
	return api.Door{Email: a.Door.Send != nil}, nil
}

// postContactRequest sends a link by mail, and its answer is the same whatever becomes of the
// mail. Without an address it answers with a link that proves nothing.
func (a *API) postContactRequest(ctx context.Context, r *request) (*gateway.Answer, error) {
	var body api.ContactRequest
	if err := r.body("contact-request/1", &body); err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	language := cat.Language(body.Language)
	if body.Email == "" {
		link, err := a.Door.Unproven(body.Type, language)
		if err != nil {
			return nil, err
		}
		return gateway.JSON(http.StatusCreated, api.ContactLink{Link: link})
	}
	err := a.Door.Prove(ctx, body.Email, body.Type, language)
	if errors.Is(err, mail.ErrAddress) || errors.Is(err, door.ErrNoMail) {
		err = gateway.Errorf(gateway.ErrInvalidBody, "email: %v", err)
	}
	if err != nil {
		return nil, err
	}
	return gateway.JSON(http.StatusAccepted, api.ContactLink{})
}

// getContactState answers what a link is for. It sends and changes nothing, so that a scanner
// of mails may follow the link.
func (a *API) getContactState(ctx context.Context, r *request) (out api.ContactState, err error) {
	out = api.ContactState{Type: r.link.Type, Email: string(r.link.Address), Send: r.link.Sendable(), Read: r.link.Readable()}
	id, err := a.Door.Request(ctx, r.link)
	if errors.Is(err, registrar.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Life, err = a.life(ctx, r.subject, id, datarequest.Person)
	return out, err
}

// submitContactRequest sends the request of a link.
func (a *API) submitContactRequest(ctx context.Context, r *request) (*gateway.Answer, error) {
	media, err := r.accept("application/json", receipt.MediaType)
	if err != nil {
		return nil, err
	}
	var body api.ContactDetails
	if err := r.body("contact-details/1", &body); err != nil {
		return nil, err
	}
	result, err := a.Door.Submit(ctx, r.link, body.Details)
	if err != nil {
		return nil, err
	}
	return given(r, result, media, http.StatusCreated)
}

// deleteContactRequest takes the request of a link back.
func (a *API) deleteContactRequest(ctx context.Context, r *request) (*gateway.Answer, error) {
	media, err := r.accept("application/json", receipt.MediaType)
	if err != nil {
		return nil, err
	}
	result, err := a.Door.TakeBack(ctx, r.link)
	if err != nil {
		return nil, err
	}
	return given(r, result, media, http.StatusOK)
}

// getContactReceipt answers with a receipt of the request of a link.
func (a *API) getContactReceipt(ctx context.Context, r *request) (*gateway.Answer, error) {
	id, err := a.Door.Request(ctx, r.link)
	if err != nil {
		return nil, err
	}
	all, _, err := a.Registrar.Statements(ctx, r.subject, id)
	if err != nil {
		return nil, err
	}
	seq, err := number("seq", r.PathValue("seq"), 1, ledger.MaxSeq)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(all, func(s registrar.Stated) bool { return s.Seq == seq }) {
		return nil, noSuch("receipt of the request")
	}
	return a.getReceipt(ctx, r)
}
