package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/cmd/cli"
)

// typed runs the command as somebody at a terminal, who types these lines.
func typed(t *testing.T, lines string, args ...string) (code int, screen string) {
	t.Helper()
	var out bytes.Buffer
	streams := cli.NewStreams(strings.NewReader(lines), &out, &out, cli.Terminals{Stdin: true})
	code = cli.Run(context.Background(), (&command{Streams: streams}).program(), streams, args)
	return code, out.String()
}

// TestAsked: what no flag answers is asked, a wrong answer is asked again, and Enter takes the
// usual one.
func TestAsked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	code, screen := typed(t, "1 Market Street, Bilbao\nprivacy@bakery.example\nprivacy@bakery.example, +34 900 000 000\nbakery.example\nSpain\nES\n\nNewsletter\nE-mail address\n\n\n",
		"catalogue", "new", "--name", "Corner Bakery", file)
	if code != cli.ExitDone {
		t.Fatalf("%d: %s", code, screen)
	}
	for _, want := range []string{"Where is it?", `"" is no phone number.`, "Write the two letters of ISO 3166", "Enter: 12 months", "make run CATALOGUE="} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is not said:\n%s", want, screen)
		}
	}
	if strings.Contains(screen, "Who asks?") {
		t.Error("it asks what a flag has answered")
	}
	if code, screen := typed(t, "", "catalogue", "lint", file); code != cli.ExitDone {
		t.Error(screen)
	}
}

// TestAnswersEnd: who stops in the middle has no file.
func TestAnswersEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	code, screen := typed(t, "Corner Bakery\n", "catalogue", "new", file)
	if _, err := os.Stat(file); code != cli.ExitUsage || err == nil || !strings.Contains(screen, "nothing was written") {
		t.Errorf("%d, %v: %s", code, err, screen)
	}
}
