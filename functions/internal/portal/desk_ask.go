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

	Earliest, Latest string // that may be chosen
}

// longAgo is how many days ago a letter may have been received: the API takes 366 of 24
// hours.
const longAgo = 365

func (v *visit) showAskFor() error { return v.renderAskFor(&deskAskPage{}) }

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
	p := &deskAskPage{askForm: v.readAsk(), Received: v.r.PostForm.Get("received")}
	n, err := v.names("")
	if err != nil {
		return err
	}
	earliest, latest := v.received(n)
	_, err = time.Parse(time.DateOnly, p.Received)
	p.wrong(p.Received != "" && (err != nil || p.Received < earliest || p.Received > latest),
		"received", v.words.Say("desk.ask.received-wrong", "from", v.words.Day(earliest), "to", v.words.Day(latest)))
	v.checkAct(&p.form, "details", p.Details)
	return submitOr(v, p, (*visit).renderAskFor, v.ledger().At("/data-requests"), api.EnteredRequest{RequestData: p.command(), Received: p.Received})
}
