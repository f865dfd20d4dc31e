// Package cli is what the commands share: verbs and flags, streams that nobody's words can
// steer, exit codes, and how a verdict on receipts is printed. It reaches no network.
package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"

	"consent-receipts/shared/freetext"
)

// Streams are what a program reads and writes.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer // for text; the writer lets nothing through that steers a terminal
	Document       io.Writer // standard output for documents: a receipt, a page, a PDF, JSON
	Typed          bool      // standard input is a terminal, so a user can be asked

	screen io.Writer // stderr for progress, which moves the cursor; nil if it is no terminal
}

// Terminals says which streams are terminals.
type Terminals struct{ Stdin, Stdout, Stderr bool }

// NewStreams guards the writers of text. On a terminal documents are guarded too.
func NewStreams(stdin io.Reader, stdout, stderr io.Writer, at Terminals) *Streams {
	s := &Streams{
		Stdin: stdin, Stdout: freetext.Terminal(stdout), Stderr: freetext.Terminal(stderr),
		Document: stdout, Typed: at.Stdin,
	}
	if at.Stdout {
		s.Document = s.Stdout
	}
	if at.Stderr {
		s.screen = stderr
	}
	return s
}

// ofProcess returns the streams of this process.
func ofProcess() *Streams {
	return NewStreams(os.Stdin, os.Stdout, os.Stderr, Terminals{isTerminal(os.Stdin), isTerminal(os.Stdout), isTerminal(os.Stderr)})
}

// isTerminal does not go by the mode of the file: /dev/null is a character device too.
func isTerminal(f *os.File) bool { return isatty.IsTerminal(f.Fd()) }
