// Package browser plays stories on the portal's and the desk's pages in Chromium, for tests.
package browser

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/measured"
	"consent-receipts/shared/repository"
)

// chromium is where Debian has it.
const chromium = "/usr/bin/chromium"

// maxFirstPage is what the first page may transfer in all, in bytes.
const maxFirstPage = 60 << 10

// Window is how somebody looks at the pages.
type Window struct {
	Width       int    // in CSS pixels
	Language    string // of the pages; "" is English
	RightToLeft bool   // The language is written from the right.
	Dark        bool   // their system is set to dark
	Keyboard    bool   // by Tab, Space, Enter and the arrows alone
	NoScript    bool   // with JavaScript disabled
	Shots       string // folder whose screenshots are made anew; "" for none
	Looks       string // folder for screenshots of every page at 360, 768 and 1280 pixels; "" for none
}

// seen is what a script reports of a visit.
type seen struct {
	Violations, Foreign, Sideways, Problems, Unfocused, Cookies []string

	Preticked, Looked int
	Highest           int // height of the highest question on a phone, in pixels
	Tasks             []Task
	Leads             []Lead
	Link              string
	First             struct { // the first page of a person's story
		Bytes, Requests int
		Paint, Parsed   float64 // milliseconds until the first paint, and until the whole page was read
	}
}

// Task says what a task took: presses, ticks and texts, and the pages that they led to.
type Task struct {
	Name           string
	Actions, Pages int
	Keys           int // pressed, of somebody who has the keyboard alone
}

// play runs a script. The test fails for any accessibility violation, a page that scrolls
// sideways (neither is looked for by keyboard or without JavaScript), a focus that cannot
// be seen, a request to anybody else, an answer that was ticked before the person ticked
// it, or a weak cookie. Without a browser it is skipped; with CI=true that is a failure.
func (w Window) play(t *testing.T, script string, task map[string]any) seen {
	t.Helper()
	need(t)
	maps.Copy(task, map[string]any{
		"width": w.Width, "language": cmp.Or(w.Language, "en"), "dir": map[bool]string{false: "ltr", true: "rtl"}[w.RightToLeft], "keyboard": w.Keyboard, "dark": w.Dark, "script": !w.NoScript, "shots": w.Shots, "looks": w.Looks,
	})
	in, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", repository.File(t, "functions", "testbed", "browser", script))
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var got seen
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Violations)+len(got.Foreign)+len(got.Sideways)+len(got.Problems)+len(got.Unfocused)+got.Preticked > 0 {
		shown := got
		shown.Link = "" // it is long
		t.Errorf("%+v", shown)
	}
	if got.Looked == 0 {
		t.Error("no page was looked at")
	}
	for _, c := range got.Cookies {
		if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, " true true ") {
			t.Errorf("cookie %s", c)
		}
	}
	for _, n := range got.Tasks {
		t.Logf("| %s | %d actions | %d pages | %d keys |", n.Name, n.Actions, n.Pages, n.Keys)
	}
	if w.Shots != "" {
		shrink(t, w.Shots)
	}
	if w.Looks != "" {
		paper(t, w.Looks)
	}
	return got
}

// weighed fails the test if the first page is too heavy.
func (s seen) weighed(t *testing.T) {
	t.Helper()
	first := s.First
	if first.Bytes == 0 || first.Paint == 0 || first.Bytes > maxFirstPage {
		t.Errorf("the first page transferred %d bytes, may transfer %d: %+v", first.Bytes, maxFirstPage, first)
	}
	measured.Row{What: "the portal's first page, as on a phone (150 ms, 1.6 Mbit/s, processor 4 times slower)",
		Figure: fmt.Sprintf("seen after %.0f ms, whole after %.0f ms, %d bytes in %d requests", first.Paint, first.Parsed, first.Bytes, first.Requests)}.
		Want(fmt.Sprintf("at most %d KB", maxFirstPage>>10), first.Bytes <= maxFirstPage).Print(t.Output())
}

// Story is one visit of a person, who says yes and no, shows a part, narrows the consent,
// withdraws it, asks for erasure, and takes back a request for some of the data.
type Story struct {
	Window
	Base   string // address of the portal, without a slash at the end
	Person string // a sample person without receipts
}

// Kept is what the person took home: the first receipt, and the part of it that they chose to
// show. The link to the part must contain the same text.
type Kept struct{ Receipt, Part string }

// Play plays the story. It also fails if the first page is too heavy.
func (s Story) Play(t *testing.T) Kept {
	t.Helper()
	files := t.TempDir()
	receipt, part := filepath.Join(files, "receipt"), filepath.Join(files, "part")
	got := s.play(t, "story.mjs", map[string]any{"base": s.Base, "person": s.Person, "receipt": receipt, "part": part})
	if len(got.Cookies) == 0 {
		t.Error("nobody signed in: there is no cookie")
	}
	got.weighed(t)
	t.Logf("%d pages looked at; the highest question is %d pixels high on a phone", got.Looked, got.Highest)
	kept := Kept{read(t, receipt), read(t, part)}
	if want := s.Base + "/verify#r=" + kept.Part; got.Link != want {
		t.Errorf("the link is %s, want %s", got.Link, want)
	}
	return kept
}

// Answers is a visit of somebody who says yes to every question of a catalogue, reads what came
// of it, and then sees the same questions in a page of others.
type Answers struct {
	Window
	Base      string // address of the portal, without a slash at the end
	Sample    string // address of a page of another origin that shows <consent-offer>
	Person    string // a sample person without receipts
	Questions int
	Clerks    []string // two of the staff, if the catalogue wants a second pair of eyes for a denial
}

// Play plays the visit. It also fails if the first page is too heavy.
func (a Answers) Play(t *testing.T) {
	t.Helper()
	got := a.play(t, "answers.mjs", map[string]any{"base": a.Base, "api": a.Sample, "person": a.Person, "questions": a.Questions, "clerks": a.Clerks})
	got.weighed(t)
	t.Logf("%d pages looked at; the highest question is %d pixels high on a phone", got.Looked, got.Highest)
}

// FirstScreen is a look at every receipt of a person on a phone, and at the first page.
type FirstScreen struct {
	Window
	Base     string // address of the portal, without a slash at the end
	Person   string // a sample person
	Receipts int    // how many the person has
}

// Lead is what the first lines of a receipt say, and how far down its page they reach, in CSS
// pixels.
type Lead struct {
	Seq    int
	Text   string
	Bottom float64
}

// Play looks at the receipts.
func (f FirstScreen) Play(t *testing.T) []Lead {
	t.Helper()
	return f.play(t, "firstscreen.mjs", map[string]any{"base": f.Base, "person": f.Person, "receipts": f.Receipts}).Leads
}

// Appeal is a visit of somebody whose request was denied, and who appeals.
type Appeal struct {
	Window
	Base   string // address of the portal, without a slash at the end
	Person string // a sample person whose one request was denied by their second receipt
}

// Play plays the visit.
func (a Appeal) Play(t *testing.T) {
	t.Helper()
	a.play(t, "appeal.mjs", map[string]any{"base": a.Base, "person": a.Person})
}

// Door is a visit of somebody without an account, who asks by a link in a mail.
type Door struct {
	Window
	Base    string // address of the portal, without a slash at the end
	Address string // of e-mail
	Clerk   string // somebody of the staff, who then works on the request, or ""
}

// Play plays the visit.
func (d Door) Play(t *testing.T) {
	t.Helper()
	d.play(t, "door.mjs", map[string]any{"base": d.Base, "address": d.Address, "clerk": d.Clerk})
}

// Desk is a day at the desk. The staff finds a person and takes their request for erasure to
// its end, enters a request that came by letter, and says a no for the person. An auditor
// reads, and the person sees the result and who looked.
type Desk struct {
	Window
	Base              string // address of the portal, without a slash at the end
	Operator, Auditor string // sample staff
	Person            string // a sample person who said yes once and asked for erasure
	Pseudonym         string // of that person
	Last              int    // number of that person's newest receipt
	Files             bool   // the answer has a file: there is a bucket that the browser reaches
}

// Play plays the day.
func (d Desk) Play(t *testing.T) {
	t.Helper()
	got := d.play(t, "desk.mjs", map[string]any{
		"base": d.Base, "operator": d.Operator, "auditor": d.Auditor, "person": d.Person, "pseudonym": d.Pseudonym, "last": d.Last, "files": d.Files,
	})
	if len(got.Cookies) == 0 {
		t.Error("nobody signed in: there is no cookie")
	}
	t.Logf("%d pages looked at", got.Looked)
}

// Embedded is a visit to a page of another origin, which puts the offer before its customer by
// <consent-offer>. The first answer to the opt-in is lost on the way: see system's test.
type Embedded struct {
	Window
	Base  string // origin of the page, without a slash at the end
	Path  string // of the page
	API   string // address of the API, without a slash at the end
	Token string // an access token of the customer
}

// Play plays the visit. It also fails if anything is stored in a cookie.
func (e Embedded) Play(t *testing.T) {
	t.Helper()
	got := e.play(t, "embedded.mjs", map[string]any{"base": e.Base, "path": e.Path, "api": e.API, "token": e.Token})
	if len(got.Cookies) > 0 {
		t.Errorf("cookies: %v", got.Cookies)
	}
	t.Logf("%d views looked at", got.Looked)
}

// need skips the test where there is no browser.
func need(t *testing.T) {
	t.Helper()
	for file, what := range map[string]string{
		chromium: "chromium is missing: make test installs it as root on Debian",
		repository.File(t, "node_modules", "playwright-core"): "playwright-core is missing: make test installs it",
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
