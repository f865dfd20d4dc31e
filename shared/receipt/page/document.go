package page

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
)

// Document is a receipt in words, without markup. All forms are written from it.
type Document struct {
	Language   string // BCP 47
	Title      string
	Heading    string
	Above      string // the controller, and the number of the receipt
	Moment     string
	Sections   []Section // the first is the summary
	Address    string    // of the receipt's page, see Address
	AddressFor string    // a caption for the address
	QR         [][]bool  // the address, see Modules
	File       string    // the name of the receipt's file, see FileName
	Lacking    string    // a sentence for a form that cannot draw every letter

	view *view // the values of the HTML template
}

// Section is a part of a document under a heading.
type Section struct {
	Title string
	Small bool // details for interested readers, in smaller type
	Rows  []Row
	Texts []string
}

// Row is a label with its lines. A deeper row belongs to the row above it.
type Row struct {
	Depth  int
	Label  string
	Lines  []string
	Quoted []string // a person's own words below the lines, as freetext.Lines returns them: a form marks each line
}

// Address returns the address of the receipt's page for the person. The deployment's portal
// is below the issuer's URL.
func Address(rec *receipt.Receipt) string { return fmt.Sprintf("%s/receipts/%d", rec.Issuer, rec.Seq) }

// SignedFile returns the file name of the signed receipt that a page or a PDF carries.
func (d *Document) SignedFile() string { return d.File + ".sd-jwt" }

// VerifyPath is the path, below the issuer's URL, of the page that checks receipts.
const VerifyPath = "/verify"

// Verify returns the address of the page that checks receipts.
func (v *view) Verify() string { return v.R.Issuer + VerifyPath }

// TrustPath is the path, below the issuer's URL, of the page that states the issuer's root.
const TrustPath = "/trust"

// Trust returns the address of that page, for people to type. A receipt's page has no link to
// it, since a forged file could link anywhere.
func (v *view) Trust() string { return v.R.Issuer + TrustPath }

// NewDocument puts a verified receipt into words, in the best language available. The
// catalogue is the one that the receipt names, or nil. Only receipts issued before receipts
// had their own words need it (see NamesOf). An id without words is shown as it is.
func NewDocument(rec *receipt.Receipt, cat *catalogue.Catalogue, language string) (*Document, error) {
	v, err := newView(rec, NamesOf(rec, cat, texts.In(language)))
	if err != nil {
		return nil, err
	}
	modules, err := Modules(Address(rec))
	if err != nil {
		return nil, err
	}
	d := &Document{
		Language: v.W.Language, Heading: v.Heading,
		Title:   v.W.Say("page.title", "n", rec.Seq, "event", v.Heading, "controller", v.Controller),
		Above:   v.Controller + " · " + v.W.Say("page.receipt", "n", rec.Seq),
		Moment:  v.When(rec.Event.OccurredAt),
		Address: Address(rec), AddressFor: v.W.Say("qr.label"), QR: modules, File: FileName(rec),
		Lacking: v.W.Say("letters.lacking"),
		view:    v,
	}
	if rec.Event.Late {
		d.Moment += " · " + v.W.Say("page.late")
	}
	for _, s := range []Section{v.inShort(), v.follows(), v.notShown(), v.changed(), v.requested(), v.noted(), v.stands()} {
		if len(s.Rows)+len(s.Texts) > 0 {
			d.Sections = append(d.Sections, s)
		}
	}
	for _, r := range v.Records {
		d.Sections = append(d.Sections, Section{Title: r.Heading.Text, Small: true, Rows: rows(r.Fields, 0)})
	}
	if len(v.How) > 0 {
		d.Sections = append(d.Sections, Section{Title: v.W.Say("how.heading"), Small: true, Rows: rows(v.How, 0)})
	}
	d.Sections = append(d.Sections, v.technical(), v.check())
	return d, nil
}

func (v *view) say(key string, args ...any) string { return v.W.Say(key, args...) }

func (v *view) row(key string, lines ...string) Row { return Row{Label: v.say(key), Lines: lines} }

// orSay returns the lines, or the text of a key if there are none.
func (v *view) orSay(lines []string, key string) []string {
	if len(lines) == 0 {
		return []string{v.say(key)}
	}
	return lines
}

func (v *view) inShort() Section {
	s := Section{Title: v.say("short.heading"), Rows: []Row{v.row("short.said.label", v.orSay(plain(v.Short.Said), "short.withheld")...)}}
	if v.By != "" {
		s.Rows = append(s.Rows, v.row("requests.by", v.By))
	}
	s.Rows = append(s.Rows,
		v.row("short.whom.label", v.orSay(plain(v.Short.Whom), "short.none")...),
		v.row("short.data.label", v.orSay(plain(v.Short.Data), "short.none")...),
	)
	if len(v.Short.Until) > 0 || !v.Short.Asked {
		s.Rows = append(s.Rows, v.row("short.until.label", v.orSay(plain(v.Short.Until), "short.no-end")...))
	}
	s.Rows = append(s.Rows, v.row("short.stop.label", present(v.Short.StopURL, v.Short.StopElse.Text)...))
	return s
}

func (v *view) follows() Section {
	s := Section{Title: v.say("effects.heading")}
	for _, e := range v.Effects {
		s.Rows = append(s.Rows, Row{Label: joined(e.Purpose.Text, e.Recipient), Lines: plain(e.Lines)})
	}
	return s
}

func (v *view) notShown() Section {
	s := Section{Title: v.say("withheld.heading")}
	if len(v.Withheld) > 0 {
		s.Texts = append([]string{v.say("withheld.text")}, v.Withheld...)
	}
	return s
}

func (v *view) changed() Section {
	s := Section{Title: v.say("changes.heading")}
	for _, c := range v.Changes {
		line := c.Verb + " (" + c.From + " → " + c.To
		if c.GivenIn > 0 {
			line += " · " + v.say("changes.given-in", "n", c.GivenIn)
		}
		if c.Cause != "" {
			line += " · " + c.Cause
		}
		lines := []string{line + ")"}
		if len(c.Added) > 0 {
			lines = append(lines, v.say("column.added")+": "+strings.Join(plain(c.Added), ", "))
		}
		if len(c.Removed) > 0 {
			lines = append(lines, v.say("column.removed")+": "+strings.Join(plain(c.Removed), ", "))
		}
		lines = append(lines, present(c.Binding)...)
		s.Rows = append(s.Rows, Row{Label: joined(c.Purpose.Text, c.Recipient), Lines: lines})
	}
	if c := v.R.Event.Corrects; c != nil {
		s.Rows = append(s.Rows, Row{Label: v.say("changes.corrects", "n", c.Seq, "from", v.When(c.From)), Lines: []string{c.Digest}, Quoted: v.Why})
	}
	return s
}

func (v *view) requested() Section {
	s := Section{Title: v.say("requests.heading")}
	for _, r := range v.Requests {
		s.Rows = append(s.Rows, Row{Label: r.What})
		for _, f := range r.Facts {
			row := Row{Depth: 1, Label: f.Label, Quoted: f.Quoted}
			if text := strings.TrimSpace(strings.Join(f.Lines, ", ") + " " + f.URL); text != "" {
				row.Lines = []string{text}
			}
			s.Rows = append(s.Rows, row)
		}
	}
	return s
}

func (v *view) noted() Section {
	s := Section{Title: v.say("notes.heading")}
	for _, n := range v.Notes {
		s.Rows = append(s.Rows, Row{Label: n.By, Quoted: n.Lines})
	}
	return s
}

func (v *view) stands() Section {
	s := Section{Title: v.say("standing.heading")}
	for _, l := range v.Standing {
		lines := []string{l.State}
		if len(l.Data) > 0 {
			lines = append(lines, strings.Join(plain(l.Data), ", ")+" ("+l.Access+")")
		}
		if l.Until != "" {
			lines = append(lines, v.say("column.until")+": "+l.Until)
		}
		lines = append(append(lines, present(l.Attests)...), v.say("column.receipt")+": "+fmt.Sprint(l.Receipt))
		s.Rows = append(s.Rows, Row{Label: joined(l.Purpose.Text, l.Recipient), Lines: lines})
	}
	if len(v.Standing) == 0 {
		s.Texts = append(s.Texts, v.say("standing.none"))
	}
	if v.Fence != "" {
		s.Texts = append(s.Texts, v.Fence)
	}
	s.Texts = append(s.Texts, v.say("standing.later"))
	return s
}

func (v *view) technical() Section {
	r := v.R
	withheld := v.say("technical.nothing-withheld")
	if len(v.Withheld) > 0 {
		withheld = v.W.List(v.Withheld)
	}
	return Section{Title: v.say("technical.heading"), Small: true, Rows: []Row{
		v.row("technical.number", fmt.Sprint(r.Seq)),
		v.row("technical.id", r.ID),
		v.row("technical.issuer", r.Issuer),
		v.row("technical.subject", r.Subject),
		v.row("technical.issued", r.Time().Format(time.RFC3339)),
		v.row("technical.channel", r.Event.Channel),
		v.row("technical.digest", r.Digest),
		v.row("technical.previous", cmp.Or(r.Prev, v.say("technical.first"))),
		v.row("technical.catalogue", r.Catalogue),
		v.row("technical.schema", r.SchemaVersion),
		v.row("technical.leaf", r.Leaf),
		v.row("technical.root", cmp.Or(r.Root, v.say("technical.no-root"))),
		v.row("technical.withheld", withheld),
	}}
}

func (v *view) check() Section {
	return Section{Title: v.say("check.heading"), Texts: []string{v.say("check.text"), checkCommand, v.say("check.page") + " " + v.Verify(), v.say("check.root") + " " + v.Trust()}}
}

// checkCommand is the command that checks a receipt.
const checkCommand = "receipt verify --root root.pem receipt.sd-jwt"

// rows lays out fields one below the other; a group of plain fields is one row.
func rows(fields []node, depth int) (out []Row) {
	for _, f := range fields {
		row := Row{Depth: depth, Label: f.Label}
		text, plain := inline(f.Children)
		if row.Quoted = f.Quoted; plain {
			row.Lines = present(cmp.Or(f.Text, text))
			out = append(out, row)
			continue
		}
		out = append(append(out, row), rows(f.Children, depth+1)...)
	}
	return out
}

// inline writes fields in one line. It reports false if a field has fields below it, or a
// person's own words.
func inline(fields []node) (text string, plain bool) {
	var parts []string
	for _, f := range fields {
		if len(f.Children)+len(f.Quoted) > 0 {
			return "", false
		}
		parts = append(parts, f.Label+": "+f.Text)
	}
	return strings.Join(parts, "; "), true
}

func joined(purpose, recipient string) string {
	if recipient == "" {
		return purpose
	}
	return purpose + " – " + recipient
}
