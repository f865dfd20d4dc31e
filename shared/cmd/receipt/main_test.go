package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/cmd/cli/clitest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"receipt": func() { os.Exit(run(os.Stdin, os.Stdout, os.Stderr, os.Args[1:]...)) },
	})
}

// run runs the command as a script does, on no terminal.
func run(stdin io.Reader, stdout, stderr io.Writer, args ...string) int {
	streams := cli.NewStreams(stdin, stdout, stderr, cli.Terminals{})
	c := &command{Streams: streams, now: func() time.Time { return scriptsNow }}
	return cli.Run(context.Background(), c.program(), streams, args)
}

// scriptsNow is the moment at which the scripts happen.
var scriptsNow = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// TestScripts runs testdata/script, which is the command's documentation. Each
// script finds the published vectors in $VECTORS and the sample catalogue in
// $CATALOGUE.
func TestScripts(t *testing.T) {
	events, err := filepath.Abs(filepath.Join("..", "..", "..", "events"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("VECTORS", filepath.Join(events, "vectors"))
			env.Setenv("KANTARA", filepath.Join(events, "..", "shared", "exchange", "testdata", "kantara"))
			env.Setenv("CATALOGUE", filepath.Join(events, "catalogue"))
			return os.CopyFS(filepath.Join(env.WorkDir, "story"), os.DirFS(filepath.Join(events, "vectors", "good")))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": clitest.Exits, "change": change, "archive": archive, "reissue": reissue, "under": under,
		},
	})
}

// change FILE: changes one character of a file.
func change(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: change FILE")
	}
	b := []byte(ts.ReadFile(args[0]))
	if b[400] == 'A' {
		b[400] = 'B'
	} else {
		b[400] = 'A'
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}
