package pdf

import (
	"slices"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page"
)

// sizes are those of the second page: of the record in words, and of what systems read.
type sizes struct{ words, codes float64 }

// choices are the sizes to choose from, best to read first.
var choices = []sizes{{9, 7.5}, {8.5, 7}, {8, 6.5}, {7.6, 6.2}, {7.2, 5.8}}

// Space in a section: above and below its line, above and below a row of the record and of the
// card, what a row leaves free below it on a page, and the width of the labels.
const (
	aboveLine, belowLine = 1.8, 0.8
	recordGap, cardGap   = 0.1, 0.9
	roomy                = 3.0
	labels               = 40.0
)

// record writes the record in words and what systems read, in the best sizes that leave them on
// one page; in the best of all if none do.
func (s *sheet) record(d *page.Document) {
	s.text(d.Record, margin, width, 14, true)
	set := choices[0]
	for _, one := range choices {
		high := s.high(d.Systems, one.codes)
		for _, section := range d.Sections {
			high += s.high(section, one.words)
		}
		if s.GetY()+high+roomy < height-margin {
			set = one
			break
		}
	}
	for _, section := range d.Sections {
		s.section(section, set.words)
	}
	s.section(d.Systems, set.codes)
}

// high is the height of a section in a size.
func (s *sheet) high(part page.Section, size float64) float64 {
	high := aboveLine + belowLine + lineHeight(size+1)
	for _, r := range part.Rows {
		_, own := s.laid(r, margin+3*float64(r.Depth), labels, size)
		high += own + 2*recordGap
	}
	s.ink(false, size, black)
	for _, text := range part.Texts {
		high += lineHeight(size) * float64(len(s.split(text, width)))
	}
	return high
}

// section writes a section of the record in words. Its title stands on the page of its first row.
func (s *sheet) section(part page.Section, size float64) {
	need := aboveLine + belowLine + lineHeight(size+1) + roomy
	if len(part.Rows) > 0 {
		_, first := s.laid(part.Rows[0], margin, labels, size)
		need += first
	}
	s.room(min(need, 200))
	s.Ln(aboveLine)
	s.line(margin, black, 0.4)
	s.Ln(belowLine)
	s.text(part.Title, margin, width, size+1, true)
	for _, r := range part.Rows {
		s.row(r, margin, labels, size, false)
	}
	for _, text := range part.Texts {
		s.text(text, margin, width, size, false)
	}
}

// laid breaks the lines of a row as they fit beside its label, and returns its height.
func (s *sheet) laid(r page.Row, x, label, size float64) (text string, high float64) {
	column := margin + width - x - label
	s.ink(false, size, soft)
	text = strings.Join(append(slices.Clone(r.Lines), s.marked(r.Quoted, column)...), "\n")
	return text, lineHeight(size) * float64(max(len(s.split(r.Label, label-2)), len(s.split(text, column))))
}

// row writes a label and its lines beside it, together on one page. A dotted line above it
// divides it from the row before.
func (s *sheet) row(r page.Row, x, label, size float64, divided bool) {
	x += 3 * float64(r.Depth)
	text, need := s.laid(r, x, label, size)
	if text == "" { // keeps a label with its first field
		need += lineHeight(size)
	}
	s.room(min(need+roomy, 200))
	gap := recordGap
	if size == normal {
		gap = cardGap
	}
	if divided {
		s.line(x, edge, 0.2, 0.3, 0.9)
	}
	s.Ln(gap)
	top := s.GetY()
	s.SetXY(x, top)
	s.MultiCell(label-2, lineHeight(size), r.Label, "", "L", false)
	bottom := s.GetY()
	s.SetY(top)
	s.text(text, x+label, margin+width-x-label, size, false)
	s.SetY(max(s.GetY(), bottom) + gap)
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
