package cards

import (
	"net/http"
	"sync"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// Receipt is what a receipt says, in words.
type Receipt struct {
	Seq                 uint64
	Digest              string
	Heading, When, Late string
	Mark                page.Mark // of the first answer
	Corrects            uint64    // number of the receipt that this one annuls, or 0
	Why                 []string  // why it annuls that receipt, as lines of text
	By                  string    // who acted, if it was not the person
	Changes             []Change
	Requests            []Request
	Document            *page.Document // the receipt as its page shows it
}

// Change is one change of a consent, in words.
type Change struct {
	Verb, Purpose, Recipient string
	Added, Removed           []string
	Effects                  []string // what the change causes, a sentence each
}

// reader reads receipts. It knows no root: the API has verified each receipt that it hands
// out, and the reader only checks that the parts of a receipt belong together.
var reader = sync.OnceValues(func() (*receipt.Verifier, error) { return receipt.NewVerifier() })

// Parse reads a receipt.
func Parse(raw string) (*receipt.Receipt, error) {
	verifier, err := reader()
	if err != nil {
		return nil, err
	}
	return verifier.Verify(raw)
}

// ReceiptPath is the API's path of the receipt that the page is about, in a format.
func ReceiptPath(v *shell.Visit, format string) string {
	return client.With(v.Ledger().Receipt(v.Seq), api.CopyQuery{Format: format, Language: v.Words.Language})
}

// Fetch gets the receipt that the page is about.
func Fetch(v *shell.Visit) (*receipt.Receipt, error) {
	a, err := v.Call(http.MethodGet, ReceiptPath(v, "sd-jwt"), nil, api.CaseReference, v.CaseInHand())
	if err != nil {
		return nil, err
	}
	return Parse(string(a.Body))
}

// Tell says a receipt in the words inside it, or in those of the catalogue that it cites. If
// all is set, it also says what only the API knows: the request that an appeal is about, and
// the answer so far.
func Tell(v *shell.Visit, rec *receipt.Receipt, all bool) (t Receipt, err error) {
	n, err := v.NamesOf(rec)
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
	document, err := page.NewDocument(rec, n.Catalogue, v.Words.Language)
	if err != nil {
		return t, err
	}
	t = Receipt{Seq: rec.Seq, Document: document, Mark: markOf(document), Digest: rec.Digest, Heading: n.Headline(rec), When: n.Words.Moment(rec.Event.OccurredAt), By: ByOther(n, rec)}
	if rec.Event.Late {
		t.Late = v.Words.Say("receipt.late")
	}
	if c := rec.Event.Corrects; c != nil {
		t.Corrects = c.Seq
	}
	for _, c := range changes {
		t.Changes = append(t.Changes, ChangeOf(n, rec.Event.Type, c))
	}
	say := RequestOf
	if all {
		say = WholeRequest
	}
	for _, r := range requests {
		card, err := say(v, n, r, nil)
		if err != nil {
			return t, err
		}
		t.Requests = append(t.Requests, card)
	}
	return t, nil
}

// markOf is the mark beside a receipt in a list: that of its answers, or none if they differ.
func markOf(d *page.Document) page.Mark {
	var mark page.Mark
	for _, a := range d.Answers {
		switch {
		case a.Mark == page.MarkOpen || a.Mark == mark:
		case mark != "":
			return ""
		default:
			mark = a.Mark
		}
	}
	return mark
}

// ByOther says who acted, if the receipt states it and it was not the person.
func ByOther(n *page.Names, rec *receipt.Receipt) string {
	if role, name := n.ActorOf(rec); role != statement.RoleSubject {
		return name
	}
	return ""
}

// NotesOf lists the remarks in a receipt.
func NotesOf(n *page.Names, rec *receipt.Receipt) (list []Note, err error) {
	notes, err := receipt.Decode[statement.Note](rec.Note)
	for _, note := range notes {
		list = append(list, Note{By: n.Actor(note.By, "", ""), Lines: freetext.Lines(note.Text)})
	}
	return list, err
}

// ChangeOf says a change in words.
func ChangeOf(n *page.Names, event statement.EventType, c statement.Change) Change {
	n = n.OfChange(c)
	card := Change{
		Verb: n.Verb(c, event), Purpose: n.Purpose(c.Purpose), Recipient: n.Party(c.Recipient),
		Added: n.Delta(c.Added), Removed: n.Delta(c.Removed), Effects: n.Effects(c),
	}
	if c.Purpose == "" { // an opt-out named a consent that nobody knows
		card.Purpose = c.ConsentID
	}
	return card
}
