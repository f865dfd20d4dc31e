package handler

import (
	"context"
	"fmt"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

var optInRoutes = []route{
	byPerson("GET /v1/offers", "optin", asking((*API).getOffers)),
	byPerson("POST /v1/opt-in", "optin", commanding("opt-in/1", (*API).postOptIn)),
}

func (a *API) getOffers(ctx context.Context, r *request) (*api.Offer, error) {
	cat, _ := a.Registrar.Catalogue.Current()
	wanted := r.query["purpose"]
	if len(wanted) > consent.MaxChoices {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "a request may name at most %d purposes", consent.MaxChoices)
	}
	for _, p := range wanted {
		if _, ok := cat.Purposes[p]; !ok || !consent.ValidID(p) {
			return nil, gateway.Errorf(gateway.ErrInvalidParameter, "the catalogue has no such purpose; GET /v1/catalogue lists them all")
		}
	}
	token, offer, expires, err := a.Registrar.Offer(ctx, r.subject, wanted, r.language(cat), r.gpc())
	if err != nil {
		return nil, err
	}
	answer := &api.Offer{
		Offer: token, OfferID: offer.ID, ExpiresAt: expires.Format("2006-01-02T15:04:05Z"), Seq: offer.Seq,
		Language: offer.Language, Catalogue: offer.Catalogue, Items: []api.OfferedItem{}, Notices: []api.Notice{},
	}
	for _, it := range offer.Items {
		p := cat.Purposes[it.Purpose]
		item := api.OfferedItem{
			Purpose: it.Purpose, Recipient: it.Recipient, RecipientName: cat.Parties[it.Recipient].Name,
			Title: p.Text[offer.Language].Title, Description: p.Text[offer.Language].Description,
			Access: it.Access, Valid: it.Valid.String(), Retention: it.Retention,
			Notice: cat.Notices[p.Notice][offer.Language].Digest,
		}
		for _, id := range it.Data {
			item.Data = append(item.Data, api.OfferedData{ID: id, Label: cat.Data[id].Label.In(offer.Language, cat.Languages...), Necessity: p.Data[id]})
		}
		answer.Items = append(answer.Items, item)
	}
	for _, digest := range offer.Notices {
		doc, err := a.Documents.Document(ctx, digest)
		if err != nil {
			return nil, fmt.Errorf("notice %s: %w", digest, err)
		}
		answer.Notices = append(answer.Notices, api.Notice{Digest: digest, Language: offer.Language, Text: string(doc.Body)})
	}
	return answer, nil
}

func (a *API) postOptIn(_ context.Context, r *request, body api.OptIn, o *order) error {
	offer, err := a.Registrar.ParseOffer(r.subject, body.Offer)
	if err != nil {
		return err
	}
	o.Command, o.key, o.as.Evidence.Offer = consent.OptIn{Offer: offer, Choices: body.Choices}, offer.ID, offer.ID
	o.empty = gateway.Errorf(gateway.ErrInvalidBody, "the choices ask for nothing: a chosen end has already passed") // the only way
	return nil
}
