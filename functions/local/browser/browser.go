// Package browser plays the story on the portal's pages in Chromium, for tests.
package browser

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// chromium is where Debian has it.
const chromium = "/usr/bin/chromium"

// Story is one visit: a yes and a no, a narrowing, a withdrawal, a request.
type Story struct {
	Base   string // address of the portal, without a slash at the end
	Person string // a sample person without receipts, whose language is English
	Width  int    // of the window, in pixels
	Shots  string // folder for screenshots; "" for none
}

// Play plays it and returns the first receipt, as it was downloaded. The test fails
// for any accessibility violation, a request to anybody else, an answer that was
// ticked before the person ticked it, or a weak cookie. Without a browser it is
// skipped; with CI=true that is a failure.
func (s Story) Play(t *testing.T) (receipt string) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Dir(here)
	for file, what := range map[string]string{
		chromium: "chromium is missing: make test installs it as root on Debian",
		filepath.Join(folder, "..", "..", "..", "node_modules", "playwright-core"): "playwright-core is missing: make test installs it",
	} {
		if _, err := os.Stat(file); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal(what)
			}
			t.Skip(what)
		}
	}
	download := filepath.Join(t.TempDir(), "receipt.sd-jwt")
	task, err := json.Marshal(map[string]any{
		"base": s.Base, "person": s.Person, "width": s.Width, "shots": s.Shots, "download": download,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", filepath.Join(folder, "story.mjs"))
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(task), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var seen struct {
		Violations, Foreign, Sideways, Problems, Cookies []string
		Preticked                                        int
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	if len(seen.Violations)+len(seen.Foreign)+len(seen.Sideways)+len(seen.Problems)+seen.Preticked > 0 {
		t.Errorf("%+v", seen)
	}
	for _, c := range seen.Cookies {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, " true true ") {
			t.Errorf("cookie %s", c)
		}
	}
	raw, err := os.ReadFile(download)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
