package handler

import (
	"context"
	"fmt"
	"net/http"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// offerAnswer is what a person, or a page, needs to put an offer before them.
type offerAnswer struct {
	Offer     string        `json:"offer"` // the signed token, to be sent back with the choices
	OfferID   string        `json:"offer_id"`
	ExpiresAt string        `json:"expires_at"`
	Seq       uint64        `json:"seq"`
	Language  string        `json:"language"`
	Catalogue string        `json:"catalogue"`
	Items     []offeredItem `json:"items"`
	Notices   []noticeText  `json:"notices"`
}

type offeredItem struct {
	Purpose       string                `json:"purpose"`
	Recipient     string                `json:"recipient"`
	RecipientName string                `json:"recipient_name"`
	Title         string                `json:"title"`
	Description   string                `json:"description"`
	Data          []offeredData         `json:"data"`
	Access        statement.AccessTerms `json:"access"`
	Valid         string                `json:"valid"`
	Retention     statement.Retention   `json:"retention"`
	Notice        string                `json:"notice"` // digest
}

type offeredData struct {
	ID        string              `json:"id"`
	Label     string              `json:"label"`
	Necessity catalogue.Necessity `json:"necessity"`
}

type noticeText struct {
	Digest   string `json:"digest"`
	Language string `json:"language"`
	Text     string `json:"text"`
}

func (a *API) getOffers(ctx context.Context, r *request) (*response, error) {
	cat, _ := a.Registrar.Catalogue.Current()
	wanted := r.query["purpose"]
	if len(wanted) > consent.MaxChoices {
		return nil, problemf(ErrInvalidParameter, "at most %d purposes", consent.MaxChoices)
	}
	for _, p := range wanted {
		if _, ok := cat.Purposes[p]; !ok || !consent.ValidID(p) {
			return nil, problemf(ErrInvalidParameter, "purpose: unknown; GET /v1/catalogue lists them")
		}
	}
	token, offer, expires, err := a.Registrar.Offer(ctx, r.subject, wanted, r.language(cat), r.gpc())
	if err != nil {
		return nil, err
	}
	answer := offerAnswer{
		Offer: token, OfferID: offer.ID, ExpiresAt: expires.Format("2006-01-02T15:04:05Z"), Seq: offer.Seq,
		Language: offer.Language, Catalogue: offer.Catalogue, Items: []offeredItem{}, Notices: []noticeText{},
	}
	for _, it := range offer.Items {
		p := cat.Purposes[it.Purpose]
		item := offeredItem{
			Purpose: it.Purpose, Recipient: it.Recipient, RecipientName: cat.Parties[it.Recipient].Name,
			Title: p.Text[offer.Language].Title, Description: p.Text[offer.Language].Description,
			Access: it.Access, Valid: it.Valid.String(), Retention: it.Retention,
			Notice: cat.Notices[p.Notice][offer.Language].Digest,
		}
		for _, id := range it.Data {
			item.Data = append(item.Data, offeredData{id, cat.Data[id].Label.In(offer.Language, cat.Languages...), p.Data[id]})
		}
		answer.Items = append(answer.Items, item)
	}
	for _, digest := range offer.Notices {
		doc, err := a.Documents.Document(ctx, digest)
		if err != nil {
			return nil, fmt.Errorf("notice %s: %w", digest, err)
		}
		answer.Notices = append(answer.Notices, noticeText{digest, offer.Language, string(doc.Body)})
	}
	return withJSON(http.StatusOK, answer)
}

type optInBody struct {
	Offer   string           `json:"offer"`
	Choices []consent.Choice `json:"choices"`
}

func (a *API) postOptIn(ctx context.Context, r *request) (*response, error) {
	if err := acceptable(r, "application/json", "application/sd-jwt"); err != nil {
		return nil, err
	}
	var body optInBody
	if err := r.body("opt-in/1", &body); err != nil {
		return nil, err
	}
	offer, err := a.Registrar.ParseOffer(r.subject, body.Offer)
	if err != nil {
		return nil, err
	}
	c := a.context(r)
	c.Evidence.Offer = offer.ID
	result, err := a.Registrar.Do(ctx, r.subject, offer.ID, consent.OptIn{Offer: offer, Choices: body.Choices}, c)
	if err != nil {
		return nil, err
	}
	if result == nil { // the only way: a chosen end that has passed
		return nil, problemf(ErrInvalidBody, "the choices ask for nothing: a chosen end has already passed")
	}
	return created(r, result.Receipt, result.Digest, result.Seq, result.Replayed, nil)
}
