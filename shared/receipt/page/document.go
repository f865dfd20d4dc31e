package page

import (
	"fmt"
	"html/template"
	"slices"
	"unicode/utf8"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Document is a receipt in words, without layout: a card with what a person would tell a
// friend, then the record in words, and last what only systems read. All forms are written
// from it.
type Document struct {
	Language   string // BCP 47
	Title      string
	Controller string // its name
	Kind       string // what the document is: a consent receipt
	Number     string // of the receipt, in words
	Above      string // the three above, in one line
	Heading    string
	Lead       string // what the consents come to, in sentences; or ""
	Moment     string // when it happened
	About      []Row  // when it was recorded, if that is another time; who acted, if not the person; what it corrects; notes
	Answers    []Answer
	Withheld   Section // the parts that are not shown; no texts if it is complete
	AsOf       string  // that a later receipt may have changed it, followed by Address
	Address    string  // of the receipt's page, see Address
	Check      Check
	Record     string      // the title above the sections
	Sections   []Section   // the record in words
	Systems    Section     // ids, digests and codes
	File       string      // the name of the receipt's file, see FileName
	Brand      brand.Brand // what the page and the PDF wear: set by the caller, from the catalogue that the receipt names
	Lacking    string      // a sentence for a form that cannot draw every letter
	Page       string      // the words for the number of a page, with {n} and {of}

	w    *wording.Words
	rec  *receipt.Receipt
	lead template.HTML
}

// LeadHTML returns the lead as HTML.
func (d *Document) LeadHTML() template.HTML { return d.lead }

// LeadClass returns the class of the lead's element.
func (d *Document) LeadClass() string {
	if utf8.RuneCountInString(d.Lead) >= longLead {
		return "lead long"
	}
	return "lead"
}

// Section is a part of a document under a heading.
type Section struct {
	Title string
	Rows  []Row
	Texts []string
}

// Check is how anybody checks the receipt.
type Check struct {
	Title, Text string
	Page        string // address of the page that checks receipts
	QR          [][]bool
	QRLabel     string // what the QR code opens: Page
	Hint        string
	Seal        string // the word of the seal
}

// QR draws the code of the page that checks receipts, as an element of HTML.
func (d *Document) QR() template.HTML { return svg(d.Check.QR) }

// Address returns the address of the receipt's page for the person. The deployment's portal
// is below the issuer's URL.
func Address(rec *receipt.Receipt) string { return fmt.Sprintf("%s/receipts/%d", rec.Issuer, rec.Seq) }

// SignedFile returns the file name of the signed receipt that a page or a PDF carries.
func (d *Document) SignedFile() string { return d.File + ".sd-jwt" }

// VerifyPath is the path, below the issuer's URL, of the page that checks receipts.
const VerifyPath = "/verify"

// RequestsPath is the path, below the issuer's URL, of the page on which people follow their data
// requests.
const RequestsPath = "/requests"

// TrustPath is the path, below the issuer's URL, of the page that states the issuer's root.
// People type its address: a receipt's page has no link to it, since a forged file could link
// anywhere.
const TrustPath = "/trust"

// builder puts the disclosed elements of a receipt into words.
type builder struct {
	*Names
	rec      *receipt.Receipt
	changes  []statement.Change
	standing statement.Standing
	requests []statement.RequestStatement
	records  []record
	purposes []purpose // of all records
	notes    []statement.Note
	granted  map[string]statement.Terms           // by consent id, from the disclosed elements
	after    map[string]statement.AfterWithdrawal // the same
	stopped  bool                                 // the card says how to stop
}

// record is a full record with the names for it.
type record struct {
	*statement.Record
	names *Names
}

// purpose is a purpose of a record, with its title in words.
type purpose struct {
	statement.RecordPurpose
	record record
	title  phrase
}

// NewDocument puts a verified receipt into words, in the best language available. The
// catalogue is the one that the receipt names, or nil. Only receipts issued before receipts
// had their own words need it (see NamesOf). An id without words is shown as it is.
func NewDocument(rec *receipt.Receipt, cat *catalogue.Catalogue, language string) (*Document, error) {
	b, err := newBuilder(NamesOf(rec, cat, texts.In(language)), rec)
	if err != nil {
		return nil, err
	}
	w, name := b.Words, freetext.Visible(b.Controller().Name)
	d := &Document{
		Language: w.Language, Controller: name, Kind: w.Say("page.kind"), Number: w.Say("page.number", "n", rec.Seq),
		Heading: b.Headline(rec), AsOf: w.Say("card.asof"), Address: Address(rec), File: FileName(rec),
		Record: w.Say("record.heading"), Lacking: w.Say("letters.lacking"), Page: w.Say("pdf.page"), w: w, rec: rec,
	}
	d.Above = d.Controller + " · " + d.Kind + " · " + d.Number
	d.Title = w.Say("page.title", "n", rec.Seq, "event", d.Heading, "controller", name)
	d.Moment = w.Moment(rec.Event.OccurredAt)
	lead := b.lead()
	d.Lead, d.lead = lead.Text, lead.HTML
	d.About, d.Answers, d.Withheld = b.about(), b.answers(), b.notShown()
	how, err := b.how()
	if err != nil {
		return nil, err
	}
	for _, s := range []Section{b.parties(), b.told(), b.kept(), how, b.rights(), b.held()} {
		if len(s.Rows)+len(s.Texts) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	d.Systems = b.systems()
	d.Check, err = b.check(name)
	return d, err
}

// newBuilder reads the disclosed elements of a receipt.
func newBuilder(n *Names, rec *receipt.Receipt) (*builder, error) {
	b := &builder{Names: n, rec: rec, granted: map[string]statement.Terms{}, after: map[string]statement.AfterWithdrawal{}}
	return b, b.read()
}

// read decodes every disclosed element.
func (b *builder) read() (err error) {
	if b.changes, err = receipt.Decode[statement.Change](b.rec.Changes); err != nil {
		return err
	}
	if b.requests, err = receipt.Decode[statement.RequestStatement](b.rec.Request); err != nil {
		return err
	}
	if b.notes, err = receipt.Decode[statement.Note](b.rec.Note); err != nil {
		return err
	}
	if b.standing, err = b.rec.ReadStanding(); err != nil {
		return err
	}
	records, err := receipt.Decode[statement.Record](b.rec.Records)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for i := range records {
		b.readRecord(&records[i])
	}
	for _, l := range b.standing.Lines {
		if l.Terms != nil {
			b.granted[l.ConsentID] = *l.Terms
		}
	}
	return nil
}

// readRecord takes from a record its words, and the terms of its consent.
func (b *builder) readRecord(r *statement.Record) {
	names := *b.Names
	names.own = labels{language: r.Language, purposes: map[string]string{}, parties: map[string]string{}, data: map[string]string{}}
	for _, party := range r.Parties {
		names.own.parties[party.PartyID] = party.Name
	}
	terms := statement.Terms{Access: r.Access, Resources: r.Resources}
	for _, p := range r.Purposes {
		names.own.purposes[p.Purpose] = p.Title
		for _, data := range p.PIIInformation {
			names.own.data[data.AttributeID] = data.Label
			terms.Data = append(terms.Data, data.AttributeID)
		}
		b.after[r.RecordID] = p.AfterWithdrawal
	}
	if len(r.Events) > 0 && len(r.Purposes) > 0 {
		terms.Until = r.Events[0].ValidityDuration
		b.granted[r.RecordID] = terms
	}
	named := record{r, &names}
	b.records = append(b.records, named)
	for _, p := range r.Purposes {
		b.purposes = append(b.purposes, purpose{p, named, written(p.Title, names.Foreign())})
	}
}

// about states when the event was recorded, if it happened at another time, who acted if it
// was not the person, and what was noted.
func (b *builder) about() (rows []Row) {
	event, recorded := b.rec.Event, b.Words.Moment(b.rec.Time())
	switch {
	case event.Late:
		rows = append(rows, Row{Lines: []string{b.Words.Say("page.late", "moment", recorded)}})
	case b.Words.Moment(event.OccurredAt) != recorded:
		rows = append(rows, Row{Lines: []string{b.Words.Say("page.recorded", "moment", recorded)}})
	}
	role, name := b.ActorOf(b.rec)
	other, by := role != statement.RoleSubject && name != "", len(rows)
	if other {
		rows = b.row(rows, "requests.by", inOwn(name))
	}
	if c := event.Corrects; c != nil {
		rows = append(rows, Row{Label: b.Words.Say("changes.corrects", "n", c.Seq, "from", b.Words.Moment(c.From)), Quoted: freetext.Lines(c.Why)})
	}
	for _, note := range b.notes {
		if other && note.By == role { // it is said already who that is
			rows[by].Quoted = append(rows[by].Quoted, freetext.Lines(note.Text)...)
			continue
		}
		rows = append(rows, Row{Label: upperFirst(b.Actor(note.By, "", "")), Quoted: freetext.Lines(note.Text)})
	}
	return rows
}

// arrays are the arrays whose elements can be withheld, in the order in which they are named.
var arrays = []string{"changes", "records", "standing", "actor", "evidence", "request", "note"}

func (b *builder) withheldItems() (items []string) {
	withheld := b.rec.Withheld()
	for _, name := range arrays {
		if count := withheld[name]; count > 0 {
			items = append(items, b.Words.Say("withheld.item", "what", b.Words.Term("array", name), "n", count))
		}
	}
	return items
}

func (b *builder) notShown() Section {
	s := Section{Title: b.Words.Say("withheld.heading")}
	if items := b.withheldItems(); len(items) > 0 {
		s.Texts = slices.Concat([]string{b.Words.Say("withheld.text")}, items)
	}
	return s
}

func (b *builder) check(controller string) (Check, error) {
	page := b.rec.Issuer + VerifyPath
	modules, err := Modules(page)
	return Check{
		Title: b.Words.Say("check.heading"), Text: b.Words.Say("check.text", "controller", controller), Page: page,
		QR: modules, QRLabel: b.Words.Say("check.qr", "page", page),
		Hint: b.Words.Say("check.hint", "controller", controller, "trust", b.rec.Issuer+TrustPath),
		Seal: b.Words.Say("check.seal"),
	}, err
}

// row appends a row, unless nothing is said in it.
func (b *builder) row(rows []Row, key string, lines ...phrase) []Row {
	return addRow(rows, b.Words.Say(key), lines...)
}

func addRow(rows []Row, label string, lines ...phrase) []Row {
	row := Row{Label: label}
	for _, line := range lines {
		if line.Text != "" {
			row.Lines, row.marked = append(row.Lines, line.Text), append(row.marked, line.HTML)
		}
	}
	if len(row.Lines) == 0 {
		return rows
	}
	return append(rows, row)
}

// Row is a label with its lines. A deeper row belongs to the row above it.
type Row struct {
	Depth  int
	Label  string
	Lines  []string
	Quoted []string // a person's own words below the lines, as freetext.Lines returns them: a form marks each line

	marked []template.HTML // the lines as HTML
}

// HTML returns the lines as HTML, with links and the languages of words.
func (r Row) HTML() []template.HTML {
	if len(r.marked) == len(r.Lines) {
		return r.marked
	}
	var out []template.HTML
	for _, line := range r.Lines {
		out = append(out, inOwn(line).HTML)
	}
	return out
}
