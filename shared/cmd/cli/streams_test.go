package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestStreams: a text steers no terminal; a document is written unchanged, except on a
// terminal.
func TestStreams(t *testing.T) {
	for _, c := range []struct {
		at   Terminals
		want string
	}{
		{Terminals{}, "‹U+001B›[2J ‹U+001B›[2J \x1b[2J"},
		{Terminals{Stdout: true}, "‹U+001B›[2J ‹U+001B›[2J ‹U+001B›[2J"},
	} {
		var out strings.Builder
		s := NewStreams(nil, &out, &out, c.at)
		fmt.Fprint(s.Stdout, "\x1b[2J ")
		fmt.Fprint(s.Stderr, "\x1b[2J ")
		fmt.Fprint(s.Document, "\x1b[2J")
		if out.String() != c.want {
			t.Errorf("%+v: %q", c.at, out.String())
		}
	}
}

// TestNoTerminal: nobody is asked whose input comes from nowhere, as under cron.
func TestNoTerminal(t *testing.T) {
	nowhere, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	if isTerminal(nowhere) {
		t.Errorf("%s is a terminal", os.DevNull)
	}
}
