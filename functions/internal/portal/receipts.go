package portal

import (
	"net/http"
	"sync"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// receiptPage is one receipt in a few words, with the ways to keep and show it, or what the
// staff may do about it.
type receiptPage struct {
	told
	New    bool
	Copies []copyForm // beside the first
	May    bool       // it can be annulled
	What   string     // happened, as the staff says it
}

// told is what a receipt says, in words.
type told struct {
	Seq                 uint64
	Digest              string
	Heading, When, Late string
	Corrects            uint64   // the number of the receipt that it annuls, or 0
	Why                 []string // it does, as freetext.Lines shows it
	By                  string   // who acted, where it was not the person
	Changes             []changeCard
	Requests            []requestCard
	Notes               []noteCard
}

type changeCard struct {
	Verb, Purpose, Recipient string
	Added, Removed           []string
	Effects                  []string // what it causes, a sentence each
	GPC                      bool
}

// reader reads receipts. It knows no root: the API has checked what it hands out,
// and here only what belongs together is made sure of.
var reader = sync.OnceValues(func() (*receipt.Verifier, error) { return receipt.NewVerifier() })

func readReceipt(raw string) (*receipt.Receipt, error) {
	verifier, err := reader()
	if err != nil {
		return nil, err
	}
	return verifier.Verify(raw)
}

// receiptPath is the API's address of the receipt that the page is about.
func (v *visit) receiptPath(format string) string {
	return client.With(v.ledger().Receipt(v.seq), api.CopyQuery{Format: format, Language: v.words.Language})
}

// receipt gets the receipt that the page is about.
func (v *visit) receipt() (*receipt.Receipt, error) {
	a, err := v.call(http.MethodGet, v.receiptPath("sd-jwt"), nil, api.CaseReference, v.caseInHand())
	if err != nil {
		return nil, err
	}
	return readReceipt(string(a.Body))
}

func (v *visit) showReceipt(rec *receipt.Receipt) (err error) {
	p := receiptPage{New: v.r.URL.Query().Has("new"), Copies: copies[1:]}
	if p.told, err = v.tell(rec, true); err != nil {
		return err
	}
	return v.render(http.StatusOK, "receipt", v.words.Say("receipt.title", "n", rec.Seq, "event", p.Heading), p)
}

// tell says a receipt in its own words, or those of the catalogue that it cites; all of it says also
// what only the API knows: the request that an appeal is about, and the answer so far.
func (v *visit) tell(rec *receipt.Receipt, all bool) (t told, err error) {
	n, err := v.namesOf(rec)
	if err != nil {
		return t, err
	}
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		return t, err
	}
	requests, err := receipt.Decode[statement.RequestStatement](rec.Request)
	if err != nil {
		return t, err
	}
	t = told{Seq: rec.Seq, Digest: rec.Digest, Heading: n.Headline(rec), When: n.Words.Moment(rec.Event.OccurredAt), By: v.byOther(n, rec)}
	if t.Notes, err = v.notes(n, rec); err != nil {
		return t, err
	}
	if rec.Event.Late {
		t.Late = v.words.Say("receipt.late")
	}
	if c := rec.Event.Corrects; c != nil {
		t.Corrects, t.Why = c.Seq, freetext.Lines(c.Why)
	}
	for _, c := range changes {
		t.Changes = append(t.Changes, v.changeCard(n, rec.Event.Type, c))
	}
	for _, r := range requests {
		card, err := v.requestCard(n, r, all, nil)
		if err != nil {
			return t, err
		}
		t.Requests = append(t.Requests, card)
	}
	return t, nil
}

// byOther says who acted, where that is stated and was not the person.
func (v *visit) byOther(n *page.Names, rec *receipt.Receipt) string {
	if role, name := n.ActorOf(rec); role != statement.RoleSubject {
		return name
	}
	return ""
}

// notes are the remarks in a receipt.
func (v *visit) notes(n *page.Names, rec *receipt.Receipt) (cards []noteCard, err error) {
	notes, err := receipt.Decode[statement.Note](rec.Note)
	for _, note := range notes {
		cards = append(cards, noteCard{By: n.Actor(note.By, "", ""), Lines: freetext.Lines(note.Text)})
	}
	return cards, err
}

func (v *visit) changeCard(n *page.Names, event statement.EventType, c statement.Change) changeCard {
	n = n.OfChange(c)
	card := changeCard{
		Verb: n.Verb(c, event), Purpose: n.Purpose(c.Purpose), Recipient: n.Party(c.Recipient),
		Added: n.Delta(c.Added), Removed: n.Delta(c.Removed), Effects: n.Effects(c), GPC: c.Cause == statement.CauseGPC,
	}
	if c.Purpose == "" { // an opt-out that named a consent nobody knows
		card.Purpose = c.ConsentID
	}
	return card
}
