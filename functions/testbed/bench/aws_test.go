package bench

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/measured"
)

// TestAWS measures the functions as they are deployed, on emulators: make bench-aws.
// What a network, Lambda's own machines and DynamoDB's add is not in it.
func TestAWS(t *testing.T) {
	if !*table {
		t.Skip("measures for some minutes: make bench-aws")
	}
	t.Cleanup(runtimetest.Remove)
	stack := runtimetest.New(t)
	printStarts(t, starts(t, stack))
	for name := range maxStart {
		t.Log(slowestInits(t, stack, name))
	}
	printSizes(t, packageSizes(t))
	ours, bare := warm(t, stack)
	own := measured.Compare("own CPU of a warm opt-in on an emulator", ours.cpu-bare.cpu, bare.cpu, "the bare 2 reads and 1 insert")
	own.Want("at most 1.5 ms", ours.cpu-bare.cpu <= 1500*time.Microsecond).Print(t.Output())
	measured.Compare("duration of a warm opt-in on an emulator, p50", ours.p50, bare.p50, "the bare requests").Print(t.Output())
	memoryRow(fmt.Sprintf("private memory of optin after %d opt-ins", warmCount), ours.memory).Print(t.Output())

	var duration time.Duration // of an opt-in of one person, where the table takes its time
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		for _, delay := range []time.Duration{0, tableDelay} {
			for _, people := range []int{1, 8, 32} {
				ours, bare := throughput(t, engine, people, delay)
				name, least := engine.Name, 0.5
				if delay > 0 {
					name, least = fmt.Sprintf("%s with %s more a request", name, delay), 0.8
				}
				if delay > 0 && people == 1 {
					duration = ours.Percentile(0.5)
				}
				measured.Row{What: fmt.Sprintf("opt-ins on %s, %d at once", name, people), Figure: ours.String(),
					Floor: fmt.Sprintf("a loop of the bare requests: %.0f/s", bare.Rate()), Ratio: ours.Rate() / bare.Rate()}.AtLeast(least).Print(t.Output())
			}
		}
	})
	used := measureUsage(t, dynamotest.Dynoxide(t), duration)
	measured.Row{What: "bytes of the item of an opt-in", Figure: fmt.Sprint(used.item)}.Want("at most 3 KB", used.item <= 3<<10).Print(t.Output())
	measured.Row{What: "write units of an opt-in, indexes included", Figure: fmt.Sprintf("%.0f; by the rule %d", used.writes, used.ruleWrites)}.
		Want("at most 5", used.writes <= 5).Print(t.Output())
	must(t, printCost(t.Output(), used))
}

// maxMemory is the private memory that a function may have, in bytes.
const maxMemory = 64 << 20

func memoryRow(what string, bytes int64) measured.Row {
	return measured.Row{What: what, Figure: fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))}.Want("under 64 MiB", bytes < maxMemory)
}

// printStarts prints how long the functions need for their first event.
func printStarts(t *testing.T, of map[string]started) {
	floor, largest := of[dynamodbOnly], ""
	for _, name := range append([]string{empty}, functions.Names()...) {
		s := of[name]
		r := measured.Row{What: "start of " + name + " to its first answer", Ratio: float64(s.answers) / float64(floor.answers),
			Figure: fmt.Sprintf("%s, CPU %s; asks for the event after %s", measured.Time(s.answers), measured.Time(s.cpu), measured.Time(s.asks)),
			Floor:  fmt.Sprintf("the DynamoDB client alone: %s, CPU %s; %s", measured.Time(floor.answers), measured.Time(floor.cpu), measured.Time(floor.asks))}
		if most, has := maxStart[name]; has {
			r = r.AtMost(most)
			measured.Compare("CPU of "+name+" from its start to its first answer", s.cpu, floor.cpu, "the DynamoDB client alone").AtMost(most).Print(t.Output())
			measured.Compare("start of "+name+" until it asks for its first event", s.asks, floor.asks, "the DynamoDB client alone").AtMost(most).Print(t.Output())
		}
		r.Print(t.Output())
		if s.memory > of[largest].memory {
			largest = name
		}
	}
	memoryRow("the highest private memory of a function after its first answer", of[largest].memory).Print(t.Output())
}

// printSizes prints the largest package. The tests of the deployment bound each.
func printSizes(t *testing.T, sizes map[string]int64) {
	largest := slices.MaxFunc(functions.Names(), func(a, b string) int { return cmp.Compare(sizes[a], sizes[b]) })
	measured.Row{What: "the largest package for arm64", Figure: fmt.Sprintf("%s, %.2f MB", largest, float64(sizes[largest])/1e6)}.Print(t.Output())
}
