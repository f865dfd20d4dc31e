package measured

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Run is what several workers did at once.
type Run struct {
	Took time.Duration
	CPU  time.Duration // of this process
	Each []time.Duration
}

// AtOnce does n things with that many workers, and measures. Each worker begins its next thing
// when its last one is done.
func AtOnce(n, workers int, do func(i int) error) (Run, error) {
	r, errs := Run{Each: make([]time.Duration, n)}, make([]error, n)
	next := make(chan int)
	var all sync.WaitGroup
	begin, before := time.Now(), CPU()
	for range workers {
		all.Go(func() {
			for i := range next {
				start := time.Now()
				errs[i] = do(i)
				r.Each[i] = time.Since(start)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	r.Took, r.CPU = time.Since(begin), CPU()-before
	return r, errors.Join(errs...)
}

// CPU returns the processor's time of this process.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // RUSAGE_SELF is always known
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// And adds what was done in another turn.
func (r Run) And(more Run) Run {
	return Run{r.Took + more.Took, r.CPU + more.CPU, append(r.Each, more.Each...)}
}

// Rate returns how much was done in a second.
func (r Run) Rate() float64 { return float64(len(r.Each)) / r.Took.Seconds() }

// CPUEach returns the processor's time of this process for each thing.
func (r Run) CPUEach() time.Duration { return r.CPU / time.Duration(len(r.Each)) }

// Percentile returns the time within which that share of the things was done, from 0 to 1.
func (r Run) Percentile(share float64) time.Duration {
	each := slices.Sorted(slices.Values(r.Each))
	return each[int(share*float64(len(each)-1))]
}

func (r Run) String() string {
	return fmt.Sprintf("%.0f/s, p50 %s, p99 %s", r.Rate(), Time(r.Percentile(0.5)), Time(r.Percentile(0.99)))
}

// Time writes a time for people.
func Time(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// Compare returns the row of a time and of that of what it cannot do without.
func Compare(what string, figure, floor time.Duration, parts string) Row {
	return Row{What: what, Figure: Time(figure), Floor: parts + ": " + Time(floor), Ratio: float64(figure) / float64(floor)}
}
