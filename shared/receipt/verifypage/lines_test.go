package verifypage_test

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode"

	"consent-receipts/shared/freetext"
)

// TestLines: the page and the Go package freetext show a text as the same lines, of every
// character that Go knows.
func TestLines(t *testing.T) {
	engine(t, "esbuild")
	texts := []string{"", "a\r\n\rb\n", "x\x1b[2J\u202ey", "\t\u200d😀"}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.C, unicode.Z, unicode.M, unicode.L, unicode.Other_Default_Ignorable_Code_Point) && !unicode.Is(unicode.Cs, r) {
			texts = append(texts, string([]rune{'a', r, 'b'}))
		}
	}
	var got [][]string
	must(t, json.Unmarshal(node(t, texts, "testdata/lines.mjs"), &got))
	if len(got) != len(texts) {
		t.Fatalf("%d texts of %d", len(got), len(texts))
	}
	for i, text := range texts {
		if want := freetext.Lines(text); !slices.Equal(got[i], want) {
			t.Errorf("%q: %q, in Go %q", text, got[i], want)
		}
	}
}
