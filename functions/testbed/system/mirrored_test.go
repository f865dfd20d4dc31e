package system_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/sampleapp"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/browser"
	"consent-receipts/shared/consent/catalogue/draft"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/wording"
)

// mirrored is a language that nobody speaks: English in Hebrew letters, which are written from
// the right. Its folder is made here, and lies over the tree for this one test.
const mirrored = "he-XB"

// TestRightToLeft looks at the pages in a language that is written from the right, on a phone
// and on a desktop. It runs itself again in a build that has one folder more.
func TestRightToLeft(t *testing.T) {
	if !slices.Contains(wording.Languages(), mirrored) {
		args := []string{"test", "-overlay", overlay(t), "-run", "^TestRightToLeft$", "-count=1", "-timeout", "30m", ".", "-args"}
		if *looked != "" {
			folder, err := filepath.Abs(*looked)
			must(t, err)
			args = append(args, "-looks", folder)
		}
		out, err := exec.Command("go", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	for name, window := range map[string]browser.Window{"mirrored-phone": {Width: 360}, "mirrored-desktop": {Width: 1280}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serveOf(t, t.TempDir(), mirroredCatalogue(t))
			window.Language, window.RightToLeft, window.Looks = mirrored, true, looksOf(t, name)
			browser.Answers{Window: window, Base: h.Base, Sample: h.Sample + sampleapp.Path, Person: alex, Questions: 2}.Play(t)
		})
	}
}

// mirroredCatalogue is a draft of a catalogue, with its notices, in that language.
func mirroredCatalogue(t *testing.T) *source.Compiled {
	t.Helper()
	var a draft.Answers
	for _, q := range draft.Questions() {
		answer := map[string]string{
			"country": "ES", "languages": mirrored + ", en", "purposes": mirror("Newsletter; Offers by e-mail"), "data": mirror("E-mail address; What you buy"),
		}[q.Name]
		if answer == "" {
			answer = q.Example
		}
		if wrong := q.Take(&a, answer); wrong != "" {
			t.Fatalf("%s: %s", q.Name, wrong)
		}
	}
	const name, logo = "mine.yaml", "logo.png"
	files, err := a.Files(name)
	must(t, err)
	files[name] = []byte(strings.Replace(string(files[name]), "# logo:", "logo:", 1))
	files[logo], err = fs.ReadFile(samples.FS, "logos/sample-street-shop.png")
	must(t, err)
	folder := fstest.MapFS{}
	for name, b := range files {
		folder[name] = &fstest.MapFile{Data: b}
	}
	compiled, err := system.Compile(folder, name)
	must(t, err)
	return compiled
}

// overlay makes the folder of the language and verify.html with it, and returns the file that
// lays both over the tree (go help build, -overlay).
func overlay(t *testing.T) string {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "..", "node_modules", "esbuild")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("esbuild is missing: make test installs it")
		}
		t.Skip("esbuild is missing: make test installs it")
	}
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared"))
	must(t, err)
	tree, made := filepath.Join(shared, "wording"), t.TempDir()
	must(t, os.CopyFS(made, os.DirFS(tree)))
	must(t, os.Mkdir(filepath.Join(made, mirrored), 0o755))
	replace := map[string]string{}
	english, err := fs.Glob(os.DirFS(tree), wording.Fallback+"/*")
	must(t, err)
	for _, name := range english {
		file := filepath.Join(mirrored, path.Base(name))
		b, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(name)))
		must(t, err)
		replace[filepath.Join(tree, file)] = filepath.Join(made, file)
		must(t, os.WriteFile(filepath.Join(made, file), mirroredFile(t, b), 0o600))
	}
	page := filepath.Join(made, "verify.html")
	replace[filepath.Join(shared, "receipt", "verifypage", "verify.html")] = page
	build := exec.Command("node", "--input-type=module", "--eval", "const { page } = await import(process.argv[1]); process.stdout.write(await page(new URL(process.argv[2])));",
		"file://"+filepath.ToSlash(filepath.Join(shared, "receipt", "verifypage", "build.mjs")), "file://"+filepath.ToSlash(made)+"/")
	html, err := build.Output()
	must(t, err)
	must(t, os.WriteFile(page, html, 0o600))
	file := filepath.Join(made, "overlay.json")
	b, err := json.Marshal(map[string]any{"Replace": replace})
	must(t, err)
	must(t, os.WriteFile(file, b, 0o600))
	return file
}

// mirroredFile is a file of a language in mirrored letters.
func mirroredFile(t *testing.T, english []byte) []byte {
	t.Helper()
	var texts map[string]string
	if json.Unmarshal(english, &texts) != nil { // a template
		return []byte(mirror(string(english)))
	}
	for key, text := range maps.All(texts) {
		texts[key] = mirror(text)
	}
	if texts["language.dir"] != "" {
		texts["language.dir"] = "rtl"
	}
	b, err := json.MarshalIndent(texts, "", "  ")
	must(t, err)
	return b
}

// kept is what letters are not exchanged in: actions, names in braces, and addresses.
var kept = regexp.MustCompile(`\{\{.*?\}\}|\{\w+\}|https?://\S+`)

// mirror exchanges each Latin letter for a Hebrew one.
func mirror(text string) string {
	const letters = "אבגדהוזחטיךכלםמןנסעףפץצקרש" // one for each from a to z
	var out strings.Builder
	from := 0
	swap := func(part string) {
		for _, r := range part {
			if i := unicode.ToLower(r) - 'a'; i >= 0 && i < 26 {
				r = []rune(letters)[i]
			}
			out.WriteRune(r)
		}
	}
	for _, at := range kept.FindAllStringIndex(text, -1) {
		swap(text[from:at[0]])
		out.WriteString(text[at[0]:at[1]])
		from = at[1]
	}
	swap(text[from:])
	return out.String()
}
