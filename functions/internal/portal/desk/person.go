package desk

import (
	"net/http"
	"slices"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var personPages = shell.Pages{
	"GET /desk/people/{person}":                shell.SignedIn(shell.With(cards.OverviewOf, showPerson)),
	"GET /desk/people/{person}/receipts":       shell.SignedIn(cards.ShowTimeline),
	"GET /desk/people/{person}/receipts/{seq}": shell.SignedIn(shell.With(cards.Fetch, showReceipt)),
	"GET /desk/people/{person}/looked":         shell.SignedIn(cards.ShowLooked),
}

// showPerson shows to the staff what stands for a person.
func showPerson(v *shell.Visit, o *cards.Overview) error {
	return v.Render(http.StatusOK, "person", v.Words.Say("desk.person.title"), o)
}

// receiptPage is one receipt, and what the staff may do about it.
type receiptPage struct {
	cards.Receipt
	New  bool   // the receipt was made just now
	May  bool   // the receipt can be annulled
	What string // the heading, in the words of the staff
}

// showReceipt shows a receipt in the words that the person reads.
func showReceipt(v *shell.Visit, rec *receipt.Receipt) (err error) {
	n, err := v.NamesOf(rec)
	if err != nil {
		return err
	}
	p := receiptPage{New: v.R.URL.Query().Has("new"), What: cards.Heading(v, n, rec)}
	p.May = len(rec.Request) == 0 && !slices.Contains([]statement.EventType{statement.EventAnnulment, statement.EventErasure}, rec.Event.Type)
	reader := *v
	reader.Words = cards.Texts.In(v.Words.Language)
	if p.Receipt, err = cards.Tell(&reader, rec); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "receipt", v.Words.Say("receipt.title", "n", rec.Seq, "event", p.What), p)
}
