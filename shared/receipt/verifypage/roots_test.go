package verifypage_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
)

// TestRoots: the page's sources take the roots and the fingerprints that the command takes,
// as people have them.
func TestRoots(t *testing.T) {
	engine(t, "esbuild")
	roots := vectorRoot(t)
	pem := roots.PEM()
	files := [][]byte{
		pem, slices.Concat(pem, pem), roots[0].Raw, roots[0].Raw[:200], append(bytes.Clone(roots[0].Raw), 0), pem[:100], []byte("no certificate"),
		slices.Concat([]byte("\ufeff"), bytes.ReplaceAll(pem, []byte("\n"), []byte("\r\n"))), slices.Concat([]byte("our root:\n"), pem),
		bytes.ReplaceAll(pem, []byte("\n"), []byte("\r")), bytes.ReplaceAll(pem, []byte("\n"), nil), bytes.ReplaceAll(pem, []byte("\n"), []byte("\xa0\n")), wide(pem, false), wide(pem, true),
		slices.Concat(pem, []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")), slices.Concat(pem, pem[:100]),
	}
	fingerprint := receipt.Fingerprint(roots[0])
	digits := strings.TrimPrefix(fingerprint, "sha256:")
	texts := []string{
		fingerprint, digits, strings.ToUpper(fingerprint), " SHA256 " + digits[:20] + ":" + digits[20:] + "\r\n", digits[:10] + "\u00a0" + digits[10:],
		digits[:10] + "\u0085" + digits[10:], digits[:10] + "\u2028" + digits[10:], "\ufeff" + digits, digits[:10] + "\u200b" + digits[10:],
		"", digits[1:], digits + "0", "sha512:" + digits, "root.pem",
	}
	var theirs struct {
		Roots []int
		Texts []string
	}
	must(t, json.Unmarshal(node(t, map[string]any{"roots": files, "texts": texts}, filepath.Join("testdata", "roots.mjs")), &theirs))
	for i, file := range files {
		if ours, _ := receipt.ParseRoots(inside.Narrowed(file)); len(ours) != theirs.Roots[i] {
			t.Errorf("%.60q: the page has %d roots, the command %d", file, theirs.Roots[i], len(ours))
		}
	}
	for i, text := range texts {
		if ours, _ := receipt.ParseFingerprint(text); ours != theirs.Texts[i] {
			t.Errorf("%q: the page has %q, the command %q", text, theirs.Texts[i], ours)
		}
	}
}
