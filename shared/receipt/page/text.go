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
	out := bufio.NewWriter(w)
	line := func(indent int, text string) {
		for _, l := range wrap(text, columns-indent) {
			fmt.Fprintln(out, strings.TrimRight(strings.Repeat(" ", indent)+l, " "))
		}
	}
	line(0, d.Above)
	line(0, strings.ToUpper(d.Heading))
	line(0, d.Moment)
	for _, s := range d.Sections {
		fmt.Fprintln(out)
		line(0, s.Title)
		fmt.Fprintln(out, strings.Repeat("-", min(utf8.RuneCountInString(s.Title), columns)))
		for _, r := range s.Rows {
			if len(r.Lines) == 1 && len(r.Quoted) == 0 && utf8.RuneCountInString(r.Label+": "+r.Lines[0])+2*r.Depth <= columns {
				line(2*r.Depth, r.Label+": "+r.Lines[0])
				continue
			}
			line(2*r.Depth, r.Label+":")
			for _, l := range r.Lines {
				line(2*r.Depth+2, l)
			}
			for _, l := range freetext.Block(r.Quoted, columns-2*r.Depth-2) {
				fmt.Fprintln(out, strings.Repeat(" ", 2*r.Depth+2)+l)
			}
		}
		for _, t := range s.Texts {
			line(0, t)
		}
	}
	fmt.Fprintln(out)
	line(0, d.AddressFor+":")
	line(2, d.Address)
	fmt.Fprintln(out)
	line(0, d.view.say("text.signed")+":")
	fmt.Fprintln(out)
	for piece := range slices.Chunk([]byte(d.view.R.Raw), columns) { // a receipt is ASCII
		fmt.Fprintf(out, "%s\n", piece)
	}
	return out.Flush()
}

// wrap breaks a text at its line breaks and spaces. A word that is too long gets its own
// line.
func wrap(text string, width int) (lines []string) {
	for paragraph := range strings.SplitSeq(text, "\n") {
		current := ""
		for _, word := range strings.Fields(paragraph) {
			if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > width {
				lines, current = append(lines, current), ""
			}
			if current != "" {
				current += " "
			}
			current += word
		}
		lines = append(lines, current)
	}
	return lines
}
