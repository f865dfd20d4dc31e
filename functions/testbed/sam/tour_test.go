package sam

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestColdSamples: the tour starts a container for each function that is deployed.
func TestColdSamples(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join("..", "..", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		t.Fatal(mains, err)
	}
	for _, file := range mains {
		function := filepath.Base(filepath.Dir(file))
		shown := slices.ContainsFunc(coldSamples, func(s string) bool { return strings.HasPrefix(s, function+"/") })
		if deployed := function != "local" && function != "testbed"; shown != deployed {
			t.Errorf("%s: shown %t", function, shown)
		}
	}
}
