package desk

import (
	"errors"
	"net/http"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt/page"
)

var askPages = form("/people/{person}/ask", shell.With(askForPage, renderAskFor), shell.With(askForPage, askFor))

// askPage has the form that enters a request that came by letter or by telephone.
type askPage struct {
	cards.Ask
	Customer string // the number of the person, to be kept sealed with the request
	Received string // date, 2006-01-02; empty: today

	Earliest, Latest string // the first and the last date that Received may have
	n                *page.Names
}

// longAgo is the largest number of days since a letter was received. The API accepts 366 days
// of 24 hours.
const longAgo = 365

// askForPage is the page with the empty form.
func askForPage(v *shell.Visit) (*askPage, error) {
	n, err := v.Names("")
	if err != nil {
		return nil, err
	}
	now, terms := v.Now(), n.Catalogue.DataRequests
	return &askPage{n: n, Earliest: terms.Day(now.AddDate(0, 0, -longAgo)), Latest: terms.Day(now)}, nil
}

func renderAskFor(v *shell.Visit, p *askPage) error {
	p.Fill(v, p.n)
	return v.RenderForm("ask", v.Words.Say("desk.ask.title"), p)
}

// askFor sends the request for the person.
func askFor(v *shell.Visit, p *askPage) error {
	p.Ask, p.Received, p.Customer = cards.ReadAsk(v), v.R.PostForm.Get("received"), v.R.PostForm.Get("customer")
	_, err := time.Parse(time.DateOnly, p.Received)
	p.Wrong(p.Received != "" && (err != nil || p.Received < p.Earliest || p.Received > p.Latest),
		"received", v.Words.Say("desk.ask.received-wrong", "from", v.Words.Day(p.Earliest), "to", v.Words.Day(p.Latest)))
	wrongCustomer := v.Words.Say("desk.ask.customer-wrong")
	p.Wrong(p.Customer != "" && pseudonym.Check(p.Customer) != nil, "customer", wrongCustomer)
	checkAct(v, &p.Form, "details", p.Details)
	err = shell.SubmitOr(v, p, renderAskFor, v.Ledger().At("/data-requests"), api.EnteredRequest{RequestData: p.Command(), Received: p.Received, Customer: p.Customer})
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status == http.StatusBadRequest && p.Customer != "" {
		p.Wrong(true, "customer", wrongCustomer)
		return renderAskFor(v, p)
	}
	return err
}
