package samples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"consent-receipts/functions/testbed/samples"
	"consent-receipts/infra/functions"
)

// TestAll: every sample file is played, once, and each function has one.
func TestAll(t *testing.T) {
	files := os.DirFS(filepath.Join("..", "..", "..", "events", "invocations"))
	all, err := samples.All(files)
	if err != nil {
		t.Fatal(err)
	}
	var played, there []string
	for _, s := range all {
		played = append(played, s.Name+".json")
	}
	if there, err = fs.Glob(files, "*/*.json"); err != nil {
		t.Fatal(err)
	}
	if slices.Sort(played); !slices.Equal(played, there) {
		t.Errorf("played %v, files %v", played, there)
	}
	for _, name := range functions.Names() {
		if !slices.ContainsFunc(all, func(s samples.Sample) bool { return s.Function() == name }) {
			t.Errorf("%s is never invoked", name)
		}
	}
}
