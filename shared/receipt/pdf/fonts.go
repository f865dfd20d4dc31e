package pdf

import (
	_ "embed"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"golang.org/x/text/encoding/charmap"

	"consent-receipts/shared/receipt/page"
)

// These are the Go fonts, reduced to the characters of encode and compressed in advance
// (fonts/README.md): reducing them for each PDF would take most of its time.
var (
	//go:embed fonts/regular.json
	regular []byte
	//go:embed fonts/regular.z
	regularFile []byte
	//go:embed fonts/bold.json
	bold []byte
	//go:embed fonts/bold.z
	boldFile []byte
)

// fonts sets the fonts for a drawable document, and returns the document with its texts in
// their encoding. It uses the prepared fonts, or DejaVu Sans, reduced to the used characters,
// if the prepared fonts lack a character.
func (s *sheet) fonts(d *page.Document) *page.Document {
	known := true
	encoded := rewritten(d, func(text string) string {
		out, ok := encode(text)
		known = known && ok
		return out
	})
	if known {
		s.AddFontFromBytes("go", "", regular, regularFile)
		s.AddFontFromBytes("go", "B", bold, boldFile)
		return encoded
	}
	s.AddUTF8FontFromBytes("go", "", dejavusans.TTF)
	s.AddUTF8FontFromBytes("go", "B", dejavusansbold.TTF)
	return d
}

// arrow is the code of the arrow in the prepared fonts; Windows-1252 leaves this code free.
const arrow = 0x81

// encode writes a text in the encoding of the prepared fonts, which is Windows-1252 and an
// arrow. It reports false for any other character.
func encode(text string) (encoded string, ok bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if r == '→' {
			b, ok = arrow, true
		}
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}

// rewritten returns a document with a function applied to every drawn text.
func rewritten(d *page.Document, text func(string) string) *page.Document {
	all := func(texts []string) (out []string) {
		for _, t := range texts {
			out = append(out, text(t))
		}
		return out
	}
	rows := func(rows []page.Row) (out []page.Row) {
		for _, r := range rows {
			out = append(out, page.Row{Depth: r.Depth, Label: text(r.Label), Lines: all(r.Lines), Quoted: all(r.Quoted)})
		}
		return out
	}
	section := func(s page.Section) page.Section {
		return page.Section{Title: text(s.Title), Rows: rows(s.Rows), Texts: all(s.Texts)}
	}
	out := *d
	for _, t := range []*string{
		&out.Title, &out.Controller, &out.Kind, &out.Number, &out.Above, &out.Heading, &out.Lead, &out.Moment, &out.AsOf, &out.Address, &out.Record, &out.Page,
		&out.Check.Title, &out.Check.Text, &out.Check.Page, &out.Check.Hint, &out.Check.Seal,
	} {
		*t = text(*t)
	}
	out.About, out.Withheld, out.Systems = rows(d.About), section(d.Withheld), section(d.Systems)
	out.Answers, out.Sections = nil, nil
	for _, a := range d.Answers {
		promise := page.Promise{Text: text(a.Promise.Text), Date: text(a.Promise.Date)}
		out.Answers = append(out.Answers, page.Answer{Mark: a.Mark, Title: text(a.Title), Text: text(a.Text), Promise: promise, Rows: rows(a.Rows)})
	}
	for _, s := range d.Sections {
		out.Sections = append(out.Sections, section(s))
	}
	return &out
}
