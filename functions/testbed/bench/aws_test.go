package bench

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"text/tabwriter"
	"time"

	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/aws/dynamotest"
)

// TestAWS measures the functions as they are deployed, on emulators: make bench-aws.
// What a network, Lambda's own machines and DynamoDB's add is not in it.
func TestAWS(t *testing.T) {
	if !*table {
		t.Skip("measures for some minutes: make bench-aws")
	}
	t.Cleanup(runtimetest.Remove)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Printf("%s, %d cores, %s/%s\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)

	sizes, stack := packageSizes(t), runtimetest.New(t)
	inits := initTimes(t, stack)
	fmt.Fprintf(w, "FUNCTION\tZIP, arm64\tTARGET\tINIT, median of %d\tTO EMPTY\tTO DYNAMODB ONLY\tTARGET\n", initRounds)
	for _, name := range append([]string{empty, dynamodbOnly}, runtimetest.Functions...) {
		target, most := "", ""
		if limit, ok := maxZip[name]; ok {
			target, most = fmt.Sprintf("at most %d MB", limit/megabyte), "at most 1.5"
		}
		fmt.Fprintf(w, "%s\t%.2f MB\t%s\t%s\t%.2f\t%.2f\t%s\n", name, float64(sizes[name])/megabyte, target,
			ms(inits[name]), ratio(inits[name], inits[empty]), ratio(inits[name], inits[dynamodbOnly]), most)
	}
	must(t, w.Flush())

	ours, bare := warm(t, stack)
	fmt.Fprintf(w, "\nWARM OPT-IN, %d one by one\tOURS\tBARE HANDLER\tRATIO\tTARGET\n", warmCount)
	fmt.Fprintf(w, "CPU of the function\t%s\t%s\t%.2f\town: %s; at most 2 ms\n", us(ours.cpu), us(bare.cpu), ratio(ours.cpu, bare.cpu), us(ours.cpu-bare.cpu))
	fmt.Fprintf(w, "memory at its highest\t%d MB\t%d MB\t%.2f\t\n", ours.memory>>20, bare.memory>>20, float64(ours.memory)/float64(bare.memory))
	fmt.Fprintf(w, "duration, p50\t%s\t%s\t%.2f\t\n", ms(ours.p50), ms(bare.p50), ratio(ours.p50, bare.p50))
	must(t, w.Flush())

	fmt.Fprintln(w, "\nOPT-INS AT ONCE\tTABLE\tOURS\tBARE LOOP\tRATIO\tTARGET")
	var duration time.Duration // of an opt-in of one person, where the table takes its time
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		for _, delay := range []time.Duration{0, tableDelay} {
			for _, people := range []int{1, 8, 32} {
				ours, bare := throughput(t, engine, people, delay)
				name, target := engine.Name, "at least 0.5"
				if delay > 0 {
					name, target = fmt.Sprintf("%s + %s a request", name, delay), "at least 0.8"
				}
				if delay > 0 && people == 1 {
					duration = ours.percentile(0.5)
				}
				fmt.Fprintf(w, "%d\t%s\t%.0f/s, p50 %s, p99 %s\t%.0f/s\t%.2f\t%s\n", people, name,
					ours.rate(), ms(ours.percentile(0.5)), ms(ours.percentile(0.99)), bare.rate(), ours.rate()/bare.rate(), target)
			}
		}
	})
	must(t, w.Flush())
	must(t, printCost(w, measureUsage(t, dynamotest.Dynoxide(t), duration)))
	must(t, w.Flush())
}
