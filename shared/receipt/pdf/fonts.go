package pdf

import (
	_ "embed"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"golang.org/x/text/encoding/charmap"

	"consent-receipts/shared/receipt/page"
)

// The Go fonts, cut to what encode knows and compressed beforehand (fonts/README.md):
// cutting them anew takes most of the time that a PDF takes.
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

// fonts sets the fonts that a drawable document needs, and returns the document with
// its texts as those take them: the prepared fonts, or where a character is not in
// these, DejaVu Sans, of which what is used is cut out.
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
		s.split = func(text string, width float64) (lines []string) {
			for _, line := range s.SplitLines([]byte(text), width) {
				lines = append(lines, string(line))
			}
			return lines
		}
		return encoded
	}
	s.AddUTF8FontFromBytes("go", "", dejavusans.TTF)
	s.AddUTF8FontFromBytes("go", "B", dejavusansbold.TTF)
	s.split = s.SplitText
	return d
}

// arrow is where the prepared fonts have it: Windows-1252 has nothing there.
const arrow = 0x81

// encode writes a text in Windows-1252 and an arrow, the encoding of the prepared
// fonts, or says that it cannot.
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

// rewritten is a document with every text that is drawn rewritten.
func rewritten(d *page.Document, text func(string) string) *page.Document {
	all := func(texts []string) (out []string) {
		for _, t := range texts {
			out = append(out, text(t))
		}
		return out
	}
	out := *d
	out.Title, out.Heading, out.Above, out.Moment = text(d.Title), text(d.Heading), text(d.Above), text(d.Moment)
	out.AddressFor = text(d.AddressFor)
	out.Sections = nil
	for _, s := range d.Sections {
		part := page.Section{Title: text(s.Title), Small: s.Small, Texts: all(s.Texts)}
		for _, r := range s.Rows {
			part.Rows = append(part.Rows, page.Row{Depth: r.Depth, Label: text(r.Label), Lines: all(r.Lines), Quoted: all(r.Quoted)})
		}
		out.Sections = append(out.Sections, part)
	}
	return &out
}
