package source_test

import (
	"io/fs"
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
)

// TestSamples: the samples have no mistakes, in either language.
func TestSamples(t *testing.T) {
	names, err := fs.Glob(sample.FS, "*.yaml")
	if err != nil || len(names) < 3 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		c, problems := source.Compile(sample.FS, name)
		for _, p := range problems {
			t.Error(p)
		}
		if len(problems) == 0 {
			t.Log(name, c.Digest, len(c.Canonical))
		}
	}
}
