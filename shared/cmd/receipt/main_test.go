package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"receipt": func() {
			c := &command{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: func() time.Time { return scriptsNow }}
			os.Exit(c.run(context.Background(), os.Args[1:]))
		},
	})
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
			"exits": exits, "change": change, "archive": archive, "reissue": reissue,
		},
	})
}

// exits CODE COMMAND...: runs the command and compares its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
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
