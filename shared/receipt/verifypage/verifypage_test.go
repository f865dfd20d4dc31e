package verifypage_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/verifypage"
)

var (
	repository = filepath.Join("..", "..", "..")
	vectors    = filepath.Join(repository, "events", "vectors")
	labelled   = filepath.Join(vectors, "labelled") // of receipts with words of their own
)

var must = errtest.None

// engine finds what `make test` installs. Without it the test is skipped with a
// clear line, and where CI=true it fails.
func engine(t testing.TB, names ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("the work is another program's, which the race detector does not see")
	}
	for _, name := range names {
		if !filepath.IsAbs(name) {
			name = filepath.Join(repository, "node_modules", name)
		}
		if _, err := os.Stat(name); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing", name)
			}
			t.Skipf("%s is missing: make test installs it", name)
		}
	}
}

// node runs a script with a task on its standard input.
func node(t testing.TB, task any, script ...string) []byte {
	t.Helper()
	in, err := json.Marshal(task)
	must(t, err)
	cmd := exec.Command("node", script...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return out
}

// TestBuilt: building the sources gives the same page, byte for byte, and the page is small.
func TestBuilt(t *testing.T) {
	if n := len(verifypage.Page); n >= 450_000 {
		t.Errorf("%d bytes, want under 450 KB", n)
	}
	engine(t, "esbuild")
	if built := node(t, nil, "build.mjs", "--stdout"); !bytes.Equal(built, verifypage.Page) {
		t.Errorf("verify.html is not what its sources make: node shared/receipt/verifypage/build.mjs (%d bytes, here %d)", len(built), len(verifypage.Page))
	}
}

// said is the page's result for one receipt.
type said struct {
	Code     receipt.Code   `json:"code"`
	Digest   string         `json:"digest"`
	Root     string         `json:"root"`
	Leaf     string         `json:"leaf"`
	Withheld map[string]int `json:"withheld"`
}

// bySources asks the page's sources, in Node.
func bySources(t *testing.T, roots receipt.Roots, raws []string) []said {
	t.Helper()
	engine(t, "esbuild")
	task := map[string]any{"roots": string(roots.PEM())}
	var encoded [][]byte
	for _, raw := range raws {
		encoded = append(encoded, []byte(raw))
	}
	task["receipts"] = encoded
	var out []said
	must(t, json.Unmarshal(node(t, task, filepath.Join("testdata", "node.mjs")), &out))
	return out
}

// byGo asks the Go verifier.
func byGo(t *testing.T, roots receipt.Roots, raw string) said {
	t.Helper()
	verifier := receipt.NewVerifier(roots...)
	rec, err := verifier.Verify(raw)
	if refusal, ok := receipt.AsRefusal(err); ok {
		return said{Code: refusal.Code}
	}
	must(t, err)
	return said{Digest: rec.Digest, Root: rec.Root, Leaf: rec.Leaf, Withheld: rec.Withheld()}
}

func vectorFiles(t *testing.T) []string { return filesOf(t, vectors) }

// filesOf are the vectors in a folder.
func filesOf(t *testing.T, folder string) (files []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "index.json"))
	must(t, err)
	var index []struct{ File string }
	must(t, json.Unmarshal(b, &index))
	for _, v := range index {
		files = append(files, filepath.Join(folder, filepath.FromSlash(v.File)))
	}
	return files
}

func vectorRoot(t *testing.T) receipt.Roots { return rootOf(t, vectors) }

func rootOf(t *testing.T, folder string) receipt.Roots {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, "root.pem"))
	must(t, err)
	roots, err := receipt.ParseRoots(b)
	must(t, err)
	return roots
}

// TestVectors: the page's sources and the Go verifier say the same of every
// vector, with the root and without.
func TestVectors(t *testing.T) {
	for _, folder := range []string{vectors, labelled} {
		files := filesOf(t, folder)
		var raws []string
		for _, file := range files {
			b, err := os.ReadFile(file)
			must(t, err)
			raws = append(raws, string(b))
		}
		for name, roots := range map[string]receipt.Roots{"with its root": rootOf(t, folder), "with none": nil} {
			t.Run(filepath.Base(folder)+" "+name, func(t *testing.T) {
				agree(t, roots, files, raws)
			})
		}
	}
}

func agree(t *testing.T, roots receipt.Roots, names, raws []string) {
	t.Helper()
	theirs := bySources(t, roots, raws)
	for i, raw := range raws {
		got, _ := json.Marshal(theirs[i])
		if want, _ := json.Marshal(normal(byGo(t, roots, raw))); !bytes.Equal(got, want) {
			t.Errorf("%s: the page says %s, the Go verifier %s", names[i], got, want)
		}
	}
}

// normal has no empty map where there is none in JSON.
func normal(s said) said {
	if s.Code != "" {
		s.Withheld = nil
	}
	return s
}

// byCommand is what `receipt verify` says of files: the verdict, and the code of the first
// refusal.
func byCommand(t *testing.T, files []string, o check.Options) (verdict string, code receipt.Code) {
	t.Helper()
	o.Each = func(r check.Result) {
		if refusal, ok := receipt.AsRefusal(r.Err); ok && code == "" {
			code = refusal.Code
		}
	}
	report, err := check.Run(context.Background(), files, o)
	if errors.Is(err, check.ErrNoRoot) || errors.Is(err, receipt.ErrRoot) {
		return "error", ""
	}
	must(t, err)
	for _, r := range report.Contradicting {
		o.Each(r)
	}
	return string(report.Verdict), code
}
