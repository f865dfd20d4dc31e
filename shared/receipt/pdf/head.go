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

// head writes whose receipt it is, its number, the headline and the moment.
func (s *sheet) head(d *page.Document) {
	s.ink(true, normal, black)
	box := s.GetStringWidth(d.Number) + 6
	s.SetDrawColor(0, 0, 0)
	s.SetLineWidth(0.4)
	s.SetXY(margin+width-box, margin)
	s.CellFormat(box, 7, d.Number, "1", 0, "C", false, 0, "")
	left := s.logo(d.Brand.Logo)
	s.SetY(margin)
	s.text(d.Controller, margin+left, width-left-box-8, normal+1, true)
	s.ink(false, normal-1, soft)
	s.SetX(margin + left)
	s.MultiCell(width-left-box-8, 4.5, d.Kind, "", "L", false)
	s.Ln(6)
	s.ink(true, 23, black)
	s.MultiCell(width, 10, d.Heading, "", "L", false)
	s.Ln(1)
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

// logo draws the brand's picture in a square, and returns the width that it takes.
func (s *sheet) logo(logo *brand.Logo) float64 {
	const side = 10.0
	if logo == nil {
		return 0
	}
	options := fpdf.ImageOptions{ImageType: "png"}
	s.RegisterImageOptionsReader(logo.Digest, options, bytes.NewReader(logo.PNG))
	scale := side / float64(max(logo.Width, logo.Height))
	s.ImageOptions(logo.Digest, margin, margin, float64(logo.Width)*scale, float64(logo.Height)*scale, false, options, 0, "")
	return side + 4
}
