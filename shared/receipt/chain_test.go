package receipt_test

import (
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
)

// TestChain: what follows what, and what contradicts what.
func TestChain(t *testing.T) {
	rec := func(seq uint64, digest, prev string, more ...func(*receipt.Receipt)) *receipt.Receipt {
		r := &receipt.Receipt{Digest: digest, Claims: receipt.Claims{Subject: "p", Seq: seq, Prev: prev, IssuedAt: 100}}
		for _, m := range more {
			m(r)
		}
		return r
	}
	erasure := func(r *receipt.Receipt) { r.Event.Type = "erasure" }
	earlier := func(r *receipt.Receipt) { r.IssuedAt = 99 }
	other := func(r *receipt.Receipt) { r.Subject = "q" }
	for name, c := range map[string]struct {
		receipts []*receipt.Receipt
		refused  string
		gaps     int
	}{
		"whole":            {[]*receipt.Receipt{rec(1, "a", ""), rec(2, "b", "a"), rec(3, "c", "b")}, "", 0},
		"the same twice":   {[]*receipt.Receipt{rec(1, "a", ""), rec(1, "a", ""), rec(2, "b", "a")}, "", 0},
		"a gap":            {[]*receipt.Receipt{rec(1, "a", ""), rec(3, "c", "b")}, "", 1},
		"no beginning":     {[]*receipt.Receipt{rec(2, "b", "a")}, "", 1},
		"after an erasure": {[]*receipt.Receipt{rec(5, "e", "d", erasure), rec(6, "f", "e")}, "", 0},
		"two people":       {[]*receipt.Receipt{rec(1, "a", ""), rec(1, "x", "", other), rec(2, "b", "a")}, "", 0},
		"another prev":     {[]*receipt.Receipt{rec(1, "a", ""), rec(2, "b", "x")}, "does not follow", 0},
		"a fork":           {[]*receipt.Receipt{rec(1, "a", ""), rec(1, "z", "")}, "forked", 0},
		"time runs back":   {[]*receipt.Receipt{rec(1, "a", ""), rec(2, "b", "a", earlier)}, "issued before", 0},
	} {
		var chain receipt.Chain
		var err error
		for _, r := range c.receipts {
			if err = chain.Add(r); err != nil {
				break
			}
		}
		gaps, _ := chain.Gaps()
		if len(gaps) != c.gaps || (err != nil) != (c.refused != "") || (err != nil && !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s: %v, gaps %v", name, err, gaps)
		}
	}
}
