package receipt_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consent-receipts/shared/receipt"
)

// link is a receipt as far as its place in the chain goes.
func link(seq uint64, digest, prev string, more ...func(*receipt.Receipt)) *receipt.Receipt {
	r := &receipt.Receipt{Digest: digest, Claims: receipt.Claims{Issuer: "i", Subject: "p", Seq: seq, Prev: prev, IssuedAt: 100}}
	for _, m := range more {
		m(r)
	}
	return r
}

// TestChain: what follows what, and what contradicts what, in every order.
func TestChain(t *testing.T) {
	erasure := func(r *receipt.Receipt) { r.Event.Type = "erasure" }
	retention := func(r *receipt.Receipt) { r.Event.Type = "retention" }
	earlier := func(r *receipt.Receipt) { r.IssuedAt = 99 }
	other := func(r *receipt.Receipt) { r.Subject = "q" }
	elsewhere := func(r *receipt.Receipt) { r.Issuer = "j" }
	inPart := func(r *receipt.Receipt) { r.Changes = []receipt.Element{{Digest: "x"}} }
	for name, c := range map[string]struct {
		receipts []*receipt.Receipt
		refused  string // in the first reason
		bad      int
		gaps     int
		withheld []uint64
	}{
		"whole":                   {receipts: []*receipt.Receipt{link(1, "a", ""), link(2, "b", "a"), link(3, "c", "b")}},
		"the same twice":          {receipts: []*receipt.Receipt{link(1, "a", ""), link(1, "a", ""), link(2, "b", "a")}},
		"a gap":                   {receipts: []*receipt.Receipt{link(1, "a", ""), link(3, "c", "b")}, gaps: 1},
		"no beginning":            {receipts: []*receipt.Receipt{link(2, "b", "a"), link(3, "c", "b")}, gaps: 1},
		"one alone":               {receipts: []*receipt.Receipt{link(2, "b", "a"), link(2, "b", "a")}},
		"after an erasure":        {receipts: []*receipt.Receipt{link(5, "e", "d", erasure), link(6, "f", "e")}},
		"behind a retention":      {receipts: []*receipt.Receipt{link(5, "e", "d", retention), link(6, "f", "e")}},
		"two people":              {receipts: []*receipt.Receipt{link(1, "a", ""), link(1, "x", "", other), link(2, "b", "a")}},
		"two issuers":             {receipts: []*receipt.Receipt{link(1, "a", ""), link(1, "x", "", elsewhere), link(2, "b", "a")}},
		"another prev":            {receipts: []*receipt.Receipt{link(1, "a", ""), link(2, "b", "x")}, refused: "does not follow", bad: 1},
		"a fork":                  {receipts: []*receipt.Receipt{link(1, "a", ""), link(1, "z", "")}, refused: "forked", bad: 2},
		"a fork that goes on":     {receipts: []*receipt.Receipt{link(1, "a", ""), link(2, "b", "a"), link(2, "z", "a"), link(3, "c", "z")}, refused: "forked", bad: 2},
		"a fork behind a gap":     {receipts: []*receipt.Receipt{link(1, "a", ""), link(3, "c", "b"), link(7, "g", "f"), link(3, "z", "y")}, refused: "forked", bad: 2, gaps: 2},
		"time runs back":          {receipts: []*receipt.Receipt{link(1, "a", ""), link(2, "b", "a", earlier)}, refused: "issued before", bad: 1},
		"in part":                 {receipts: []*receipt.Receipt{link(1, "a", "", inPart), link(2, "b", "a")}, withheld: []uint64{1}},
		"in part, and whole too":  {receipts: []*receipt.Receipt{link(1, "a", "", inPart), link(1, "a", "")}},
		"in part, and once again": {receipts: []*receipt.Receipt{link(1, "a", "", inPart), link(1, "a", "", inPart)}, withheld: []uint64{1}},
	} {
		for range 10 {
			var chain receipt.Chain
			for _, r := range c.receipts {
				chain.Add(r)
			}
			got := chain.Judge()
			if len(got.Gaps) != c.gaps || len(got.Contradicting) != c.bad || !slices.Equal(got.Withheld, c.withheld) ||
				c.bad > 0 && !strings.Contains(got.Contradicting[0].Err.Error(), c.refused) {
				t.Errorf("%s: %+v", name, got)
			}
			rand.Shuffle(len(c.receipts), func(i, j int) { c.receipts[i], c.receipts[j] = c.receipts[j], c.receipts[i] })
		}
	}
	chain := receipt.Chain{Whole: true}
	chain.Add(link(2, "b", "a"))
	if chain.Judge().Follow() {
		t.Error("a ledger may begin with its second entry")
	}
}

// TestChainOrder: the order of receipts does not matter, and a second history is always
// found.
func TestChainOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "receipts")
		var all []*receipt.Receipt
		for range n {
			seq := rapid.Uint64Range(1, 6).Draw(t, "seq")
			history := rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(t, "history")
			name := func(seq uint64) string { return history + string(rune('0'+seq)) }
			prev := ""
			if seq > 1 {
				prev = name(seq - 1)
			}
			all = append(all, link(seq, name(seq), prev))
		}
		judge := func() (digests []string, course *receipt.Course) {
			var chain receipt.Chain
			for _, r := range all {
				chain.Add(r)
			}
			course = chain.Judge()
			for _, c := range course.Contradicting {
				digests = append(digests, all[c.Added].Digest+" "+c.Err.Error())
			}
			return digests, course
		}
		wanted, before := judge()
		forked := map[uint64]string{}
		for _, r := range all {
			if d, seen := forked[r.Seq]; seen && d != r.Digest && len(wanted) == 0 {
				t.Fatalf("a fork at %d was not seen", r.Seq)
			}
			forked[r.Seq] = r.Digest
		}
		all = rapid.Permutation(all).Draw(t, "order")
		if got, after := judge(); !slices.Equal(got, wanted) || !slices.Equal(before.Gaps, after.Gaps) || before.MoreGaps != after.MoreGaps {
			t.Fatalf("%v %v, in another order %v %v", wanted, before.Gaps, got, after.Gaps)
		}
	})
}

// TestWorst: a file without a receipt does not make the verdict worse, and no file makes it
// better.
func TestWorst(t *testing.T) {
	order := []receipt.Verdict{receipt.NoReceipt, receipt.Genuine, receipt.NotContiguous, receipt.Consistent, receipt.Ambiguous, receipt.Refused, receipt.Changed}
	for i, a := range order {
		for j, b := range order {
			if got := receipt.Worst(a, b); got != order[max(i, j)] {
				t.Errorf("%s and %s: %s", a, b, got)
			}
		}
	}
	if receipt.Worst() != receipt.NoReceipt {
		t.Error("of nothing, something is said")
	}
}
