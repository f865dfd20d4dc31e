package receipt_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"consent-receipts/shared/receipt"
)

var update = flag.Bool("update", false, "make the vectors and golden files anew")

// vectorsDir holds the published vectors; its README says how to use them. In its folder
// labelled are those of receipts that have words of their own, under another root.
var vectorsDir = filepath.Join("..", "..", "events", "vectors")

const labelled = "labelled"

// vector is one entry of index.json: a file, and the verdict on it under root.pem.
type vector struct {
	File     string          `json:"file"`
	What     string          `json:"what"`
	Verdict  receipt.Verdict `json:"verdict"`
	Code     receipt.Code    `json:"code,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Digest   string          `json:"digest,omitempty"`
	Withheld map[string]int  `json:"withheld,omitempty"`
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	for _, set := range []string{"", labelled} {
		verifier := mustVerifier(t, readRoot(t, filepath.Join(set, "root.pem")))
		bad := 0
		for _, v := range readSet(t, set) {
			if v.Verdict != receipt.Genuine {
				bad++
			}
			t.Run(filepath.Join(set, v.File), func(t *testing.T) { v.check(t, verifier, filepath.Join(vectorsDir, set, v.File)) })
		}
		if set == "" && bad < 40 {
			t.Errorf("%d ways to be bad, want at least 40", bad)
		}
	}
}

// check compares the verdict on a file with that of its vector.
func (v vector) check(t *testing.T, verifier *receipt.Verifier, file string) {
	raw, err := os.ReadFile(file)
	must(t, err)
	rec, err := verifier.Verify(string(raw))
	if v.Verdict != receipt.Genuine {
		if got := receipt.VerdictOf(string(raw), err); got != v.Verdict {
			t.Errorf("%s: %s, want %s", v.What, got, v.Verdict)
		}
		refusal, ok := receipt.AsRefusal(err)
		if !ok || refusal.Code != v.Code || refusal.Reason != v.Reason {
			t.Fatalf("%s\n got %v\nwant %s: %s", v.What, err, v.Code, v.Reason)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", v.What, err)
	}
	if rec.Digest != v.Digest || !maps.Equal(rec.Withheld(), v.Withheld) {
		t.Fatalf("%s: digest %s, withheld %v", v.What, rec.Digest, rec.Withheld())
	}
}

// TestVectorsWithoutRoot: with no root, everything but the chain is checked.
func TestVectorsWithoutRoot(t *testing.T) {
	verifier := mustVerifier(t)
	for _, v := range readIndex(t) {
		raw, err := os.ReadFile(filepath.Join(vectorsDir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := verifier.Verify(string(raw))
		if passes := v.Verdict == receipt.Genuine || v.Code == receipt.CodeChain; passes != (err == nil) {
			t.Errorf("%s: %v", v.File, err)
		} else if passes && rec.Root != "" {
			t.Errorf("%s: a root is named that nobody gave", v.File)
		}
	}
}

// TestVectorCodes: every code that Verify can give has a vector.
func TestVectorCodes(t *testing.T) {
	var have []receipt.Code
	for _, v := range readIndex(t) {
		have = append(have, v.Code)
	}
	for _, code := range []receipt.Code{
		receipt.CodeSize, receipt.CodeForm, receipt.CodeBase64, receipt.CodeJSON, receipt.CodeDuplicate, receipt.CodeKeyBinding,
		receipt.CodePayload, receipt.CodeHeader, receipt.CodeAlg, receipt.CodeTyp, receipt.CodeX5C, receipt.CodeLeaf,
		receipt.CodeLeafUsage, receipt.CodeLeafName, receipt.CodeLeafTime, receipt.CodeIssuedAt, receipt.CodeChain,
		receipt.CodeSignature, receipt.CodeIssuer, receipt.CodeDisclosure, receipt.CodeSchema,
	} {
		if !slices.Contains(have, code) {
			t.Errorf("no vector is refused for %s", code)
		}
	}
}

func readIndex(t testing.TB) []vector { return readSet(t, "") }

func readSet(t testing.TB, set string) []vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectorsDir, set, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func readRoot(t testing.TB, name string) *x509.Certificate {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectorsDir, name))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	root, err := receipt.ParseRoot(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func mustVerifier(t testing.TB, roots ...*x509.Certificate) *receipt.Verifier {
	t.Helper()
	v := receipt.NewVerifier(roots...)
	return v
}
