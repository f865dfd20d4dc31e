package samples_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/testbed/samples"
)

// TestAll: every sample file is played.
func TestAll(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "events", "invocations")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		rel, _ := filepath.Rel(dir, f)
		name := strings.TrimSuffix(filepath.ToSlash(rel), ".json")
		if !slices.ContainsFunc(samples.All(), func(s samples.Sample) bool { return s.Name == name }) {
			t.Errorf("%s is never invoked", rel)
		}
	}
}
