package portal

import (
	"net/http"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// personPage is what stands for a person, as the staff sees it.
type personPage struct {
	*homePage
	Seq uint64 // of the newest receipt; 0: there is none
}

func (v *visit) showPerson(s *api.Standing) (err error) {
	p := personPage{Seq: s.Seq}
	if p.homePage, err = v.overview(s); err != nil {
		return err
	}
	return v.render(http.StatusOK, "person", v.words.Say("desk.person.title"), p)
}

// receiptOfPage is a receipt as the person reads it, and what the staff may do about it.
type receiptOfPage struct {
	told
	May    bool // it can be annulled
	New    bool
	Digest string
	What   string // happened, as the staff says it
}

// showReceiptOf shows a receipt in the words that the person reads.
func (v *visit) showReceiptOf(rec *receipt.Receipt) (err error) {
	p := receiptOfPage{New: v.r.URL.Query().Has("new"), Digest: rec.Digest, What: v.words.Term("event", rec.Event.Type)}
	p.May = len(rec.Request) == 0 && !slices.Contains([]statement.EventType{statement.EventAnnulment, statement.EventErasure}, rec.Event.Type)
	reader := *v
	reader.words = texts.In(v.words.Language)
	if p.told, err = reader.tell(rec, true); err != nil {
		return err
	}
	return v.render(http.StatusOK, "receipt", v.words.Say("receipt.title", "n", rec.Seq, "event", p.What), p)
}
