package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/shared/cmd/cli/clitest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"desk": main}) }

// TestScripts runs testdata/script, which is the command's documentation as far as it
// needs nobody who answers.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": clitest.Exits},
	})
}
