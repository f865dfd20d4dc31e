package source_test

import (
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
)

func TestSample(t *testing.T) {
	c, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) == 0 {
		t.Log(c.Digest, len(c.Canonical))
	}
}
