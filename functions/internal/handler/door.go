package handler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/registrar"
)

var doorRoutes = []route{
	atDoor("GET /v1/contact-requests", asking((*API).getDoor)),
	atDoor("POST /v1/contact-requests", (*API).postContactRequest),
	byLink("GET /v1/contact-request", asking((*API).getContactState)),
	byLink("POST /v1/contact-request", (*API).submitContactRequest),
	byLink("DELETE /v1/contact-request", (*API).deleteContactRequest),
	bySent("GET /v1/contact-request/receipts/{seq}", (*API).getContactReceipt),
	bySent("GET /v1/contact-request/receipts/bundle", (*API).getContactBundle),
	bySent("GET /v1/contact-request/attachments/{digest}", asking((*API).getContactAttachment)),
	bySent("GET /v1/contact-request/audit", asking((*API).getContactAudit)),
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

// bySent is byLink for what there is once the request of the link was sent. Its id is in the path,
// as it is for others.
func bySent(pattern string, serve serveFunc) route {
	return byLink(pattern, func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		id, err := a.Door.Request(ctx, r.link)
		if err != nil {
			return nil, err
		}
		r.SetPathValue("id", id)
		return serve(a, ctx, r)
	})
}

// getDoor answers what the form can do.
func (a *API) getDoor(context.Context, *request) (api.Door, error) {
	return api.Door{Email: a.Door.Send != nil}, nil
}

// postContactRequest sends a link by mail, to a new request or to one that was sent, and its answer
// is the same whatever is known of the address. A mail that nobody takes to send is a 503. Without
// an address it answers with a link that proves nothing.
func (a *API) postContactRequest(ctx context.Context, r *request) (*gateway.Answer, error) {
	var body api.ContactRequest
	if err := r.body("contact-request/1", &body); err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	language := cat.Language(body.Language)
	if body.Email == "" && body.Request == "" {
		link, err := a.Door.Unproven(body.Type, language)
		if err != nil {
			return nil, err
		}
		return gateway.JSON(http.StatusCreated, api.ContactLink{Link: link})
	}
	var err error
	if body.Request == "" {
		err = a.Door.Prove(ctx, body.Email, body.Type, language)
	} else {
		err = a.Door.Again(ctx, body.Email, body.Request, language)
	}
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

// told lists the numbers of the receipts on the request of a link, in order.
func (a *API) told(ctx context.Context, r *request) (seqs []uint64, err error) {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	for _, s := range all {
		seqs = append(seqs, s.Seq)
	}
	return seqs, err
}

// getContactReceipt answers with a receipt of the request of a link.
func (a *API) getContactReceipt(ctx context.Context, r *request) (*gateway.Answer, error) {
	seqs, err := a.told(ctx, r)
	if err != nil {
		return nil, err
	}
	seq, err := number("seq", r.PathValue("seq"), 1, ledger.MaxSeq)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(seqs, seq) {
		return nil, noSuch("receipt of the request")
	}
	return a.getReceipt(ctx, r)
}

// getContactBundle answers with the receipts of the request of a link, as a ZIP file. Who looked is
// in it if the contact has no other request: a list of records with some left out proves nothing.
func (a *API) getContactBundle(ctx context.Context, r *request) (*gateway.Answer, error) {
	all, newest, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	looked := func() ([]byte, error) { return a.newestAudit(ctx, r.subject) }
	if newest.Seq != uint64(len(all)) {
		looked = nil
	}
	return a.bundle(ctx, r, func(from uint64, limit int) (some []*receipt.Receipt, err error) {
		for _, s := range all {
			if s.Seq < from || len(some) == limit {
				continue
			}
			rec, err := a.Registrar.Receipt(ctx, r.subject, s.Seq)
			if err != nil {
				return nil, err
			}
			some = append(some, rec)
		}
		return some, nil
	}, looked)
}

// getContactAttachment answers where a contact can read a file of the answer: by a link that went
// to the mailbox within a day, and not by one that has lain about since.
func (a *API) getContactAttachment(ctx context.Context, r *request) (out api.Attachment, err error) {
	if until := r.link.Sendable(); !a.Registrar.Clock().Before(until) {
		return out, fmt.Errorf("%w: it showed files until %s", door.ErrLate, until.Format(time.RFC3339))
	}
	return a.getOwnAttachment(ctx, r)
}

// getContactAudit answers with the records of who looked at the request of a link, or at the
// contact without a request. Those about other requests of the same address are left out.
func (a *API) getContactAudit(ctx context.Context, r *request) (*api.Looks, error) {
	seqs, err := a.told(ctx, r)
	if err != nil {
		return nil, err
	}
	about := []string{"", r.PathValue("id")}
	for _, seq := range seqs {
		about = append(about, strconv.FormatUint(seq, 10))
	}
	return a.auditPage(ctx, r, audit.Of(r.subject), func(rec *looks.Record) bool { return slices.Contains(about, rec.About) })
}
