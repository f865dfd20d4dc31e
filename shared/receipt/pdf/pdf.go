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
	"math"
	"strings"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/page"
)

// Sizes are on A4, in millimetres; those of type are in points.
const (
	height     = 297.0
	margin     = 14.0
	width      = 210 - 2*margin
	stubHeight = 44.0 // of the part by which anyone can check the receipt
	qrSize     = 27.0
	sealRadius = 12.5
	leading    = 0.47 // line height of the card, in millimetres per point
	tight      = 0.37 // of the record and of what systems read
)

// type sizes: of the card, and of the foot of each page.
const (
	normal = 10.0
	small  = 8.0
)

// colour is red, green and blue, 0 to 255.
type colour [3]int

var (
	black = colour{0, 0, 0}
	soft  = colour{70, 80, 84}
	edge  = colour{122, 131, 126}
	paper = colour{255, 255, 255}
)

// colourOf reads #rrggbb. Any other text is black.
func colourOf(hex string) (c colour) {
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		return black
	}
	return c
}

// Render writes a verified receipt. The catalogue is the one that the receipt names. The root
// that certified its leaf is attached too. The same receipt in the same language and brand
// gives the same bytes.
func Render(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string, worn brand.Brand) error {
	d, err := page.NewDocument(rec, cat, language)
	if err != nil {
		return err
	}
	d.Brand = worn
	return Write(w, d, rec, roots)
}

// Write writes the document of a receipt.
func Write(w io.Writer, d *page.Document, rec *receipt.Receipt, roots receipt.Roots) error {
	return write(w, d, rec, roots, true)
}

// WriteLoose writes the document of a receipt with its pages uncompressed. It is for a
// container that compresses the whole file: that takes no longer, and the file gets smaller.
func WriteLoose(w io.Writer, d *page.Document, rec *receipt.Receipt, roots receipt.Roots) error {
	return write(w, d, rec, roots, false)
}

func write(w io.Writer, d *page.Document, rec *receipt.Receipt, roots receipt.Roots, compressed bool) error {
	d, boxes := drawable(ofService(d))
	light, _ := d.Brand.Colours()
	s := &sheet{Fpdf: fpdf.New("P", "mm", "A4", ""), accent: colourOf(light.Accent), tint: colourOf(light.Tint)}
	s.SetCompression(compressed)
	s.begin(d, rec, roots.Of(rec))
	d = s.fonts(d)
	s.AddPage()
	s.head(d)
	if boxes {
		s.text(d.Lacking, margin, width, normal, true)
	}
	if len(d.Withheld.Texts) > 0 {
		s.rule(edge, 0.2)
		s.text(d.Withheld.Title, margin, width, normal, true)
		s.text(strings.Join(d.Withheld.Texts, "\n"), margin, width, normal, false)
	}
	for _, a := range d.Answers {
		s.answer(a)
	}
	s.stub(d)
	s.AddPage()
	s.record(d)
	s.feet(d)
	return s.Output(w)
}

type sheet struct {
	*fpdf.Fpdf
	accent, tint colour // of the brand
	inked        ink    // what texts are written in since it was set last
}

// ink is what a text is written in.
type ink struct {
	bold   bool
	size   float64 // points
	colour colour
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
	s.SetCellMargin(0) // so that text begins where lines do
	s.SetAutoPageBreak(true, margin)
	attached := []fpdf.Attachment{{Content: []byte(rec.Raw), Filename: d.SignedFile(), Description: d.Above}}
	if root != nil {
		attached = append(attached, fpdf.Attachment{Content: root.PEM(), Filename: inside.RootFile, Description: root.Issuer()})
	}
	s.SetAttachments(attached)
}

func (s *sheet) ink(bold bool, size float64, c colour) {
	next := ink{bold, size, c}
	if next == s.inked { // the library writes what is set already once more
		return
	}
	s.inked = next
	style := ""
	if bold {
		style = "B"
	}
	s.SetFont("go", style, size)
	s.SetTextColor(c[0], c[1], c[2])
}

// split breaks a text into the lines of a column in the current font, where the library's MultiCell
// breaks it: at blanks, or within a word that is too long. The library's own SplitText breaks also
// the numbers that freetext.Unbroken keeps on one line.
func (s *sheet) split(text string, columnWidth float64) (lines []string) {
	if text == "" {
		return nil
	}
	_, size := s.GetFontSize()
	most := int(math.Ceil(columnWidth * 1000 / size))
	for rest := range strings.SplitSeq(text, "\n") {
		used, blank := 0, -1
		for i := 0; i < len(rest); {
			_, n := utf8.DecodeRuneInString(rest[i:]) // in the prepared fonts one byte is one character
			if rest[i] == ' ' {
				blank = i
			}
			if used += s.GetStringSymbolWidth(rest[i : i+n]); used <= most {
				i += n
				continue
			}
			end, next := blank, blank+1
			if blank < 0 {
				end = max(i, n) // at least one character
				next = end
			}
			lines, rest = append(lines, rest[:end]), rest[next:]
			used, blank, i = 0, -1, 0
		}
		lines = append(lines, rest)
	}
	return lines
}

// text writes a text in a column, and goes on below it.
func (s *sheet) text(text string, x, columnWidth, size float64, bold bool) {
	s.ink(bold, size, black)
	s.SetX(x)
	s.MultiCell(columnWidth, lineHeight(size), text, "", "L", false)
}

// lineHeight is the height of a line of type, in millimetres.
func lineHeight(size float64) float64 {
	if size < normal {
		return size * tight
	}
	return size * leading
}

// rule draws a line across the page, with space around it.
func (s *sheet) rule(c colour, thickness float64, dashes ...float64) {
	s.Ln(2)
	s.line(margin, c, thickness, dashes...)
	s.Ln(2)
}

func (s *sheet) line(from float64, c colour, thickness float64, dashes ...float64) {
	s.SetDrawColor(c[0], c[1], c[2])
	s.SetLineWidth(thickness)
	s.SetDashPattern(dashes, 0)
	s.Line(from, s.GetY(), margin+width, s.GetY())
	s.SetDashPattern(nil, 0)
}

// room begins a page if less than so many millimetres are left on this one.
func (s *sheet) room(need float64) {
	if s.GetY()+need > height-margin {
		s.AddPage()
	}
}

// answer writes one block of the card: its mark, its words, and the facts.
func (s *sheet) answer(a page.Answer) {
	const indent = 12.0
	s.room(40)
	s.rule(edge, 0.2)
	top := s.GetY()
	s.mark(a.Mark, margin+3.5, top+2.9)
	s.text(a.Title, margin+indent, width-indent, 12.5, true)
	s.Ln(1)
	if a.Text != "" {
		s.text(a.Text, margin+indent, width-indent, normal, false)
	}
	if a.Promise.Text != "" {
		s.promise(a.Promise, margin+indent)
	}
	for i, r := range a.Rows {
		s.row(r, margin+indent, 34, normal, i > 0)
	}
}

// promise writes a dated promise, with the date large.
func (s *sheet) promise(p page.Promise, x float64) {
	before, after := p.Parts()
	s.ink(false, normal, black)
	lines := len(s.split(before, width-x+margin-8)) + len(s.split(after, width-x+margin-8))
	s.SetFillColor(s.tint[0], s.tint[1], s.tint[2])
	s.Ln(1)
	s.Rect(x, s.GetY(), margin+width-x, float64(lines)*normal*leading+13, "F")
	s.Ln(2.5)
	if before != "" {
		s.text(before, x+4, margin+width-x-8, normal, false)
	}
	s.text(p.Date, x+4, margin+width-x-8, 17, true)
	if after != "" {
		s.text(after, x+4, margin+width-x-8, normal, false)
	}
	s.Ln(4)
}

// mark draws the sign of an answer around a point. The word stands beside it.
func (s *sheet) mark(m page.Mark, x, y float64) {
	const r = 3.3
	fill, ink, style := s.accent, paper, "FD"
	switch m {
	case page.MarkNo:
		fill = black
	case page.MarkEnd, page.MarkAsk, page.MarkOpen:
		fill, ink, style = black, black, "D"
	}
	s.SetFillColor(fill[0], fill[1], fill[2])
	s.SetDrawColor(fill[0], fill[1], fill[2])
	s.SetLineWidth(0.5)
	if m == page.MarkOpen {
		s.SetDashPattern([]float64{1, 1}, 0)
	}
	s.Circle(x, y, r, style)
	s.SetDashPattern(nil, 0)
	s.SetDrawColor(ink[0], ink[1], ink[2])
	s.SetLineWidth(0.8)
	switch m {
	case page.MarkYes, page.MarkDone:
		s.Line(x-1.5, y+0.1, x-0.4, y+1.3)
		s.Line(x-0.4, y+1.3, x+1.6, y-1.3)
	case page.MarkNo:
		s.Line(x-1.2, y-1.2, x+1.2, y+1.2)
		s.Line(x-1.2, y+1.2, x+1.2, y-1.2)
	case page.MarkLess:
		s.Line(x-1.7, y, x+1.7, y)
	case page.MarkEnd:
		s.SetFillColor(0, 0, 0)
		s.Rect(x-1.1, y-1.1, 2.2, 2.2, "F")
	case page.MarkAsk:
		s.ink(true, 11, black)
		s.Text(x-s.GetStringWidth("?")/2, y+1.35, "?")
	}
}

// stub writes, below a perforation, how anyone can check the receipt.
func (s *sheet) stub(d *page.Document) {
	s.Ln(3)
	s.ink(false, small, soft)
	s.MultiCell(width, 4, d.AsOf+" "+d.Address, "", "L", false)
	s.Ln(3)
	s.room(stubHeight)
	s.line(margin, edge, 0.4, 2, 1.5)
	top := s.GetY() + 6
	s.code(d.Check.QR, margin, top, d.Check.Page)
	s.seal(d.Brand.Logo, d.Check.Seal, margin+width-sealRadius, top+qrSize/2)
	const x = margin + qrSize + 8
	const column = margin + width - x - 2*sealRadius - 6
	s.SetY(top)
	s.text(d.Check.Title, x, column, 12.5, true)
	s.text(d.Check.Text, x, column, normal, false)
	s.text(d.Check.Page, x, column, normal, true)
	s.Ln(1)
	s.ink(false, normal-1.5, soft)
	s.SetX(x)
	s.MultiCell(column, 4, d.Check.Hint, "", "L", false)
}

// code draws a QR code that links to an address.
func (s *sheet) code(modules [][]bool, x, y float64, address string) {
	s.SetFillColor(0, 0, 0)
	side := qrSize / float64(len(modules))
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
	s.LinkString(x, y, qrSize, qrSize, address)
}

// feet writes whose receipt it is, its number and the page's at the foot of each page.
func (s *sheet) feet(d *page.Document) {
	s.SetAutoPageBreak(false, 0)
	for n := 1; n <= s.PageCount(); n++ {
		s.SetPage(n)
		s.ink(true, small, black) // forces font and colour to be written, since this page may have others set
		s.ink(false, small, soft)
		s.SetXY(margin, height-margin+3)
		s.CellFormat(width*3/4, 4, d.Above, "", 0, "L", false, 0, "")
		of := strings.NewReplacer("{n}", fmt.Sprint(n), "{of}", fmt.Sprint(s.PageCount())).Replace(d.Page)
		s.CellFormat(width/4, 4, of, "", 0, "R", false, 0, "")
	}
}
