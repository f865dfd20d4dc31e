// Package clitest has what the scripts that test the commands share.
package clitest

import (
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// Exits is the command exits CODE COMMAND...: it runs that command and compares its exit code.
func Exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}
