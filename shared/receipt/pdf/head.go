package pdf

import (
	"bytes"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/receipt/page"
)

// ofService returns a document whose kind names the brand's service too.
func ofService(d *page.Document) *page.Document {
	if d.Brand.Service == "" {
		return d
	}
	out := *d
	out.Kind = d.Brand.Service + " · " + d.Kind
	return &out
}

// head writes whose receipt it is, its number, the headline, the lead and the moment.
func (s *sheet) head(d *page.Document) {
	s.ink(true, normal, black)
	box := s.GetStringWidth(d.Number) + 6
	s.SetDrawColor(0, 0, 0)
	s.SetLineWidth(0.4)
	s.SetXY(margin+width-box, margin)
	s.CellFormat(box, 7, d.Number, "1", 0, "C", false, 0, "")
	left := 0.0
	if d.Brand.Logo != nil {
		const side = 10
		s.logo(d.Brand.Logo, margin, margin, side)
		left = side + 4
	}
	s.SetY(margin)
	s.text(d.Controller, margin+left, width-left-box-8, normal+1, true)
	s.ink(false, normal-1, soft)
	s.SetX(margin + left)
	s.MultiCell(width-left-box-8, 4.5, d.Kind, "", "L", false)
	s.Ln(3)
	s.ink(true, 22, black)
	s.MultiCell(width, 9, d.Heading, "", "L", false)
	s.Ln(1)
	if d.Lead != "" {
		s.text(d.Lead, margin, width, normal, false)
		s.Ln(1.5)
	}
	s.ink(false, normal, soft)
	s.MultiCell(width, normal*leading, d.Moment, "", "L", false)
	for _, r := range d.About {
		if r.Label == "" {
			s.MultiCell(width, normal*leading, strings.Join(r.Lines, "\n"), "", "L", false)
			continue
		}
		s.row(r, margin, 36, normal, false)
	}
}

// logo draws the brand's picture in a square.
func (s *sheet) logo(logo *brand.Logo, x, y, side float64) {
	options := fpdf.ImageOptions{ImageType: "png"}
	s.RegisterImageOptionsReader(logo.Digest, options, bytes.NewReader(logo.PNG))
	scale := side / float64(max(logo.Width, logo.Height))
	s.ImageOptions(logo.Digest, x, y, float64(logo.Width)*scale, float64(logo.Height)*scale, false, options, 0, "")
}

// seal draws the seal around a point. It is ornament: it says that the receipt is signed, and
// vouches for nothing.
func (s *sheet) seal(logo *brand.Logo, word string, x, y float64) {
	s.SetDrawColor(s.accent[0], s.accent[1], s.accent[2])
	s.TransformBegin()
	s.TransformRotate(7, x, y)
	s.SetLineWidth(0.4)
	s.Circle(x, y, sealRadius-2.4, "D")
	s.Circle(x, y, sealRadius-1.6, "D")
	s.SetDashPattern([]float64{0.6, 0.6}, 0)
	s.SetLineWidth(0.6)
	s.Circle(x, y, sealRadius-0.3, "D")
	s.SetDashPattern(nil, 0)
	if logo != nil {
		s.logo(logo, x-3.5, y-5.5, 7)
		y += 5
	}
	s.ink(true, small, s.accent)
	s.Text(x-s.GetStringWidth(word)/2, y+0.9, word)
	s.TransformEnd()
}
