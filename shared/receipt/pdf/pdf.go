// Package pdf writes a receipt as a PDF of one or two pages that a person understands. It has
// the words and order of package page, with the signed receipt attached. The PDF is a
// rendering: only the attached receipt is signed.
//
// The fonts are embedded. A letter that they lack is drawn as one box, and the document then
// names the forms that show all letters. The document states its language and title. It has
// no tags (ISO 32000, 14.8), which the library cannot write: the HTML page is the better form
// for a screen reader.
package pdf

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/page"
)

// Sizes are on A4, in millimetres; those of type are in points.
const (
	margin  = 14.0
	width   = 210 - 2*margin
	left    = 44.0 // width of a label
	qrSize  = 24.0
	normal  = 9.0 // points
	small   = 7.0
	leading = 0.46 // line height, in millimetres per point
)

// Render writes a verified receipt. The catalogue is the one that the receipt names. The root
// that certified its leaf is attached too. The same receipt in the same language gives the
// same bytes.
func Render(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string) error {
	d, err := page.NewDocument(rec, cat, language)
	if err != nil {
		return err
	}
	return Write(w, d, rec, roots)
}

// Write writes the document of a receipt.
func Write(w io.Writer, d *page.Document, rec *receipt.Receipt, roots receipt.Roots) error {
	d, boxes := drawable(d)
	s := &sheet{fpdf.New("P", "mm", "A4", ""), nil}
	s.begin(d, rec, roots.Of(rec))
	d = s.fonts(d)
	s.AddPage()
	s.head(d)
	if boxes {
		s.lacking(d)
	}
	for i, section := range d.Sections {
		s.section(section, i == 0)
	}
	s.feet(d)
	return s.Output(w)
}

type sheet struct {
	*fpdf.Fpdf
	split func(text string, width float64) []string // splits a text into lines in the current font
}

// begin sets the metadata of the document, and attaches the receipt and the root.
func (s *sheet) begin(d *page.Document, rec *receipt.Receipt, root receipt.Roots) {
	s.SetTitle(d.Title, true)
	s.SetLang(d.Language)
	s.SetSubject(d.Above, true)
	s.SetProducer("consent receipts", true)
	s.SetCreationDate(rec.Time())
	s.SetModificationDate(rec.Time())
	s.SetCatalogSort(true)
	s.SetMargins(margin, margin, margin)
	s.SetAutoPageBreak(true, margin)
	attached := []fpdf.Attachment{{Content: []byte(rec.Raw), Filename: d.SignedFile(), Description: d.Above}}
	if root != nil {
		attached = append(attached, fpdf.Attachment{Content: root.PEM(), Filename: inside.RootFile, Description: root.Issuer()})
	}
	s.SetAttachments(attached)
}

func (s *sheet) ink(bold bool, size float64) {
	style := ""
	if bold {
		style = "B"
	}
	s.SetFont("go", style, size)
}

// head writes the heading, beside the QR code of the receipt's page.
func (s *sheet) head(d *page.Document) {
	s.SetFillColor(0, 0, 0)
	modules := d.QR
	side := qrSize / float64(len(modules))
	x, y := margin+width-qrSize, margin
	for row, dark := range modules {
		for column := 0; column < len(dark); column++ {
			run := 0
			for column+run < len(dark) && dark[column+run] {
				run++
			}
			if run > 0 { // overlaps a little, so that no light line shows between modules
				s.Rect(x+float64(column)*side, y+float64(row)*side, side*(float64(run)+0.02), side*1.02, "F")
				column += run
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
}

// lacking states that letters are missing here, and which forms have them.
func (s *sheet) lacking(d *page.Document) {
	s.Ln(2)
	s.ink(true, normal)
	s.MultiCell(width, normal*leading, d.Lacking, "", "L", false)
}

// section writes a section; a bar marks the first one.
func (s *sheet) section(part page.Section, first bool) {
	size := normal
	if part.Small {
		size = small
	}
	if s.GetY() > 265 { // keeps a heading with its first row
		s.AddPage()
	}
	s.Ln(2)
	s.ink(true, 10.5)
	s.SetTextColor(11, 90, 94)
	s.CellFormat(width, 6, part.Title, "", 1, "L", false, 0, "")
	s.SetTextColor(0, 0, 0)
	for _, r := range part.Rows {
		top := s.row(r, size)
		if first {
			s.SetLineWidth(0.6)
			s.Line(margin-3, top, margin-3, s.GetY())
		}
	}
	s.ink(false, size)
	for _, text := range part.Texts {
		s.MultiCell(width, size*leading, text, "", "L", false)
	}
}

// row writes a label and its lines beside it, together on one page, and returns the position
// of its top.
func (s *sheet) row(r page.Row, size float64) (top float64) {
	height, indent := size*leading, 3*float64(r.Depth)
	s.ink(true, size)
	labels := s.split(r.Label, left-2)
	s.ink(false, size)
	text := strings.Join(append(slices.Clone(r.Lines), s.marked(r.Quoted, width-left-indent)...), "\n")
	lines := s.split(text, width-left-indent)
	need := height * float64(max(len(labels), len(lines)))
	if text == "" { // keeps a label with its first field
		need += height
	}
	if s.GetY()+need > 297-margin {
		s.AddPage()
	}
	top = s.GetY()
	s.SetXY(margin+indent, top)
	s.ink(true, size)
	s.MultiCell(left-2, height, r.Label, "", "L", false)
	bottom := s.GetY()
	s.SetXY(margin+indent+left, top)
	s.ink(false, size)
	s.MultiCell(width-left-indent, height, text, "", "L", false)
	gap := 0.8
	if size == small {
		gap = 0
	}
	s.SetXY(margin, max(s.GetY(), bottom)+gap)
	return top
}

// marked breaks a person's own words into lines that fit, and marks each line.
func (s *sheet) marked(lines []string, width float64) (out []string) {
	for _, line := range lines {
		pieces := s.split(line, width-2*s.GetStringWidth(freetext.Mark)) // twice the mark's width, so that no marked line breaks again
		if line == "" {
			pieces = []string{""}
		}
		for _, piece := range pieces {
			out = append(out, freetext.Mark+piece)
		}
	}
	return out
}

// feet writes the receipt's number and the page number at the foot of each page.
func (s *sheet) feet(d *page.Document) {
	s.SetAutoPageBreak(false, 0)
	for n := 1; n <= s.PageCount(); n++ {
		s.SetPage(n)
		s.ink(true, small) // forces the colour to be written, since this page may have another one set
		s.ink(false, small)
		s.SetTextColor(70, 80, 84)
		s.SetXY(margin, 297-margin+3)
		s.CellFormat(width/2, 4, d.Above, "", 0, "L", false, 0, "")
		s.CellFormat(width/2, 4, fmt.Sprintf("%d/%d", n, s.PageCount()), "", 0, "R", false, 0, "")
	}
}
