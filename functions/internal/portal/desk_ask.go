package portal

import (
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt/page"
)

// deskAskPage enters a request that came by letter or by telephone.
type deskAskPage struct {
	askForm
	Received string // the date, 2006-01-02; "" is now

	Earliest, Latest string // days on which a letter may have been received
	n                *page.Names
}

// longAgo is how many days ago a letter may have been received: the API takes 366 of 24
// hours.
const longAgo = 365

// askForPage is the empty form.
func (v *visit) askForPage() (*deskAskPage, error) {
	n, err := v.names("")
	if err != nil {
		return nil, err
	}
	now, terms := v.Now(), n.Catalogue.DataRequests
	return &deskAskPage{n: n, Earliest: terms.Day(now.AddDate(0, 0, -longAgo)), Latest: terms.Day(now)}, nil
}

func (v *visit) renderAskFor(p *deskAskPage) error {
	v.fill(&p.askForm, p.n)
	return v.renderForm("ask", v.words.Say("desk.ask.title"), p)
}

// askFor asks for the person.
func (v *visit) askFor(p *deskAskPage) error {
	p.askForm, p.Received = v.readAsk(), v.r.PostForm.Get("received")
	_, err := time.Parse(time.DateOnly, p.Received)
	p.wrong(p.Received != "" && (err != nil || p.Received < p.Earliest || p.Received > p.Latest),
		"received", v.words.Say("desk.ask.received-wrong", "from", v.words.Day(p.Earliest), "to", v.words.Day(p.Latest)))
	v.checkAct(&p.form, "details", p.Details)
	return submitOr(v, p, (*visit).renderAskFor, v.ledger().At("/data-requests"), api.EnteredRequest{RequestData: p.command(), Received: p.Received})
}
