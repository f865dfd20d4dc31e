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
	Case     string

	Earliest, Latest string // that may be chosen
}

// longAgo is how many days ago a letter may have been received: the API takes 366 of 24
// hours.
const longAgo = 365

func (v *visit) showAskFor() error {
	return v.renderAskFor(&deskAskPage{Case: v.caseInHand()})
}

func (v *visit) renderAskFor(p *deskAskPage) error {
	n, err := v.names("")
	if err != nil {
		return err
	}
	v.fill(&p.askForm, n)
	p.Earliest, p.Latest = v.received(n)
	return v.renderForm("ask", v.words.Say("desk.ask.title"), p)
}

// received is the first and the last day on which a letter may have been received.
func (v *visit) received(n *page.Names) (earliest, latest string) {
	now := v.Now()
	return n.Catalogue.DataRequests.Day(now.AddDate(0, 0, -longAgo)), n.Catalogue.DataRequests.Day(now)
}

// askFor asks for the person.
func (v *visit) askFor() error {
	form := v.r.PostForm
	p := &deskAskPage{askForm: v.readAsk(), Received: form.Get("received"), Case: formText(form, "case")}
	n, err := v.names("")
	if err != nil {
		return err
	}
	earliest, latest := v.received(n)
	if _, err := time.Parse(time.DateOnly, p.Received); p.Error == "" && p.Received != "" && (err != nil || p.Received < earliest || p.Received > latest) {
		p.Error, p.Field = v.words.Say("desk.ask.received-wrong", "from", v.words.Day(earliest), "to", v.words.Day(latest)), "received"
	}
	if p.Error == "" {
		p.Error, p.Field = v.wrongIn("details", p.Details, p.Case)
	}
	if p.Error != "" {
		return v.renderAskFor(p)
	}
	return v.submit(v.ledger().At("/data-requests"), api.EnteredRequest{RequestData: p.command(), Received: p.Received}, api.CaseReference, p.Case)
}
