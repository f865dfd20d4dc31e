package cards

import (
	"net/http"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// Receipt is a receipt in words, as its page shows it.
type Receipt struct {
	Seq                   uint64
	Digest, Heading, When string
	Corrects              uint64         // number of the receipt that this one annuls, or 0
	Document              *page.Document // what held when the receipt was signed
	Became                []Request      // the requests of the receipt as they are today
}

// Entry is a receipt in a few words, in a list.
type Entry struct {
	Seq                     uint64
	Heading, When, Late, By string    // By is who acted, if it was not the person
	Mark                    page.Mark // that of all its answers, or none
	Changes                 []Change
	Requests                []page.RequestWords
}

// Change is one change of a consent, in words.
type Change struct {
	Verb, Purpose, Recipient string
	Added, Removed           []string // data
	Until                    string   // the new end, or empty
	Effects                  []string // what the change causes, a sentence each
}

// reader reads receipts. It knows no root: the API has verified each receipt that it hands
// out, and the reader only checks that the parts of a receipt belong together.
var reader = receipt.NewVerifier()

// Parse reads a receipt.
func Parse(raw string) (*receipt.Receipt, error) { return reader.Verify(raw) }

// ReceiptPath is the API's path of the receipt that the page is about, in a format.
func ReceiptPath(v *shell.Visit, format string) string {
	return client.With(v.Ledger().Receipt(v.Seq), api.CopyQuery{Format: format, Language: v.Words.Language})
}

// Fetch gets the receipt that the page is about.
func Fetch(v *shell.Visit) (*receipt.Receipt, error) { return FetchOne(v, v.Seq) }

// FetchOne gets one receipt of the person whom the page is about.
func FetchOne(v *shell.Visit, seq uint64) (*receipt.Receipt, error) {
	path := client.With(v.Ledger().Receipt(seq), api.CopyQuery{Format: "sd-jwt"})
	a, err := v.Call(http.MethodGet, path, nil, api.CaseReference, v.CaseInHand())
	if err != nil {
		return nil, err
	}
	return Parse(string(a.Body))
}

// Tell says a receipt in the words inside it, or in those of the catalogue that it cites. To the
// person it also says what became of its data requests, which the receipt cannot know.
func Tell(v *shell.Visit, rec *receipt.Receipt) (t Receipt, err error) {
	n, err := v.NamesOf(rec)
	if err != nil {
		return t, err
	}
	t = Receipt{Seq: rec.Seq, Digest: rec.Digest, Heading: n.Headline(rec), When: n.Words.Moment(rec.Event.OccurredAt)}
	if c := rec.Event.Corrects; c != nil {
		t.Corrects = c.Seq
	}
	if t.Document, err = page.NewDocument(rec, n.Catalogue, v.Words.Language); err != nil || v.Prefix != "" {
		return t, err
	}
	t.Became, err = became(v, n, rec)
	return t, err
}

// Heading says in one line what a receipt states. What was asked is said to the person, and to the
// staff as to anybody else.
func Heading(v *shell.Visit, n *page.Names, rec *receipt.Receipt) string {
	if v.Prefix != "" && rec.Event.Type == statement.EventRequestReceived {
		return n.HeadlineForOthers(rec)
	}
	return n.Headline(rec)
}

// EntryOf says a receipt in a few words.
func EntryOf(v *shell.Visit, rec *receipt.Receipt) (e Entry, err error) {
	n, err := v.NamesOf(rec)
	if err != nil {
		return e, err
	}
	changes, err := receipt.Decode[statement.Change](rec.Changes)
	if err != nil {
		return e, err
	}
	requests, err := receipt.Decode[statement.RequestStatement](rec.Request)
	if err != nil {
		return e, err
	}
	e = Entry{
		Seq: rec.Seq, Heading: Heading(v, n, rec), When: n.Words.Moment(rec.Event.OccurredAt), By: ByOther(n, rec),
		Mark: page.MarkOf(rec.Event.Type, changes, requests),
	}
	if rec.Event.Late {
		e.Late = v.Words.Say("receipt.late")
	}
	for _, c := range changes {
		e.Changes = append(e.Changes, ChangeOf(n, rec.Event.Type, c))
	}
	for _, r := range requests {
		e.Requests = append(e.Requests, n.Request(r, nil))
	}
	return e, nil
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
	if c.Added.Until != nil {
		card.Until = n.Words.Say("until", "moment", n.Words.Until(*c.Added.Until))
	}
	if c.Purpose == "" { // an opt-out named a consent that nobody knows
		card.Purpose = c.ConsentID
	}
	return card
}
