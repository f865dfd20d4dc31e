package handler

import (
	"context"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

var answerRoutes = []route{
	acts("POST /v1/operator/people/{person}/data-requests/{id}/steps/preview", "data-request.preview", inPath, asking((*API).postPreview)),
}

// dates writes dates in each language.
var dates = wording.Load()

// languageOf returns the language in which a person reads, as far as it is known: the one in which
// they asked, else that of what they said last, else the catalogue's first.
func languageOf(cat *catalogue.Catalogue, asked registrar.Stated, newest *receipt.Receipt) (string, error) {
	if asked.By == statement.RoleSubject && asked.Labels != nil {
		return cat.Language(asked.Labels.Language), nil
	}
	standing, err := newest.ReadStanding()
	return cat.Language(standing.Language()), err
}

// answers fills in the templates for what the staff may do next about a request, in a language.
func answers(cat *catalogue.Catalogue, language string, r statement.Request, choices []datarequest.Choice) []api.Answer {
	list := []api.Answer{}
	values := map[catalogue.Place]string{
		catalogue.PlaceRequest: r.ID[:8], catalogue.PlaceDue: dates.In(language).Day(r.Due), catalogue.PlaceContact: cat.Contact(),
	}
	for _, a := range cat.DataRequests.AnswersTo(r.Type) {
		possible := slices.DeleteFunc(slices.Clone(a.Acts), func(act datarequest.Act) bool {
			return !slices.ContainsFunc(choices, func(c datarequest.Choice) bool { return c.Act == act })
		})
		text, ok := catalogue.Fill(a.Text.In(language, cat.Languages...), values)
		if ok && len(possible) > 0 {
			list = append(list, api.Answer{ID: a.ID, Acts: possible, Title: a.Title.In(language, cat.Languages...), Text: text})
		}
	}
	return list
}

// postPreview answers with what the receipt of a step would state. Nothing is recorded but that
// somebody looked.
func (a *API) postPreview(ctx context.Context, r *request) (*api.Preview, error) {
	var body api.Step
	if err := r.body("request-step/1", &body); err != nil {
		return nil, err
	}
	o := order{as: a.context(r)}
	if err := a.postStep(ctx, r, body, &o); err != nil {
		return nil, err
	}
	claims, err := a.Registrar.Preview(ctx, r.subject, o.Command, o.as)
	if err != nil {
		return nil, err
	}
	requests, err := receipt.Decode[statement.RequestStatement](claims.Request)
	if err != nil {
		return nil, err
	}
	notes, err := receipt.Decode[statement.Note](claims.Note)
	if err != nil {
		return nil, err
	}
	stated := requests[0] // a step is about one request
	out := &api.Preview{Seq: claims.Seq, At: claims.Time(), Event: claims.Event.Type, Actor: o.as.Actor, Request: stated, Notes: notes, Controller: claims.Controller}
	cat, _ := a.Registrar.Catalogue.Current()
	out.SecondEyes = cat.DataRequests.SecondEyesFor(body.Act, stated.Type)
	all, newest, err := a.Registrar.Statements(ctx, r.subject, stated.ID)
	if err == nil {
		out.Language, err = languageOf(cat, all[0], newest)
	}
	return out, err
}
