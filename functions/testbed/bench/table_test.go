// Package bench measures. Each figure is printed with what it is compared to, in
// the same run: the parts that the work cannot do without, or a floor.
//
//	make bench
package bench

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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
		Ratio: float64(len(s.raw)) / float64(bare)}.Want("under 14 KB", len(s.raw) < 14<<10).Print(t.Output())

	sign, check := perOp(s.signature), perOp(s.verification)
	digests, encode, decode := perOp(s.saltedDigests), perOp(s.encoding), perOp(s.decoding)
	row("issue a receipt", perOp(s.issue), sign+digests+encode,
		fmt.Sprintf("signature %s, digests %s, encoding %s", us(sign), us(digests), us(encode))).AtMost(2).Print(t.Output())
	row("verify, new leaf", perOp(func(t testing.TB) { s.verify(t, s.verifier(t)) }), 2*check+decode,
		fmt.Sprintf("2 verifications of %s, strict decoding %s", us(check), us(decode))).AtMost(1.6).Print(t.Output())
	known := s.verifier(t)
	row("verify, known leaf", perOp(func(t testing.TB) { s.verify(t, known) }), check+decode, "the same with 1 verification").AtMost(1.6).Print(t.Output())

	const bulk = 4000
	one, two := s.verifyAll(t, bulk, 1), s.verifyAll(t, bulk, 2)
	row(fmt.Sprintf("verify %d on 1 core", bulk), one, two, "on 2 cores").AtLeast(1.5).Print(t.Output())

	for _, c := range []struct {
		people int
		least  float64
	}{{1, 0.5}, {8, 0.8}, {32, 1}} {
		ours, raw := inTurns(t, c.people, len(s.raw))
		if c.people == 1 {
			own := cpuOf(ours) - cpuOf(raw)
			row("own CPU of an opt-in through the handler, beyond a raw bbolt transaction", own, 2*check+sign,
				"U: 2 verifications and a signature").AtMost(3).Print(t.Output())
		}
		measured.Row{What: fmt.Sprintf("opt-ins, %d at once", c.people), Figure: ours.String(),
			Floor: fmt.Sprintf("raw bbolt transactions of the same bytes: %.0f/s", raw.rate()), Ratio: ours.rate() / raw.rate()}.AtLeast(c.least).Print(t.Output())
	}
	short, long := nextReceipt(t)
	row("the next receipt after 10,000", long, short, "after 10").AtMost(1.1).Print(t.Output())
}

// row compares a time with that of what it cannot do without.
func row(what string, figure, floor time.Duration, parts string) measured.Row {
	return measured.Row{What: what, Figure: text(figure), Floor: fmt.Sprintf("%s: %s", parts, text(floor)), Ratio: ratio(figure, floor)}
}

// text writes a time for people.
func text(d time.Duration) string {
	if d < 10*time.Millisecond {
		return us(d)
	}
	return ms(d)
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
func us(d time.Duration) string        { return fmt.Sprintf("%d µs", d.Microseconds()) }
func ms(d time.Duration) string        { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// run is what several workers did at once.
type run struct {
	took time.Duration
	cpu  time.Duration // of this process
	each []time.Duration
}

// and adds what was done in another turn.
func (r run) and(more run) run {
	return run{r.took + more.took, r.cpu + more.cpu, append(r.each, more.each...)}
}

func (r run) String() string {
	return fmt.Sprintf("%.0f/s, p50 %s, p99 %s", r.rate(), ms(r.percentile(0.5)), ms(r.percentile(0.99)))
}

func (r run) rate() float64 { return float64(len(r.each)) / r.took.Seconds() }

func (r run) percentile(p float64) time.Duration {
	slices.Sort(r.each)
	return r.each[int(p*float64(len(r.each)-1))]
}
