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

// maxFirstPage is what the first page may transfer in all, in bytes.
const maxFirstPage = 150 << 10

// Story is one visit: a yes and a no, a part shown, a narrowing, a withdrawal, a
// request for erasure.
type Story struct {
	Base     string // address of the portal, without a slash at the end
	Person   string // a sample person without receipts
	Width    int    // of the window, in CSS pixels
	Language string // of the pages; "" is English
	Dark     bool   // the person's system is set to dark
	Keyboard bool   // by Tab, Space, Enter and the arrows alone
	NoScript bool   // with JavaScript disabled
	Shots    string // folder for screenshots; "" for none
}

// Kept is what the person took home: the first receipt, and the part of it that
// they chose to show, whose link is to hold the very same.
type Kept struct{ Receipt, Part string }

// Play plays it. The test fails for any accessibility violation, a page that scrolls
// sideways (neither is looked for by keyboard or without JavaScript), a focus that
// cannot be seen, a request to anybody else, an answer that was ticked before the
// person ticked it, a heavy first page or a weak cookie. Without a browser it is skipped; with CI=true that is a failure.
func (s Story) Play(t *testing.T) Kept {
	t.Helper()
	if s.Language == "" {
		s.Language = "en"
	}
	folder := here()
	need(t, folder)
	files := t.TempDir()
	receipt, part := filepath.Join(files, "receipt"), filepath.Join(files, "part")
	task, err := json.Marshal(map[string]any{
		"base": s.Base, "person": s.Person, "width": s.Width, "language": s.Language, "keyboard": s.Keyboard,
		"dark": s.Dark, "script": !s.NoScript, "shots": s.Shots, "receipt": receipt, "part": part,
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
		Violations, Foreign, Sideways, Problems, Unfocused, Cookies []string

		Preticked, Looked int
		Link              string
		First             struct { // the first page
			Bytes, Requests int
			Paint, Parsed   float64 // milliseconds until something is seen, and all of it is read
		}
	}
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatal(err)
	}
	link := seen.Link
	seen.Link = "" // it is long, and checked below
	if len(seen.Violations)+len(seen.Foreign)+len(seen.Sideways)+len(seen.Problems)+len(seen.Unfocused)+seen.Preticked > 0 {
		t.Errorf("%+v", seen)
	}
	if first := seen.First; first.Bytes == 0 || first.Paint == 0 || first.Bytes > maxFirstPage {
		t.Errorf("the first page transferred %d bytes, may transfer %d: %+v", first.Bytes, maxFirstPage, first)
	}
	t.Logf("%d pages looked at", seen.Looked)
	t.Logf("first page of the portal: %d bytes in %d requests; as on a phone (150 ms, 1.6 Mbit/s, processor 4 times slower): first contentful paint %.0f ms, DOM content loaded %.0f ms",
		seen.First.Bytes, seen.First.Requests, seen.First.Paint, seen.First.Parsed)
	for _, c := range seen.Cookies {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, " true true ") {
			t.Errorf("cookie %s", c)
		}
	}
	kept := Kept{read(t, receipt), read(t, part)}
	if want := s.Base + "/verify#r=" + kept.Part; link != want {
		t.Errorf("the link is %s, want %s", link, want)
	}
	if s.Shots != "" {
		shrink(t, s.Shots)
	}
	return kept
}

// here is the folder of this file.
func here() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// need skips the test where there is no browser.
func need(t *testing.T, folder string) {
	t.Helper()
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
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
