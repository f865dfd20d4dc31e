// Package bench measures. Each figure is printed with what it is compared to, in
// the same run: the parts that the work cannot do without, or a floor.
//
//	make bench
package bench

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

var table = flag.Bool("table", false, "measure and print the table")

func TestTable(t *testing.T) {
	if !*table {
		t.Skip("measures for a minute: make bench")
	}
	s := newSample(t)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	row := func(what, measured, against, floor string, ratio float64, target string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f\t%s\n", what, measured, against, floor, ratio, target)
	}
	fmt.Printf("%s, %d cores, %s/%s\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintln(w, "WHAT\tMEASURED\tAGAINST\tFLOOR\tRATIO\tTARGET")
	bare := strings.IndexByte(s.raw, '~') + 1
	row("bytes of the opt-in receipt", fmt.Sprint(len(s.raw)), "nothing disclosed", fmt.Sprint(bare), float64(len(s.raw))/float64(bare), "under 14 KB")

	sign, check := perOp(s.signature), perOp(s.verification)
	digests, encode, decode := perOp(s.saltedDigests), perOp(s.encoding), perOp(s.decoding)
	parts := sign + digests + encode
	issue := perOp(s.issue)
	row("issue a receipt", us(issue), fmt.Sprintf("signature %s, digests %s, encoding %s", us(sign), us(digests), us(encode)), us(parts), ratio(issue, parts), "at most 2")

	first := perOp(func(t testing.TB) {
		if _, err := s.verifier(t).Verify(s.raw); err != nil {
			t.Fatal(err)
		}
	})
	parts = 2*check + decode
	row("verify, new leaf", us(first), fmt.Sprintf("2 verifications of %s, decoding %s", us(check), us(decode)), us(parts), ratio(first, parts), "at most 1.6")
	known := s.verifier(t)
	again := perOp(func(t testing.TB) {
		if _, err := known.Verify(s.raw); err != nil {
			t.Fatal(err)
		}
	})
	parts -= check
	row("verify, known leaf", us(again), "the same with 1 verification", us(parts), ratio(again, parts), "at most 1.6")

	const bulk = 4000
	one, two := s.verifyAll(t, bulk, 1), s.verifyAll(t, bulk, 2)
	row(fmt.Sprintf("verify %d on 2 cores", bulk), ms(two), "on 1 core", ms(one), ratio(one, two), "at least 1.5 faster")

	cpu := cpuOf(optIns(t, 1))
	store := cpuOf(rawTransactions(t, 1, len(s.raw)))
	row("CPU of an opt-in through the handler", us(cpu), "of a raw bbolt transaction of the same bytes", us(store), ratio(cpu, store),
		fmt.Sprintf("own: %s, or %.1f U; at most 3 U (2 verifications and a signature)", us(cpu-store), ratio(cpu-store, 2*check+sign)))
	for _, people := range []int{1, 8, 32} {
		ours := optIns(t, people)
		raw := rawTransactions(t, people, ours.bytes)
		row(fmt.Sprintf("opt-ins, %d at once", people),
			fmt.Sprintf("%.0f/s, p50 %s, p99 %s", ours.rate(), ms(ours.percentile(0.5)), ms(ours.percentile(0.99))),
			"raw bbolt transactions of the same bytes", fmt.Sprintf("%.0f/s", raw.rate()), ours.rate()/raw.rate(),
			map[bool]string{true: "at least 0.6"}[people == 8])
	}
	short, long := nextReceipt(t)
	row("next receipt after 10,000", us(long), "after 10", us(short), ratio(long, short), "within 1.5")
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }
func us(d time.Duration) string        { return fmt.Sprintf("%d µs", d.Microseconds()) }
func ms(d time.Duration) string        { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// run is what several workers did at once.
type run struct {
	took  time.Duration
	cpu   time.Duration // of this process
	each  []time.Duration
	bytes int // of one receipt
}

func (r run) rate() float64 { return float64(len(r.each)) / r.took.Seconds() }

func (r run) percentile(p float64) time.Duration {
	slices.Sort(r.each)
	return r.each[int(p*float64(len(r.each)-1))]
}
