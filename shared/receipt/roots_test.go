package receipt_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
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
		"in DER":                  {readRoot(t, "root.pem").Raw, 1},
		"in DER, cut short":       {readRoot(t, "root.pem").Raw[:100], 0},
		"as Windows writes it":    {slices.Concat([]byte("\ufeff"), bytes.ReplaceAll(two, []byte("\n"), []byte("\r\n"))), 2},
		"with the breaks of old":  {bytes.ReplaceAll(two, []byte("\n"), []byte("\r")), 2},
		"without its breaks":      {bytes.ReplaceAll(two, []byte("\n"), nil), 2},
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

// TestParseFingerprint: as people write it.
func TestParseFingerprint(t *testing.T) {
	want := receipt.Fingerprint(readRoot(t, "root.pem"))
	digits := strings.TrimPrefix(want, "sha256:")
	var pairs []string
	for pair := range slices.Chunk([]byte(digits), 2) {
		pairs = append(pairs, string(pair))
	}
	for _, text := range []string{
		want, digits, strings.ToUpper(want), "SHA256 " + strings.ToUpper(digits), strings.ToUpper(strings.Join(pairs, ":")),
		"sha256:" + strings.Join(pairs, " "), " " + want + "\r\n", "sha256: " + digits[:32] + "\u00a0" + digits[32:], digits + "\u0085",
	} {
		if got, ok := receipt.ParseFingerprint(text); !ok || got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	for _, text := range []string{"", "sha256:", digits[1:], digits + "0", "sha512:" + digits, "root.pem", "\ufeff" + digits, strings.Replace(digits, digits[:1], "g", 1)} {
		if got, ok := receipt.ParseFingerprint(text); ok {
			t.Errorf("%q: %q", text, got)
		}
	}
}
