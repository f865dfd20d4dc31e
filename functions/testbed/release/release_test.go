// Package release tests what `make dist` and `make release` give out.
package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
)

var (
	target = runtime.GOOS + "/" + runtime.GOARCH
	suffix = runtime.GOOS + "-" + runtime.GOARCH
)

// TestSameTwice: two builds of one commit in two folders are byte-equal, and so are their
// SBOMs and sums. Compiled packages come from one cache; linking and describing happens
// twice.
func TestSameTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped with -short: it builds the commands twice")
	}
	var built [2]map[string]string
	from := filepath.Join("..", "..", "..")
	for i := range built {
		clone := filepath.Join(t.TempDir(), "clone")
		command(t, ".", "git", "clone", "--quiet", "--shared", from, clone)
		from = clone // The second is of the first: somebody may commit meanwhile.
		command(t, clone, "make", "dist", "TARGETS="+target)
		built[i] = sums(t, filepath.Join(clone, "dist"))
	}
	if len(built[0]) != 5 { // two commands, their SBOMs, the sums
		t.Errorf("built %v", built[0])
	}
	for name, sum := range built[0] {
		if built[1][name] != sum {
			t.Errorf("%s differs", name)
		}
	}
}

// TestRelease: the archive alone has commands that run, with what they are made of and their
// sums, the changes, and a stack with the package of each function.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped with -short: it builds everything")
	}
	root := filepath.Join("..", "..", "..")
	if _, err := os.Stat(filepath.Join(root, "node_modules", "aws-cdk")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("aws-cdk is missing, and CI=true allows no skip")
		}
		t.Skip("skipped: aws-cdk is missing; make test installs it")
	}
	dist, unpacked := t.TempDir(), t.TempDir()
	command(t, root, "make", "release", "TARGETS="+target, "ARCH="+runtime.GOARCH, "VERSION=v0", "DIST="+dist)
	command(t, unpacked, "tar", "-xzf", filepath.Join(dist, "consent-receipts-v0.tar.gz"))
	dir := filepath.Join(unpacked, "consent-receipts-v0")

	said, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	must(t, err)
	got := sums(t, dir)
	for line := range strings.Lines(string(said)) {
		if sum, name, _ := strings.Cut(strings.TrimSpace(line), "  "); got[name] != sum {
			t.Errorf("%s is not what SHA256SUMS says", name)
		}
	}
	for _, name := range []string{"receipt-", "desk-"} {
		command(t, dir, "./"+name+suffix, "version")
		if !strings.Contains(string(said), name+suffix+"\n") {
			t.Errorf("SHA256SUMS has no %s", name+suffix)
		}
		var sbom struct {
			BOMFormat  string
			Components []struct{ Name, Version string }
		}
		b, err := os.ReadFile(filepath.Join(dir, name+suffix+".cdx.json"))
		must(t, err)
		must(t, json.Unmarshal(b, &sbom))
		uuid := slices.ContainsFunc(sbom.Components, func(c struct{ Name, Version string }) bool {
			return strings.HasPrefix(c.Name, "github.com/google/uuid") && c.Version != ""
		})
		if sbom.BOMFormat != "CycloneDX" || !uuid {
			t.Errorf("%s: the SBOM is %.300s", name, b)
		}
	}
	changes, err := os.ReadFile(filepath.Join(dir, "CHANGES.md"))
	must(t, err)
	if !bytes.HasPrefix(changes, []byte("## ")) || bytes.Count(changes, []byte("\n## ")) != 0 {
		t.Errorf("the changes are %.300s", changes)
	}
	packages, err := filepath.Glob(filepath.Join(dir, "cdk.out", "asset.*", "bootstrap"))
	must(t, err)
	if len(packages) != len(functions.Names()) {
		t.Errorf("%d packages for %d functions", len(packages), len(functions.Names()))
	}
	if _, err := os.Stat(filepath.Join(dir, "cdk.out", "ConsentReceipts.template.json")); err != nil {
		t.Error(err)
	}
}

// sums are the SHA-256 of the files in a folder, by name.
func sums(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	all := map[string]string{}
	for _, e := range entries {
		if e.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			must(t, err)
			sum := sha256.Sum256(b)
			all[e.Name()] = hex.EncodeToString(sum[:])
		}
	}
	return all
}

// command runs a program, as somebody at a shell does: make is told nothing by the make that
// runs this test.
func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir = dir
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MAKE") || strings.HasPrefix(v, "MFLAGS=") })
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
