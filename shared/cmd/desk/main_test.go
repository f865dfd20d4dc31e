package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/shared/cmd/cli/clitest"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"desk": main}) }

// TestScripts runs testdata/script, which documents the command as far as no server has to
// answer.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": clitest.Exits},
	})
}
