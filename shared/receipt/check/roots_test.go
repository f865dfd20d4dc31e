package check_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/registrar/registrartest"
)

// TestRootsBeside: nobody has to trust the roots that lie beside receipts. Those of others
// make nothing worse, and however many there are of one name, the one that somebody names is
// found among them.
func TestRootsBeside(t *testing.T) {
	mine := trusted(t).Roots
	var others receipt.Roots
	for range 20 {
		others = append(others, registrartest.NewSigning(t, mine.Issuer(), time.Now, rand.Reader).Root)
	}
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, content, 0o600))
		return path
	}
	alone, theirs, all := file("1.sd-jwt", []byte(genuine(t, "01-opt-in"))), file("theirs.pem", others.PEM()), file("mine.pem", mine.PEM())
	named := check.Options{Fingerprints: []string{receipt.Fingerprint(mine[0])}}
	for name, c := range map[string]struct {
		paths []string
		o     check.Options
		want  receipt.Verdict
	}{
		"none is trusted":             {[]string{alone, theirs}, check.Options{}, receipt.Consistent},
		"none is trusted, and one is": {[]string{theirs, all, alone}, check.Options{}, receipt.Consistent},
		"others are trusted":          {[]string{alone}, check.Options{Roots: others}, receipt.Refused},
		"one is named, behind many":   {[]string{alone, theirs, all}, named, receipt.Genuine},
	} {
		report, err := check.Run(context.Background(), c.paths, c.o)
		if err != nil || report.Verdict != c.want {
			t.Errorf("%s: %+v, %v, want %s", name, report, err, c.want)
		}
	}
}
