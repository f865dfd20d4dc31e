package system_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/sampleapp"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/browser"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var shots = flag.String("shots", "", "make the screenshots anew that are in this folder of the repository: docs/screenshots")

var looked = flag.String("looks", "", "a folder for screenshots of every page at three widths, below which each story has its own")

// looksOf is the folder for the screenshots of a story at three widths, or "".
func looksOf(t *testing.T, story string) string {
	if *looked == "" {
		return ""
	}
	folder := filepath.Join(*looked, story)
	must(t, os.MkdirAll(folder, 0o755))
	return folder
}

// windows are the ways in which the pages are looked at: on a desktop, on a phone, and by
// keyboard alone without JavaScript.
var windows = map[string]browser.Window{
	"desktop":  {Width: 1280},
	"phone":    {Width: 360, Language: "es", Dark: true},
	"keyboard": {Width: 1280, Language: "es", Keyboard: true, NoScript: true},
}

// shotsOf is the folder for the screenshots of a window, or "".
func shotsOf(t *testing.T, window string) string {
	if *shots == "" || window != "desktop" && window != "phone" {
		return ""
	}
	folder, err := filepath.Abs(filepath.Join("..", "..", "..", *shots, window))
	must(t, err)
	must(t, os.MkdirAll(folder, 0o755))
	return folder
}

// TestBrowser plays the story in Chromium: on a desktop and on a phone, in both languages, and by
// keyboard alone without JavaScript. What the person kept of it is genuine.
func TestBrowser(t *testing.T) {
	for name, window := range windows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			window.Shots, window.Looks = shotsOf(t, name), looksOf(t, name)
			kept := browser.Story{Window: window, Base: h.Base, Person: alex}.Play(t)
			verifier := receipt.NewVerifier(h.sys.Root)
			whole, err := verifier.Verify(kept.Receipt)
			must(t, err)
			part, err := verifier.Verify(kept.Part)
			must(t, err)
			if part.Digest != whole.Digest || part.Changes[0].Value == nil || part.Changes[1].Value != nil || part.Withheld()["standing"] != 2 {
				t.Errorf("the part withholds %v", part.Withheld())
			}
			s := h.standing(t, h.token(t, alex))
			if whole.Seq != 1 || s.Seq != 6 || len(s.Requests) != 1 || s.Lines[0].InForce {
				t.Errorf("after the story: %+v", s)
			}
		})
	}
}

// TestBrowserSamples answers every question of the two other samples, in their brands, withdraws one
// yes and asks for deletion: judged by axe-core, and again by keyboard alone without JavaScript.
func TestBrowserSamples(t *testing.T) {
	const hospital, shop = "sample-general-hospital", "sample-street-shop"
	for name, play := range map[string]struct {
		sample string
		browser.Window
	}{
		hospital:                  {hospital, browser.Window{Width: 768, Language: "de"}},
		shop:                      {shop, browser.Window{Width: 360, Language: "es", Dark: true}},
		hospital + " by keyboard": {hospital, browser.Window{Width: 360, Language: "es", Keyboard: true, NoScript: true}},
		shop + " by keyboard":     {shop, browser.Window{Width: 1280, Keyboard: true, NoScript: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of, err := system.Compile(samples.FS, play.sample+".yaml")
			must(t, err)
			h := serveOf(t, t.TempDir(), of)
			visit := browser.Answers{Window: play.Window, Base: h.Base, Sample: h.Sample + sampleapp.Path, Person: alex, Questions: 2}
			if !play.Keyboard {
				visit.Looks = looksOf(t, name)
			}
			if play.sample == hospital && !play.Keyboard {
				visit.Clerks = []string{system.SampleOperator, system.OtherOperator}
			}
			visit.Play(t)
			if s := h.standing(t, h.token(t, alex)); s.Seq != 3 || s.Lines[0].InForce == s.Lines[1].InForce || len(s.Requests) != 1 {
				t.Errorf("after the story: %+v", s)
			}
		})
	}
}

// changed compiles a sample catalogue in which one text is replaced.
func changed(t *testing.T, file, old, by string) *source.Compiled {
	t.Helper()
	folder := t.TempDir()
	must(t, os.CopyFS(folder, samples.FS))
	text, err := samples.FS.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(folder, file), bytes.Replace(text, []byte(old), []byte(by), 1), 0o600))
	of, err := system.Compile(os.DirFS(folder), file)
	must(t, err)
	return of
}

// TestBrowserAppeal appeals against a denial, under the law of a state that knows appeals.
func TestBrowserAppeal(t *testing.T) {
	of := changed(t, "first-example-bank.yaml", "rules: {", "rules: {access: us-va, ")
	h := serveOf(t, t.TempDir(), of)
	person, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	h.ask(t, person, "POST", "/v1/data-requests", `{"type":"access"}`).into(t, new(issued))
	id := h.standing(t, person).Requests[0].ID
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	h.ask(t, clerk, "POST", "/v1/operator/people/"+found.Person+"/data-requests/"+id+"/steps", `{"act":"deny","reason":"exempt"}`, "Case-Reference", "DR-4").into(t, new(issued))
	browser.Appeal{Window: browser.Window{Width: 1280, Looks: looksOf(t, "appeal")}, Base: h.Base, Person: alex}.Play(t)
	if s := h.standing(t, person); s.Seq != 3 || s.Requests[len(s.Requests)-1].Type != statement.Appeal {
		t.Errorf("after the appeal: %+v", s)
	}
}

// TestBrowserDoor asks without an account, judged by axe-core, and again by keyboard without scripts.
func TestBrowserDoor(t *testing.T) {
	h := serve(t)
	browser.Door{Window: browser.Window{Width: 360, Language: "es", Looks: looksOf(t, "door")}, Base: h.Base, Address: system.SampleMail, Clerk: system.SampleOperator}.Play(t)
	browser.Door{Window: browser.Window{Width: 1280, Keyboard: true, NoScript: true}, Base: h.Base, Address: "lucia@example.com"}.Play(t)
}

// TestBrowserDesk plays a day at the desk in the same windows.
func TestBrowserDesk(t *testing.T) {
	for name, window := range windows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			person := h.token(t, alex)
			h.optIn(t, person)
			h.ask(t, person, "POST", "/v1/data-requests", `{"type":"erasure","scope":{"purposes":["account-alerts"]},"details":"Please erase what Parley Messenger made of my transactions."}`)
			var found struct{ Person string }
			h.ask(t, h.token(t, system.SampleOperator), "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
			h.docketOthers(t)
			window.Shots, window.Looks = shotsOf(t, name), looksOf(t, name)
			browser.Desk{
				Window: window, Base: h.Base, Operator: system.SampleOperator, Auditor: system.SampleAuditor, Person: alex, Pseudonym: found.Person, Last: 2, Files: true,
			}.Play(t)
			s := h.standing(t, person)
			if s.Seq != 9 || len(s.Requests) != 1 || s.Lines[0].InForce {
				t.Errorf("after the day: %+v", s)
			}
		})
	}
}

// docketOthers puts requests of other people into the docket, so that there is
// something to list: one overdue, some answered.
func (h *here) docketOthers(t *testing.T) {
	t.Helper()
	now := h.sys.API.Registrar.Clock()
	day := func(n int) time.Time { return now.AddDate(0, 0, n) }
	for i, r := range []struct {
		kind, state        string
		received, due, end int // in days from now; end 0: it is open
	}{
		{"access", "overdue", -35, -5, 0}, {"access", "in-progress", -20, 10, 0}, {"rectification", "received", -2, 28, 0}, {"portability", "received", -1, 29, 0},
		{"access", "completed", -60, -30, -48}, {"access", "completed", -50, -20, -41}, {"access", "completed", -45, -15, -12},
		{"erasure", "completed", -70, -40, -52}, {"erasure", "denied", -44, -14, -30}, {"objection", "completed", -40, -10, -37},
	} {
		line := docket.Item{
			ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i), Type: statement.RequestType(r.kind), Rule: "gdpr", State: statement.RequestState(r.state), Received: day(r.received),
			Due: day(r.due).Format(time.DateOnly), At: day(r.end), Day: day(r.end).Format(time.DateOnly), Ended: r.end < 0,
		}
		must(t, h.sys.API.Registrar.Store.Append(t.Context(), ledger.Entry{
			Subject: ledger.Person(fmt.Sprintf("%043d", i)), Seq: 1, Receipt: "x", Key: [32]byte{1}, Command: [32]byte{1}, Listing: line.Listing(),
		}))
	}
}
