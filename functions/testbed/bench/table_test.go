// Package bench measures. Each figure is printed with what it is compared to, in
// the same run: the parts that the work cannot do without, or a floor.
//
//	make bench
package bench

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"consent-receipts/shared/measured"
)

var table = flag.Bool("table", false, "measure, and print the rows")

func TestTable(t *testing.T) {
	if !*table {
		t.Skip("measures for a minute: make bench")
	}
	s := newSample(t)
	bare := strings.IndexByte(s.raw, '~') + 1
	measured.Row{What: "bytes of the opt-in receipt", Figure: fmt.Sprint(len(s.raw)), Floor: fmt.Sprintf("nothing disclosed: %d", bare),
		Ratio: float64(len(s.raw)) / float64(bare)}.Print(t.Output())

	sign, check := perOp(s.signature), perOp(s.verification)
	digests, encode, decode := perOp(s.saltedDigests), perOp(s.encoding), perOp(s.decoding)
	measured.Compare("issue a receipt", perOp(s.issue), sign+digests+encode,
		fmt.Sprintf("signature %s, digests %s, encoding %s", measured.Time(sign), measured.Time(digests), measured.Time(encode))).AtMost(2).Print(t.Output())
	measured.Compare("verify, new leaf", perOp(func(t testing.TB) { s.verify(t, s.verifier(t)) }), 2*check+decode,
		fmt.Sprintf("2 verifications of %s, strict decoding %s", measured.Time(check), measured.Time(decode))).AtMost(1.6).Print(t.Output())
	known := s.verifier(t)
	measured.Compare("verify, known leaf", perOp(func(t testing.TB) { s.verify(t, known) }), check+decode, "the same with 1 verification").AtMost(1.6).Print(t.Output())

	const bulk = 4000
	one, two := s.verifyAll(t, bulk, 1), s.verifyAll(t, bulk, 2)
	measured.Compare(fmt.Sprintf("verify %d on 1 core", bulk), one, two, "on 2 cores").AtLeast(1.5).Print(t.Output())

	for _, c := range []struct {
		people int
		least  float64
	}{{1, 0.5}, {8, 0.8}, {32, 1}} {
		ours, raw := inTurns(t, c.people, len(s.raw))
		if c.people == 1 {
			own := ours.CPUEach() - raw.CPUEach()
			measured.Compare("own CPU of an opt-in through the handler, beyond a raw bbolt transaction", own, 2*check+sign,
				"U: 2 verifications and a signature").AtMost(3).Print(t.Output())
		}
		measured.Row{What: fmt.Sprintf("opt-ins, %d at once", c.people), Figure: ours.String(),
			Floor: fmt.Sprintf("raw bbolt transactions of the same bytes: %.0f/s", raw.Rate()), Ratio: ours.Rate() / raw.Rate()}.AtLeast(c.least).Print(t.Output())
	}
	short, long := nextReceipt(t)
	measured.Compare("the next receipt after 10,000", long, short, "after 10").AtMost(1.1).Print(t.Output())
}
