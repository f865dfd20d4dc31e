package verifypage_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
	"consent-receipts/shared/wording"
)

// keeper writes receipts as a person gets them.
type keeper struct {
	t      *testing.T
	folder string
}

func (k keeper) path(name string) string { return filepath.Join(k.folder, name) }

func (k keeper) file(name, content string) string {
	must(k.t, os.WriteFile(k.path(name), []byte(content), 0o600))
	return k.path(name)
}

// rendered is a receipt of the vectors, with its page and PDF. The receipt inside may differ
// from the displayed one.
func (k keeper) rendered(name, language string, inside func(raw string) string) (html, paper string) {
	k.t.Helper()
	rec := *vector(k.t, name)
	rec.Raw = inside(rec.Raw)
	return k.written(&rec, vectorRoot(k.t), language)
}

// written is a receipt as a page and as a PDF, with its root.
func (k keeper) written(rec *receipt.Receipt, roots receipt.Roots, language string) (html, paper string) {
	k.t.Helper()
	cat := sampleCatalogue(k.t)
	rec.Root = receipt.Fingerprint(roots[0])
	write := func(render func(io.Writer) error) string {
		var b bytes.Buffer
		must(k.t, render(&b))
		return b.String()
	}
	return write(func(w io.Writer) error { return page.Render(w, rec, roots, cat, language, brand.Brand{}) }),
		write(func(w io.Writer) error { return pdf.Render(w, rec, roots, cat, language, brand.Brand{}) })
}

func sampleCatalogue(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return compiled.Catalogue
}

func asItIs(raw string) string { return raw }

func vector(t *testing.T, name string) *receipt.Receipt {
	t.Helper()
	return read(t, filepath.Join(vectors, "good", name+".sd-jwt"))
}

// read is a receipt in a file.
func read(t *testing.T, path string) *receipt.Receipt {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	verifier := receipt.NewVerifier()
	rec, err := verifier.Verify(strings.TrimSpace(string(b)))
	must(t, err)
	return rec
}

// opened is what Chromium makes of a receipt's page.
type opened struct {
	Requests, Problems, Violations []string
	Sideways                       bool
	Sheets                         map[string]int // of paper, by its format
}

// keep opens pages in Chromium, and saves them beside the others.
func (k keeper) keep(width int, dark bool, pages ...string) (seen []opened) {
	k.t.Helper()
	browser(k.t)
	task := map[string]any{"pages": pages, "folder": k.folder, "width": width, "dark": dark}
	chromium.do(k.t, "keep.mjs", task, &seen)
	return seen
}

// TestPages: receipts of the story as pages, in both languages, wide and narrow,
// light and dark: it asks for nothing, axe-core finds nothing in anybody's way, and it
// prints on one or two sheets.
func TestPages(t *testing.T) {
	for _, look := range []struct {
		language string
		width    int
		dark     bool
	}{{"en", 1000, false}, {"es", 360, true}} {
		browser(t)
		k := keeper{t, t.TempDir()}
		var pages []string
		for _, name := range []string{"01-opt-in", "03-opt-out", "18-denied", "one-change-disclosed"} {
			html, _ := k.rendered(name, look.language, asItIs)
			pages = append(pages, k.file(name+".html", html))
		}
		for i, saw := range k.keep(look.width, look.dark, pages...) {
			name := look.language + " " + filepath.Base(pages[i])
			if len(saw.Requests)+len(saw.Problems)+len(saw.Violations) > 0 || saw.Sideways {
				t.Errorf("%s: %+v", name, saw)
			}
			for format, sheets := range saw.Sheets {
				if sheets < 1 || sheets > 2 {
					t.Errorf("%s: %d sheets of %s", name, sheets, format)
				}
			}
		}
	}
}

// qpdf rewrites a PDF as another program would. Without the program the test is
// skipped; where CI=true it fails.
func (k keeper) qpdf(name, from string, options ...string) string {
	k.t.Helper()
	if _, err := exec.LookPath("qpdf"); err != nil {
		if os.Getenv("CI") == "true" {
			k.t.Fatal("qpdf is missing")
		}
		k.t.Skip("qpdf is missing: make test installs it as root on Debian")
	}
	out, err := exec.Command("qpdf", append(options, from, k.path(name))...).CombinedOutput()
	if err != nil {
		k.t.Fatalf("qpdf: %v\n%s", err, out)
	}
	return k.path(name)
}

// TestKept: of the very pages, PDFs and bundles that people get, as they are, as a
// browser saved them and as another program wrote them anew, verify.html says in either
// language what `receipt verify` says: that they are genuine, or the precise reason.
func TestKept(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		t.Run(language, func(t *testing.T) { testKept(t, language) })
	}
}

func testKept(t *testing.T, language string) {
	browser(t)
	var words map[string]string
	must(t, json.Unmarshal([]byte(wording.Text(wording.Verifypage, language)), &words))
	k := keeper{t, t.TempDir()}
	type kept struct {
		path    string
		verdict string
		says    string // a key of the words
	}
	var all []kept
	genuine := func(paths ...string) {
		for _, path := range paths {
			all = append(all, kept{path, "genuine", "verdict.page"})
		}
	}
	refused := func(code receipt.Code, path string) {
		all = append(all, kept{path, "changed", "refused." + string(code)})
	}
	unread := func(verdict, key, path string) { all = append(all, kept{path, verdict, "error." + key}) }

	html, paper := k.rendered("01-opt-in", language, asItIs)
	whole, printed := k.file("receipt.html", html), k.file("receipt.pdf", paper)
	k.keep(1000, false, whole)
	genuine(whole, printed, k.path("receipt.saved.html"), k.path("receipt.mhtml"))
	genuine(k.qpdf("packed.pdf", printed, "--object-streams=generate", "--recompress-flate", "--compression-level=9"))
	genuine(k.qpdf("plain.pdf", printed, "--qdf", "--object-streams=disable"))
	genuine(k.qpdf("linear.pdf", printed, "--linearize"))

	// The visible text differs from the signed receipt: the page shows the signed one.
	lie := strings.ReplaceAll(html, "Parley Messenger", "Somebody Else")
	if lie == html {
		t.Fatal("the page does not name Parley")
	}
	genuine(k.file("lie.html", lie))

	// The receipt inside was changed.
	for name, c := range map[string]struct {
		code   receipt.Code
		change func(string) string
	}{
		"later":   {receipt.CodeSignature, later},
		"yes":     {receipt.CodeDisclosure, func(raw string) string { return disclosed(raw, `"to":"refused"`, `"to":"given"`) }},
		"foreign": {receipt.CodeDisclosure, func(raw string) string { return raw + strings.Split(vector(t, "03-opt-out").Raw, "~")[1] + "~" }},
	} {
		html, paper := k.rendered("01-opt-in", language, c.change)
		refused(c.code, k.file(name+".html", html))
		refused(c.code, k.file(name+".pdf", paper))
	}

	// The file has no receipt, or several, so that nobody can say which one counts.
	unread("no-receipt", "no-receipt", k.path("receipt.A4.pdf")) // printed to a new PDF
	unread("no-receipt", "encrypted", k.qpdf("locked.pdf", printed, "--encrypt", "user", "owner", "256", "--"))
	unread("no-receipt", "no-receipt", k.qpdf("detached.pdf", printed, "--remove-attachment=Attachement1")) // as the library calls it
	_, other := k.rendered("03-opt-out", language, asItIs)
	unread("ambiguous", "several-receipts", k.qpdf("two.pdf", printed, "--copy-attachments-from", k.file("other.pdf", other), "--prefix=other-", "--"))
	unread("ambiguous", "several-receipts", k.file("two.html", strings.Replace(html, "</main>", vector(t, "03-opt-out").Raw+"</main>", 1)))

	visits := []visit{{Name: "first", Files: []string{whole}}, {Name: "root", Roots: []string{filepath.Join(vectors, "root.pem")}}}
	for _, c := range all {
		visits = append(visits, visit{Name: filepath.Base(c.path), Files: []string{c.path}, All: true})
	}
	chain := issue(t, 3)
	visits = append(visits, visit{Name: "a bundle's root", Files: chain.bundles(t), Roots: []string{k.file("root.pem", string(chain.roots.PEM()))}, All: true})
	seen := browse(t, 1000, language, visits)[2:]
	bundle, says := seen[len(all)], strings.ReplaceAll(words["proven.chain"], "{n}", "3")
	if bundle.Verdict != "genuine" || !strings.Contains(bundle.Text, says) {
		t.Errorf("a bundle: %s %s, want %q in\n%s", bundle.Verdict, bundle.Code, says, bundle.Text)
	}
	for i, c := range all {
		says := strings.ReplaceAll(words[c.says], "{name}", filepath.Base(c.path))
		if seen[i].Verdict != c.verdict || says == "" || !strings.Contains(seen[i].Text, says) {
			t.Errorf("%s: %s %s, want %s and %q in\n%s", seen[i].Name, seen[i].Verdict, seen[i].Code, c.verdict, says, seen[i].Text)
		}
		if strings.Contains(seen[i].Text, "Somebody Else") {
			t.Errorf("%s: what the page displays is shown", seen[i].Name)
		}
		verdict, code := byCommand(t, []string{c.path}, check.Options{Roots: vectorRoot(t)})
		if seen[i].Verdict != verdict || seen[i].Code != code {
			t.Errorf("%s: %s %s, the command says %s %s", seen[i].Name, seen[i].Verdict, seen[i].Code, verdict, code)
		}
	}
}

// TestOneFileIsEnough: whoever has one page or PDF, saved as it may be, has the root beside
// the receipt: it vouches for nobody, and with the fingerprint from elsewhere the verdict is
// genuine. Another issuer's root in the file does not help.
func TestOneFileIsEnough(t *testing.T) {
	browser(t)
	k := keeper{t, t.TempDir()}
	html, paper := k.rendered("01-opt-in", "en", asItIs)
	whole, printed := k.file("receipt.html", html), k.file("receipt.pdf", paper)
	k.keep(1000, false, whole)
	files := []string{
		whole, printed, k.path("receipt.saved.html"), k.path("receipt.mhtml"),
		k.qpdf("packed.pdf", printed, "--object-streams=generate", "--recompress-flate", "--compression-level=9"),
		k.qpdf("plain.pdf", printed, "--qdf", "--object-streams=disable"),
		k.file("words.html", strings.Replace(html, "</main>", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----</main>", 1)),
	}
	other := issue(t, 1).roots
	foreign := k.file("foreign.html", strings.Replace(html, "</main>", string(other.PEM())+"</main>", 1))
	fingerprint, another := receipt.Fingerprint(vectorRoot(t)[0]), receipt.Fingerprint(other[0])

	var visits []visit
	for _, file := range files {
		visits = append(visits, visit{Name: file, Files: []string{file}}, visit{Name: file, From: "paper", Fingerprint: fingerprint})
		for want, o := range map[string]check.Options{"consistent": {}, "genuine": {Fingerprints: []string{fingerprint}}, "error": {Fingerprints: []string{another}}} {
			if verdict, _ := byCommand(t, []string{file}, o); verdict != want {
				t.Errorf("%s: the command says %s, want %s", filepath.Base(file), verdict, want)
			}
		}
	}
	visits = append(visits, visit{Name: foreign, Files: []string{foreign}}, visit{Name: foreign, From: "paper", Fingerprint: another})
	if verdict, code := byCommand(t, []string{foreign}, check.Options{Fingerprints: []string{another}}); verdict != "refused" || code != receipt.CodeChain {
		t.Errorf("another's root: the command says %s %s", verdict, code)
	}
	for i, s := range browse(t, 1000, "en", visits) {
		want := []string{"consistent", "genuine"}[i%2]
		if i == len(visits)-1 {
			want = "refused"
		}
		if s.Verdict != want {
			t.Errorf("%s: %s %s, want %s", filepath.Base(s.Name), s.Verdict, s.Code, want)
		}
	}
}

// later is a receipt whose event is stamped a year later.
func later(raw string) string {
	jwt := strings.SplitN(raw, ".", 3)
	b, _ := b64.DecodeString(jwt[1])
	jwt[1] = b64.EncodeToString([]byte(strings.Replace(string(b), `"occurred_at":"2026`, `"occurred_at":"2027`, 1)))
	return strings.Join(jwt, ".")
}

// disclosed is a receipt with a replacement in a disclosed value.
func disclosed(raw, old, new string) string {
	parts := strings.Split(raw, "~")
	out := parts[0]
	for _, d := range parts[1:] {
		b, _ := b64.DecodeString(d)
		out += "~" + b64.EncodeToString([]byte(strings.Replace(string(b), old, new, 1)))
	}
	return out
}
