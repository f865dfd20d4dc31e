package page

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
)

// columns is the line width of a text, in characters.
const columns = 72

// Text writes a verified receipt as plain text in UTF-8, in the best language available. The
// catalogue is as for NewDocument.
func Text(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error {
	d, err := NewDocument(rec, cat, language)
	if err != nil {
		return err
	}
	return d.WriteText(w)
}

// WriteText writes the document as plain text, with the signed receipt below it.
func (d *Document) WriteText(w io.Writer) error {
	out := lines{bufio.NewWriter(w)}
	out.card(d)
	out.section(d.Withheld)
	fmt.Fprintln(out)
	out.line(0, d.AsOf)
	out.line(2, d.Address)
	out.section(Section{Title: d.Check.Title, Texts: []string{d.Check.Text, d.Check.Page, d.Check.Hint}})
	for _, s := range d.Sections {
		out.section(s)
	}
	out.section(d.Systems)
	fmt.Fprintln(out)
	out.line(0, d.w.Say("text.signed")+":")
	fmt.Fprintln(out)
	for piece := range slices.Chunk([]byte(d.rec.Raw), columns) { // a receipt is ASCII
		fmt.Fprintf(out, "%s\n", piece)
	}
	return out.Flush()
}

// WriteCard writes as plain text what a person would tell a friend of a receipt, and nothing that
// proves it. It takes the card of one that is not signed, too.
func (d *Document) WriteCard(w io.Writer) error {
	out := lines{bufio.NewWriter(w)}
	out.card(d)
	return out.Flush()
}

func (out lines) card(d *Document) {
	out.line(0, d.Above)
	out.line(0, strings.ToUpper(d.Heading))
	if d.Lead != "" {
		out.line(0, d.Lead)
	}
	out.line(0, d.Moment)
	out.rows(d.About)
	for _, a := range d.Answers {
		out.section(a.section())
	}
}

// lines writes what a text document consists of. Flush returns the first error.
type lines struct{ *bufio.Writer }

// line writes a text, broken to fit the columns.
func (out lines) line(indent int, text string) {
	for _, l := range wrap(text, columns-indent) {
		fmt.Fprintln(out, strings.TrimRight(strings.Repeat(" ", indent)+l, " "))
	}
}

// section writes a title and what stands below it, if there is anything.
func (out lines) section(s Section) {
	if len(s.Rows)+len(s.Texts) == 0 {
		return
	}
	fmt.Fprintln(out)
	out.line(0, s.Title)
	fmt.Fprintln(out, strings.Repeat("-", min(utf8.RuneCountInString(s.Title), columns)))
	out.rows(s.Rows)
	for _, t := range s.Texts {
		out.line(0, t)
	}
}

func (out lines) rows(rows []Row) {
	for _, r := range rows {
		out.row(r)
	}
}

// row writes a label and its lines, in one line if they fit.
func (out lines) row(r Row) {
	indent := 2 * r.Depth
	switch {
	case r.Label == "":
		for _, l := range r.Lines {
			out.line(indent, l)
		}
		return
	case len(r.Lines) == 1 && len(r.Quoted) == 0 && utf8.RuneCountInString(r.Label+": "+r.Lines[0])+indent <= columns:
		out.line(indent, r.Label+": "+r.Lines[0])
		return
	}
	out.line(indent, r.Label+":")
	for _, l := range r.Lines {
		out.line(indent+2, l)
	}
	for _, l := range freetext.Block(r.Quoted, columns-indent-2) {
		fmt.Fprintln(out, strings.Repeat(" ", indent+2)+l)
	}
}

// section returns the answer as a section of the text.
func (a Answer) section() Section {
	s := Section{Title: a.Title}
	for _, text := range present(a.Promise.Text, a.Text) {
		s.Rows = append(s.Rows, Row{Lines: []string{text}})
	}
	s.Rows = append(s.Rows, a.Rows...)
	return s
}

// wrap breaks a text at its line breaks and spaces. A word that is too long gets its own
// line.
func wrap(text string, width int) (wrapped []string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		current := ""
		for _, word := range strings.Fields(paragraph) {
			if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > width {
				wrapped, current = append(wrapped, current), ""
			}
			if current != "" {
				current += " "
			}
			current += word
		}
		wrapped = append(wrapped, current)
	}
	return wrapped
}
