package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"consent-receipts/shared/freetext"
)

// columns is how wide somebody's words are printed.
const columns = 72

// Told is an error as one line. The name of a file in it may be anybody's words.
func Told(err error) string {
	text := err.Error()
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		text = strings.ReplaceAll(text, at.Path, freetext.Inline(at.Path))
	}
	return freetext.Visible(text)
}

// Printer prints lines of text for a person. The first error stays.
type Printer struct {
	W   io.Writer
	Err error
}

// Line prints a line. Of its arguments, texts stay on it.
func (p *Printer) Line(format string, args ...any) {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = freetext.Visible(text)
		}
	}
	if p.Err == nil {
		_, p.Err = fmt.Fprintf(p.W, format+"\n", args...)
	}
}

// Quote prints somebody's words, each line with its mark.
func (p *Printer) Quote(text string) {
	for _, line := range freetext.Block(freetext.Lines(text), columns) {
		p.Line("    %s", line)
	}
}

// Or is a text, or another one where it is empty.
func Or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
