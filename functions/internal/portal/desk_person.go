package portal

import (
	"net/http"
	"slices"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// showPerson shows what stands for a person, as the staff sees it.
func (v *visit) showPerson(p *homePage) error {
	return v.render(http.StatusOK, "person", v.words.Say("desk.person.title"), p)
}

// showReceiptOf shows a receipt in the words that the person reads.
func (v *visit) showReceiptOf(rec *receipt.Receipt) (err error) {
	p := receiptPage{New: v.r.URL.Query().Has("new"), What: v.words.Term("event", rec.Event.Type)}
	p.May = len(rec.Request) == 0 && !slices.Contains([]statement.EventType{statement.EventAnnulment, statement.EventErasure}, rec.Event.Type)
	reader := *v
	reader.words = texts.In(v.words.Language)
	if p.told, err = reader.tell(rec, true); err != nil {
		return err
	}
	return v.render(http.StatusOK, "receipt", v.words.Say("receipt.title", "n", rec.Seq, "event", p.What), p)
}
