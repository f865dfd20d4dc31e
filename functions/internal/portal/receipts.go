package portal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// receiptPage is one receipt in a few words, with the ways to keep and show it.
type receiptPage struct {
	told
	New    bool
	Digest string
	Copies []copyForm // beside the signed one
}

// told is what a receipt says, in words.
type told struct {
	Seq                 uint64
	Heading, When, Late string
	Corrects            uint64 // the number of the receipt that it annuls, or 0
	Why                 string // it does
	Changes             []changeCard
	Requests            []requestCard
}

type changeCard struct {
	Verb, Purpose, Recipient string
	Added, Removed           []string
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

// seq is the number of the receipt that the page is about.
func (v *visit) seq() (uint64, error) {
	seq, err := strconv.ParseUint(v.r.PathValue("seq"), 10, 64)
	if err != nil {
		return 0, &problem{Status: http.StatusNotFound, Slug: "not-found"}
	}
	return seq, nil
}

// receiptPath is the API's address of a receipt.
func (v *visit) receiptPath(seq uint64, format string) string {
	return fmt.Sprintf("%s/receipts/%d?%s", v.ledger(), seq, url.Values{"format": {format}, "language": {v.words.Language}}.Encode())
}

// receipt gets the receipt that the page is about.
func (v *visit) receipt() (*receipt.Receipt, error) {
	seq, err := v.seq()
	if err != nil {
		return nil, err
	}
	a, err := v.call(http.MethodGet, v.receiptPath(seq, "sd-jwt"), nil, "Case-Reference", v.caseInHand())
	if err != nil {
		return nil, err
	}
	return readReceipt(string(a.body))
}

func (v *visit) showReceipt() error {
	rec, err := v.receipt()
	if err != nil {
		return err
	}
	p := receiptPage{New: v.r.URL.Query().Has("new"), Digest: rec.Digest, Copies: copies[1:]}
	if p.told, err = v.tell(rec); err != nil {
		return err
	}
	return v.render(http.StatusOK, "receipt", v.words.Say("receipt.title", "n", rec.Seq, "event", p.Heading), p)
}

// tell says a receipt in the words of the catalogue that it cites.
func (v *visit) tell(rec *receipt.Receipt) (t told, err error) {
	n, err := v.names(rec.Catalogue)
	if err != nil {
		return t, err
	}
	changes, err := disclosed[consent.Change](rec.Changes)
	if err != nil {
		return t, err
	}
	requests, err := disclosed[consent.RequestStatement](rec.Request)
	if err != nil {
		return t, err
	}
	t = told{Seq: rec.Seq, Heading: v.words.Term("event", rec.Event.Type), When: v.words.Moment(rec.Event.OccurredAt)}
	if rec.Event.Late {
		t.Late = v.words.Say("receipt.late")
	}
	if c := rec.Event.Corrects; c != nil {
		t.Corrects, t.Why = c.Seq, c.Why
	}
	for _, c := range changes {
		t.Changes = append(t.Changes, v.changeCard(n, rec.Event.Type, c))
	}
	for _, r := range requests {
		card := v.requestCard(r.Request)
		if r.Source != "" {
			card.Rule = r.Source
		}
		t.Requests = append(t.Requests, card)
	}
	return t, nil
}

// disclosed decodes the elements of an array that are not withheld.
func disclosed[T any](elements []receipt.Element) ([]T, error) {
	values, _ := receipt.Values(elements)
	out := make([]T, len(values))
	for i, value := range values {
		if err := json.Unmarshal(value, &out[i]); err != nil {
			return nil, fmt.Errorf("element %d of a receipt: %w", i, err)
		}
	}
	return out, nil
}

func (v *visit) changeCard(n *page.Names, event string, c consent.Change) changeCard {
	card := changeCard{
		Verb: v.words.Term("said", c.To), Purpose: n.Purpose(c.Purpose), Recipient: n.Party(c.Recipient),
		Added: n.Delta(c.Added), Removed: n.Delta(c.Removed), GPC: c.Cause == consent.CauseGPC,
	}
	if c.From == consent.Given && c.To == consent.Given {
		card.Verb = v.words.Say("said.changed")
		if event == string(consent.EventAmendment) {
			card.Verb = v.words.Say("said.narrowed")
		}
	}
	if c.Purpose == "" { // an opt-out that named a consent nobody knows
		card.Purpose = c.ConsentID
	}
	return card
}
