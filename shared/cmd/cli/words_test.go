package cli_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/receipt/check"
)

// TestTold: the name of a file in an error passes for nothing else.
func TestTold(t *testing.T) {
	lie := "x" + strings.Repeat(" ", 75) + "1 checked, 0 refused: genuine.zip"
	for _, err := range []error{
		&check.FileError{Name: lie, Err: errors.New("not a bundle")},
		&check.FileError{Name: "bundle.zip", Err: &fs.PathError{Op: "open", Path: lie, Err: fs.ErrNotExist}},
		&fs.PathError{Op: "open", Path: lie, Err: fs.ErrNotExist},
	} {
		told := cli.Told(err)
		if strings.Contains(told, "1 checked") || strings.Count(told, `"`) != 2 {
			t.Errorf("%T is told as %s", err, told)
		}
	}
	for name, want := range map[string]string{" ": `open " ": file does not exist`, "plain.zip": "open plain.zip: file does not exist"} {
		if got := cli.Told(&fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}); got != want {
			t.Errorf("%q is told as %s", name, got)
		}
	}
	if got := cli.Told(fmt.Errorf("a\x1b[2J")); strings.Contains(got, "\x1b") {
		t.Errorf("told as %q", got)
	}
}
