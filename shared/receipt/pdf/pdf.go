// Package pdf writes a receipt as a PDF of one or two pages that a person
// understands: what package page says, in the same words and order, with the signed
// receipt attached inside. It is a rendering: only what is attached is signed.
//
// The fonts are embedded. The document says its language and its title. It has no
// tags (ISO 32000, 14.8): no Go library writes them, so that for a screen reader the
// page in HTML is the better form.
package pdf

import (
	"io"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// Sizes, in millimetres where they are not of type, on A4.
const (
	margin  = 14.0
	width   = 210 - 2*margin
	left    = 44.0 // of a label
	qrSize  = 24.0
	normal  = 9.0 // points
	small   = 6.5
	leading = 0.46 // of a line, in millimetres a point
)

// Render writes a verified receipt. The catalogue is the one that the receipt names.
// The same receipt in the same language makes the same bytes.
func Render(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error {
	d, err := page.NewDocument(rec, cat, language)
	if err != nil {
		return err
	}
	return Write(w, d, rec)
}

// Write writes a document that says what a receipt does.
func Write(w io.Writer, d *page.Document, rec *receipt.Receipt) error {
	modules, err := page.Modules(d.Address)
	if err != nil {
		return err
	}
	d = drawable(d)
	s := &sheet{fpdf.New("P", "mm", "A4", "")}
	s.begin(d, rec)
	s.head(d, modules)
	for i, section := range d.Sections {
		s.section(section, i == 0)
	}
	return s.Output(w)
}

// drawable is a document with what fonts here can draw: no characters beyond the first
// 65,536, which a person's own words may have, and no controls.
func drawable(d *page.Document) *page.Document {
	clean := func(text string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case r > 0xffff:
				return '\ufffd'
			case unicode.IsControl(r) && r != '\n':
				return ' '
			}
			return r
		}, strings.ToValidUTF8(text, "\ufffd"))
	}
	all := func(texts []string) (out []string) {
		for _, t := range texts {
			out = append(out, clean(t))
		}
		return out
	}
	out := *d
	out.Title, out.Heading, out.Above, out.Moment = clean(d.Title), clean(d.Heading), clean(d.Above), clean(d.Moment)
	out.Sections = nil
	for _, s := range d.Sections {
		part := page.Section{Title: clean(s.Title), Small: s.Small, Texts: all(s.Texts)}
		for _, r := range s.Rows {
			part.Rows = append(part.Rows, page.Row{Depth: r.Depth, Label: clean(r.Label), Lines: all(r.Lines)})
		}
		out.Sections = append(out.Sections, part)
	}
	return &out
}

type sheet struct{ *fpdf.Fpdf }

// begin sets what the document is, and what is attached to it.
func (s *sheet) begin(d *page.Document, rec *receipt.Receipt) {
	s.AddUTF8FontFromBytes("go", "", goregular.TTF)
	s.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	s.SetTitle(d.Title, true)
	s.SetLang(d.Language)
	s.SetSubject(d.Above, true)
	s.SetProducer("consent receipts", true)
	s.SetCreationDate(rec.Time())
	s.SetModificationDate(rec.Time())
	s.SetCatalogSort(true)
	s.SetMargins(margin, margin, margin)
	s.SetAutoPageBreak(true, margin)
	s.SetAttachments([]fpdf.Attachment{{Content: []byte(rec.Raw), Filename: page.FileName(rec), Description: d.Above}})
	s.AddPage()
}

func (s *sheet) ink(bold bool, size float64) {
	style := ""
	if bold {
		style = "B"
	}
	s.SetFont("go", style, size)
}

// head writes what it is, beside the code that leads to its page.
func (s *sheet) head(d *page.Document, modules [][]bool) {
	s.SetFillColor(0, 0, 0)
	side := qrSize / float64(len(modules))
	x, y := margin+width-qrSize, margin
	for row, dark := range modules {
		for column, is := range dark {
			if is { // overlapping a little, so that no light shows between them
				s.Rect(x+float64(column)*side, y+float64(row)*side, side*1.02, side*1.02, "F")
			}
		}
	}
	s.LinkString(x, y, qrSize, qrSize, d.Address)
	s.ink(false, normal)
	s.SetTextColor(70, 80, 84)
	s.MultiCell(width-qrSize-8, 5, d.Above, "", "L", false)
	s.SetTextColor(0, 0, 0)
	s.ink(true, 17)
	s.MultiCell(width-qrSize-8, 8, d.Heading, "", "L", false)
	s.ink(false, normal)
	s.MultiCell(width-qrSize-8, 5, d.Moment, "", "L", false)
	s.ink(false, small)
	s.SetTextColor(70, 80, 84)
	s.MultiCell(width-qrSize-8, 3.2, d.AddressFor+":\n"+d.Address, "", "L", false)
	s.SetTextColor(0, 0, 0)
	s.SetY(max(s.GetY(), margin+qrSize) + 2)
	s.SetDrawColor(11, 90, 94)
	s.SetLineWidth(0.6)
	s.Line(margin, s.GetY(), margin+width, s.GetY())
	s.SetLineWidth(0.2)
}

// section writes a part; the first is set off from the rest.
func (s *sheet) section(part page.Section, first bool) {
	size := normal
	if part.Small {
		size = small
	}
	if s.GetY() > 265 { // a heading does not stand alone
		s.AddPage()
	}
	s.Ln(2)
	s.ink(true, 10.5)
	s.SetTextColor(11, 90, 94)
	s.CellFormat(width, 6, part.Title, "", 1, "L", false, 0, "")
	s.SetTextColor(0, 0, 0)
	top := s.GetY()
	for _, r := range part.Rows {
		s.row(r, size)
	}
	s.ink(false, size)
	for _, text := range part.Texts {
		s.MultiCell(width, size*leading, text, "", "L", false)
	}
	if first {
		s.SetDrawColor(150, 160, 158)
		s.Rect(margin-1.5, top-0.5, width+3, s.GetY()-top+1, "D")
	}
}

// row writes a label and its lines beside it, whole on one page.
func (s *sheet) row(r page.Row, size float64) {
	height, indent := size*leading, 3*float64(r.Depth)
	s.ink(true, size)
	labels := s.SplitText(r.Label, left-2)
	s.ink(false, size)
	lines := s.SplitText(strings.Join(r.Lines, "\n"), width-left-indent)
	if need := height * float64(max(len(labels), len(lines))); s.GetY()+need > 297-margin {
		s.AddPage()
	}
	y := s.GetY()
	s.SetXY(margin+indent, y)
	s.ink(true, size)
	s.MultiCell(left-2, height, r.Label, "", "L", false)
	bottom := s.GetY()
	s.SetXY(margin+indent+left, y)
	s.ink(false, size)
	s.MultiCell(width-left-indent, height, strings.Join(r.Lines, "\n"), "", "L", false)
	gap := 0.8
	if size == small {
		gap = 0
	}
	s.SetXY(margin, max(s.GetY(), bottom)+gap)
}
