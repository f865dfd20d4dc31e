package receipt_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"consent-receipts/shared/receipt"
)

// TestParseRoots takes all certificates of a file, or none.
func TestParseRoots(t *testing.T) {
	one := receipt.Roots{readRoot(t, "root.pem")}.PEM()
	_, other := newRoot(t)
	two := slices.Concat(one, receipt.Roots{other}.PEM())
	half := bytes.LastIndex(two, []byte("-----END"))
	for name, c := range map[string]struct {
		text []byte
		want int // roots; 0: refused
	}{
		"one":                     {one, 1},
		"two":                     {two, 2},
		"with words around":       {slices.Concat([]byte("our root:\n"), one, []byte("and no more\n")), 1},
		"none":                    {[]byte("no certificate here"), 0},
		"nothing":                 {nil, 0},
		"the second is cut short": {two[:half], 0},
		"a key beside it":         {slices.Concat(one, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")), 0},
		"the first is broken":     {slices.Concat([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), one), 0},
	} {
		roots, err := receipt.ParseRoots(c.text)
		if len(roots) != c.want || (c.want == 0) != errors.Is(err, receipt.ErrRoot) {
			t.Errorf("%s: %d roots, %v", name, len(roots), err)
		}
	}
}
