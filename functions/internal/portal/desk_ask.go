package portal

import (
	"net/http"
	"time"

	"consent-receipts/shared/consent"
)

// deskAskPage enters a request that came by letter or by telephone.
type deskAskPage struct {
	askForm
	Received string // the date, 2006-01-02; "" is now
	Latest   string // that may be chosen
	Case     string
}

func (v *visit) showAskFor() error {
	return v.renderAskFor(http.StatusOK, deskAskPage{Case: v.caseInHand()})
}

func (v *visit) renderAskFor(status int, p deskAskPage) error {
	n, err := v.names("")
	if err != nil {
		return err
	}
	if err := v.fill(&p.askForm, n); err != nil {
		return err
	}
	p.Latest = n.Catalogue.DataRequests.Day(v.Now())
	return v.renderForm(status, "ask", v.words.Say("desk.ask.title"), p)
}

// askFor asks for the person.
func (v *visit) askFor() error {
	form := v.r.PostForm
	p := deskAskPage{askForm: v.readAsk(), Received: form.Get("received"), Case: formText(form, "case")}
	n, err := v.names("")
	if err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, p.Received); p.Error == "" && p.Received != "" && (err != nil || p.Received > n.Catalogue.DataRequests.Day(v.Now())) {
		p.Error, p.Field = v.words.Say("desk.ask.received-wrong"), "received"
	}
	if p.Error == "" {
		p.Error, p.Field = v.wrongIn("details", p.Details, p.Case)
	}
	if p.Error != "" {
		return v.renderAskFor(http.StatusUnprocessableEntity, p)
	}
	return v.submit(v.ledger()+"/data-requests", struct {
		consent.RequestData
		Received string `json:"received,omitempty"`
	}{p.command(), p.Received}, "Case-Reference", p.Case)
}
