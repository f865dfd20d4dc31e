package verifypage_test

import (
	"encoding/base64"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/measured"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
)

var b64 = base64.RawURLEncoding

// visit is one thing that a person does with the page.
type visit struct {
	Name        string   `json:"name"`
	Files       []string `json:"files,omitempty"`
	Keyboard    []string `json:"keyboard,omitempty"` // files, chosen by the keyboard alone
	Drop        string   `json:"drop,omitempty"`
	Roots       []string `json:"roots,omitempty"` // root.pem, chosen in the second step
	From        string   `json:"from,omitempty"`  // where it is from, as the person says
	Fingerprint string   `json:"fingerprint,omitempty"`
	Paste       string   `json:"paste,omitempty"`
	Fragment    string   `json:"fragment,omitempty"`
	All         bool     `json:"all,omitempty"`  // open everything that is closed
	Shot        string   `json:"shot,omitempty"` // name of a screenshot
	Axe         bool     `json:"axe,omitempty"`
	Signatures  int      `json:"signatures,omitempty"` // to be verified alone, to compare
	Timed       bool     `json:"timed,omitempty"`      // it is timed, by the real clock
}

// shown is the content of the page after a check.
type shown struct {
	Name, Verdict, Text string
	Code                receipt.Code
	Took, CPU           float64 // milliseconds; on all cores
	Floor               float64 // milliseconds of CPU for the signatures alone
	Actions             int     // of the person: files given, ticks, texts, and presses
	Steps               int     // how often it said how far it is
	Verified, Digested  int     // signatures and digests that it asked the browser for
	Sideways            bool
	Links               int // in the content of the files
	Violations          []string
}

// browser must be called first by every test that needs Chromium.
func browser(t *testing.T) {
	t.Helper()
	engine(t, "playwright-core", "axe-core", "/usr/bin/chromium")
}

// browse does it all in Chromium, from file: and with the network cut off.
func browse(t *testing.T, width int, language string, visits []visit) []shown {
	t.Helper()
	page, err := filepath.Abs("verify.html")
	must(t, err)
	return browseAt(t, page, width, language, visits)
}

// browseAt does so with the page at a path or an http address.
func browseAt(t *testing.T, page string, width int, language string, visits []visit) []shown {
	t.Helper()
	browser(t)
	shots := os.Getenv("SHOTS")
	if shots != "" {
		shots = filepath.Join(repository, shots)
	}
	task := map[string]any{"page": page, "width": width, "language": language, "shots": shots, "cases": visits}
	var seen struct {
		Requests, Problems []string
		Said               []shown
	}
	chromium.do(t, "browser.mjs", task, &seen)
	if len(seen.Requests)+len(seen.Problems) > 0 {
		t.Errorf("requests %v, problems %v: want none", seen.Requests, seen.Problems)
	}
	for _, s := range seen.Said {
		if s.Sideways || len(s.Violations) > 0 {
			t.Errorf("%s: wider than the screen: %v; against WCAG: %v", s.Name, s.Sideways, s.Violations)
		}
	}
	return seen.Said
}

// TestVectorsInBrowser: opened from the disk, the page says of every vector what
// `receipt verify` says.
func TestVectorsInBrowser(t *testing.T) {
	files := vectorFiles(t)
	visits := []visit{{Name: "the root", Files: files[:1], Roots: []string{filepath.Join(vectors, "root.pem")}}}
	for _, file := range files {
		visits = append(visits, visit{Name: file, Files: []string{file}})
	}
	for i, s := range browse(t, 1000, "en", visits) {
		verdict, code := byCommand(t, visits[i].Files, check.Options{Roots: vectorRoot(t)})
		if s.Verdict != verdict || s.Code != code {
			t.Errorf("%s: %s %s, want %s %s", s.Name, s.Verdict, s.Code, verdict, code)
		}
	}
}

// TestWaysIn: a receipt comes as a file, in a page, in a link or as text, and the verdict is
// the same. The page says that the visible text of a file was not checked. TestKept has the
// pages and PDFs that people get.
func TestWaysIn(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(vectors, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	raw := string(b)
	folder := t.TempDir()
	file := func(name, content string) []string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return []string{path}
	}
	const unchecked = "was not checked"
	type want struct{ verdict, text string }
	visits, wants := []visit{}, []want{}
	add := func(v visit, verdict, text string) {
		visits, wants = append(visits, v), append(wants, want{verdict, text})
	}
	add(visit{Name: "text file", Files: file("receipt.txt", raw+"\n")}, "consistent", "Answer me in Parley Messenger")
	add(visit{Name: "root", Roots: []string{filepath.Join(vectors, "root.pem")}}, "genuine", "Checking-account balances")
	add(visit{Name: "page, percent-encoded", Files: file("a.html", `<a href="data:application/sd-jwt,`+url.QueryEscape(raw)+`">`)}, "genuine", unchecked)
	add(visit{Name: "page, plain", Files: file("b.html", "<!DOCTYPE html><p>Balances for ever</p><pre>"+raw+"</pre>")}, "genuine", unchecked)
	add(visit{Name: "page of none", Files: file("c.html", "<p>nothing</p>")}, "no-receipt", "no receipt in c.html")
	add(visit{Name: "link", Fragment: url.QueryEscape(raw)}, "genuine", "then it ends by itself")
	add(visit{Name: "keyboard", Keyboard: []string{filepath.Join(vectors, "good", "03-opt-out.sd-jwt")}}, "genuine", "Consent was withdrawn")
	add(visit{Name: "dropped", Drop: raw}, "genuine", "then it ends by itself")
	add(visit{Name: "pasted", Paste: "  " + raw + "\n"}, "genuine", "then it ends by itself")
	add(visit{Name: "two files", Files: []string{filepath.Join(vectors, "good", "02-narrow.sd-jwt"), filepath.Join(vectors, "good", "01-opt-in.sd-jwt")}}, "genuine", "The 2 receipts follow")
	add(visit{Name: "with a gap", Files: []string{filepath.Join(vectors, "good", "03-opt-out.sd-jwt"), filepath.Join(vectors, "good", "01-opt-in.sd-jwt")}}, "genuine-not-contiguous", "the receipts between numbers 1 and 3")
	add(visit{Name: "in part", Files: []string{filepath.Join(vectors, "good", "one-change-disclosed.sd-jwt")}}, "genuine", "the state after this receipt: 2 not shown")
	add(visit{Name: "in part, said first", Files: []string{filepath.Join(vectors, "good", "one-change-disclosed.sd-jwt")}}, "genuine", "Parts of 1 receipt are withheld: 1.")
	add(visit{Name: "signed by", Files: []string{filepath.Join(vectors, "good", "01-opt-in.sd-jwt")}}, "genuine", "Signed by First Example Bank (https://consent.first-example-bank.example) on 23 November 2026")
	add(visit{Name: "since", Files: []string{filepath.Join(vectors, "good", "01-opt-in.sd-jwt")}}, "genuine", "whether it changed since is not in this file")
	add(visit{Name: "a picture beside", Files: []string{file("x.jpg", "JFIF")[0], filepath.Join(vectors, "good", "01-opt-in.sd-jwt")}}, "genuine", "x.jpg: No receipt here")
	for i := range visits {
		visits[i].All = true
	}
	for i, s := range browse(t, 1000, "en", visits) {
		if s.Verdict != wants[i].verdict || !strings.Contains(s.Text, wants[i].text) {
			t.Errorf("%s: %s, want %s and %q", s.Name, s.Verdict, wants[i].verdict, wants[i].text)
		}
	}
}

var manyReceipts = flag.Int("receipts", 50, "how many receipts TestMany has")

// TestMany: while many receipts are checked, the page says how far it is. What is bounded is
// what it asks of the browser: a signature each, and a few of certificates and lists for each
// file; some digests for each receipt. make bench prints the processor's time for 1,000, beside
// that of their signatures alone, by the real clock. Nothing vouches for itself: the fingerprint from elsewhere, or
// the root, makes it genuine.
func TestMany(t *testing.T) {
	browser(t)
	many := *manyReceipts
	chain := issue(t, many)
	files, lines, root := chain.bundles(t), filepath.Join(t.TempDir(), "all.sd-jwts"), filepath.Join(t.TempDir(), "root.pem")
	var all strings.Builder
	for _, rec := range chain.receipts {
		all.WriteString(rec.Raw + "\n")
	}
	must(t, os.WriteFile(lines, []byte(all.String()), 0o600))
	must(t, os.WriteFile(root, chain.roots.PEM(), 0o600))
	timed := many >= 1000
	seen := browse(t, 1000, "en", []visit{
		{Name: "bundles", Files: files},
		{Name: "in bundles, with their pages and PDFs", From: "site", Fingerprint: receipt.Fingerprint(chain.roots[0]), Signatures: many, Timed: timed},
		{Name: "one a line", Files: []string{lines}, Roots: []string{root}, Signatures: many, Timed: timed},
	})
	if seen[0].Verdict != "consistent" {
		t.Errorf("without a root: %s", seen[0].Verdict)
	}
	for i, given := range [][]string{files, {lines}} {
		s := seen[i+1]
		measured.Row{What: fmt.Sprintf("CPU of verify.html with %d receipts, %s", many, s.Name),
			Figure: fmt.Sprintf("%.0f ms, done after %.0f ms, %d signatures, %d digests, said how far %d times", s.CPU, s.Took, s.Verified, s.Digested, s.Steps),
			Floor:  fmt.Sprintf("the bare signature checks: %.0f ms", s.Floor), Ratio: s.CPU / s.Floor}.AtMost(5).Print(t.Output())
		const beside, digests = 8, 12
		if s.Verdict != "genuine" || !strings.Contains(s.Text, fmt.Sprintf("All receipts (%d)", many)) {
			t.Errorf("%s: %s", s.Name, s.Verdict)
		}
		if most := many + beside*len(given); s.Verified < many || s.Verified > most || s.Digested > many*digests {
			t.Errorf("%s: %d signatures and %d digests for %d receipts, want %d and %d at most", s.Name, s.Verified, s.Digested, many, most, many*digests)
		}
		if s.Steps < 2 {
			t.Errorf("%s: it said %d times how far it is", s.Name, s.Steps)
		}
	}
}

// TestTampered: for every change of a receipt or a bundle, the page gives the reason of the
// refusal, and the same verdict as `receipt verify`.
func TestTampered(t *testing.T) {
	browser(t)
	mine, forged := issue(t, 3), issue(t, 3)
	folder := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name+".sd-jwt")
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	raw := mine.receipts[0].Raw
	parts := strings.Split(raw, "~")
	jwt := strings.Split(parts[0], ".")
	other := strings.Split(mine.receipts[1].Raw, "~")
	whole := mine.bundles(t)[0]
	inBundle := func(name string, change func(entry, content string) string) string {
		return rewrite(t, whole, name+".zip", change)
	}
	second := "receipts/" + bundle.FileName(2)
	fork := filepath.Join(folder, "fork.sd-jwts")
	must(t, os.WriteFile(fork, []byte(raw+"\n"+mine.sign(t, mine.receipts[0].Claims).Raw+"\n"), 0o600))
	tampered := []struct{ name, path, why string }{
		{"a later date", file("date", later(raw)), "Something was changed after it was signed"},
		{"another signature", file("signature", strings.Replace(raw, jwt[2], strings.Split(other[0], ".")[2], 1)), "Something was changed after it was signed"},
		{"a no into a yes", file("yes", disclosed(raw, `"to":"refused"`, `"to":"given"`)), "A part that is shown was changed"},
		{"a part of another receipt", file("foreign", raw+other[1]+"~"), "A part that is shown was changed"},
		{"cut short", file("short", raw[:len(raw)-40]), "does not have the form of a receipt"},
		{"a character added", file("added", strings.Replace(raw, "~", "=~", 1)), "characters that do not belong"},
		{"signed by somebody else", file("forged", forged.receipts[0].Raw), "The root that you gave does not vouch for its signer"},
		{"no signature at all", file("none", b64.EncodeToString([]byte(`{"alg":"none","typ":"consent-receipt+sd-jwt","x5c":[]}`))+"."+jwt[1]+"."+jwt[2]+"~"), "signed with an algorithm that receipts do not use"},
		{"a receipt exchanged", inBundle("exchanged", func(entry, content string) string {
			if entry == second {
				return mine.sign(t, mine.receipts[1].Claims).Raw
			}
			return content
		}), "It does not follow the receipt before it"},
		{"two histories", fork, "Two different receipts have this number"},
		{"another catalogue", inBundle("catalogue", func(entry, content string) string {
			if strings.HasPrefix(entry, inside.CatalogueDir) {
				return strings.Replace(content, "Parley Messenger", "Somebody else", 1)
			}
			return content
		}), "is not the document that its name promises"},
		{"a receipt changed in a bundle", inBundle("changed", func(entry, content string) string {
			if entry == second {
				return later(content)
			}
			return content
		}), "Something was changed after it was signed"},
		{"a receipt taken out", inBundle("gap", func(entry, content string) string {
			if entry == second {
				return ""
			}
			return content
		}), "the receipts between numbers 1 and 3"},
	}
	root := filepath.Join(folder, "root.pem")
	must(t, os.WriteFile(root, mine.roots.PEM(), 0o600))
	visits := []visit{{Name: "untouched", Files: []string{file("good", raw)}}, {Name: "the root", Roots: []string{root}}}
	for _, c := range tampered {
		visits = append(visits, visit{Name: c.name, Files: []string{c.path}})
	}
	seen := browse(t, 1000, "en", visits)
	for i, c := range tampered {
		got := seen[i+2]
		verdict, code := byCommand(t, []string{c.path}, check.Options{Roots: mine.roots})
		if got.Verdict != verdict || got.Code != code || !strings.Contains(got.Text, c.why) {
			t.Errorf("%s: %s %s, want %s %s and %q in\n%s", c.name, got.Verdict, got.Code, verdict, code, c.why, got.Text)
		}
	}
}

// TestForPeople: in both languages, wide and narrow, nothing on the page is in the
// way of anybody, and nothing is left without words.
func TestForPeople(t *testing.T) {
	browser(t)
	chain := issue(t, 3)
	root := filepath.Join(vectors, "root.pem")
	good := func(name string) []string { return []string{filepath.Join(vectors, "good", name+".sd-jwt")} }
	gap := rewrite(t, chain.bundles(t)[0], "bundle.zip", func(entry, content string) string {
		if entry == "receipts/"+bundle.FileName(2) {
			return ""
		}
		return content
	})
	for _, look := range []struct {
		language string
		width    int
	}{{"en", 1000}, {"es", 360}} {
		visits := []visit{
			{Name: "first"},
			{Name: "file", Files: good("01-opt-in")},
			{Name: "genuine", Roots: []string{root}},
			{Name: "request", Files: good("04-request")},
			{Name: "part", Files: good("one-change-disclosed")},
			{Name: "refused", Files: []string{filepath.Join(vectors, "bad", "disclosure-changed.sd-jwt")}},
			{Name: "bundle", Files: []string{gap}},
		}
		if look.language == "en" {
			visits = visits[:3] // the narrow page shows all the rest
		}
		for i := range visits {
			visits[i].Axe, visits[i].All = true, i >= 3
		}
		for _, s := range browse(t, look.width, look.language, visits) {
			if key := unsaid(s.Text); key != "" {
				t.Errorf("%s, %s: %q is not in words", look.language, s.Name, key)
			}
		}
	}
}

// unsaid finds a key of the words where its text should stand.
func unsaid(text string) string { return keyOfWords.FindString(fileName.ReplaceAllString(text, "")) }

var fileName = regexp.MustCompile(`[a-z-]+\.(?:html|json|jws)\b`)

var keyOfWords = regexp.MustCompile(`\b(?:answers|requests|verify|verdict|proven|looks|looked|manifest|did|staff|gap|list|show|error|refused|short|withheld|array|column|technical|said|period|date|access)\.[a-z][a-z.-]+|\{[a-z]+\}|\[object|undefined`)
