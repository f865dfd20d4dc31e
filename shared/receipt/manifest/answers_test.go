package manifest_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// TestAnswers: what was added and not taken out again is listed, in whatever order and however often
// the receipts that say so are given.
func TestAnswers(t *testing.T) {
	part := func(name string) *statement.Part {
		return &statement.Part{Name: name, MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("0a", 32), Where: "here"}
	}
	of := func(id string, in, out *statement.Part) statement.RequestStatement {
		return statement.RequestStatement{Request: statement.Request{ID: id}, Part: in, Out: out}
	}
	type said struct {
		seq uint64
		statement.RequestStatement
	}
	all := []said{
		{2, of("r1", part("a"), nil)},
		{3, of("r1", part("b"), nil)},
		{4, of("r1", part("a"), nil)},
		{5, of("r1", nil, part("a"))}, // the newer one
		{6, of("r2", nil, part("b"))}, // of another request
		{7, of("r2", part("b"), nil)}, // after what was taken out
		{8, of("r1", part("c"), nil)},
		{9, of("r1", nil, part("c"))},
	}
	all = append(all, all...)
	for range 50 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var answers manifest.Answers
		for _, s := range all {
			answers.State(s.seq, s.RequestStatement)
		}
		var got []string
		for _, p := range answers.Parts() {
			got = append(got, p.Request+p.Name)
		}
		if !slices.Equal(got, []string{"r1a", "r1b", "r2b"}) {
			t.Fatalf("%v", got)
		}
	}
	var listed manifest.Answers
	listed.Manifest(&manifest.Manifest{Request: statement.Request{ID: "r1"}, Parts: []manifest.StatedPart{{Part: *part("a"), Receipt: 2}}})
	listed.State(2, of("r1", part("a"), nil))
	if parts := listed.Parts(); len(parts) != 1 || parts[0].Receipt != 2 {
		t.Errorf("in a receipt and in a manifest: %+v", parts)
	}
}
