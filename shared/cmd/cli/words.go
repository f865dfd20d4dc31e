package cli

import (
	"fmt"
	"io"
	"io/fs"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/check"
)

// columns is how wide somebody's words are printed.
const columns = 72

// Told returns an error as one line. The error may begin with the name of a file, which
// anybody may have chosen.
func Told(err error) string {
	switch at := err.(type) { //nolint:errorlint // the outermost error alone begins with a name
	case *check.FileError:
		return freetext.Inline(at.Name) + ": " + Told(at.Err)
	case *fs.PathError:
		return at.Op + " " + freetext.Inline(at.Path) + ": " + Told(at.Err)
	}
	return freetext.Visible(err.Error())
}

// Printer prints lines of text for a person. The first error stays.
type Printer struct {
	W   io.Writer
	Err error
}

// Line prints a line. No text among its arguments can begin another line.
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

// Quote prints the words of a person, each line with its mark.
func (p *Printer) Quote(text string) {
	for _, line := range freetext.Block(freetext.Lines(text), columns) {
		p.Line("    %s", line)
	}
}
