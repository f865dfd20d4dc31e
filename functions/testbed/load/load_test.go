package load

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/testbed/process"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/measured"
	"consent-receipts/shared/repository"
)

var optIns = flag.Int("opt-ins", 40, "opt-ins of the run; make load has 20,000")

// Everybody opts in so often, and the run is divided into so many turns, each with every number
// of people at once. So whatever else the machine does meets all numbers alike.
const (
	timesEach = 4
	turns     = 4
)

// atOnce are the numbers of people at once, with their shares of the opt-ins.
var atOnce = []struct {
	people int
	share  float64
}{{1, 0.1}, {8, 0.3}, {32, 0.6}}

// maxMemory is the private memory that the server may have after 20,000 opt-ins, in bytes.
const maxMemory = 60 << 20

// TestLoad has people opt in, at the local server in a process of its own. Each answers an
// offer and, when the receipt has come, goes on to the next one at once.
func TestLoad(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a process uses is read as Linux has it")
	}
	r := newRun(t)
	offers, answers := map[int]measured.Run{}, map[int]measured.Run{}
	var cpu, cpuOfOffers time.Duration
	for turn := range turns {
		for _, a := range atOnce {
			n := max(1, int(float64(*optIns)*a.share/turns))
			bodies := make([]string, n)
			first := r.used(t)
			offers[a.people] = offers[a.people].And(r.each(t, n, a.people, func(i int) error { return r.offer(r.done+i, &bodies[i]) }))
			second := r.used(t)
			answers[a.people] = answers[a.people].And(r.each(t, n, a.people, func(i int) error { return r.answer(r.done+i, bodies[i]) }))
			cpu, cpuOfOffers = cpu+r.used(t)-second, cpuOfOffers+second-first
			r.done += n
		}
		t.Logf("turn %d of %d: %d opt-ins", turn+1, turns, r.done)
	}
	for _, a := range atOnce {
		measured.Row{What: fmt.Sprintf("offers over HTTP, %d at once", a.people), Figure: offers[a.people].String()}.Print(t.Output())
	}
	one, eight, many := answers[1], answers[8], answers[32]
	measured.Row{What: "opt-ins over HTTP, 1 at once", Figure: one.String()}.Print(t.Output())
	measured.Row{What: "opt-ins over HTTP, 8 at once", Figure: eight.String(), Floor: fmt.Sprintf("1 at once: %.0f/s", one.Rate()), Ratio: eight.Rate() / one.Rate()}.Print(t.Output())
	measured.Row{What: "opt-ins over HTTP, 32 at once", Figure: many.String(), Floor: fmt.Sprintf("8 at once: %.0f/s", eight.Rate()), Ratio: many.Rate() / eight.Rate()}.
		AtLeast(1).Print(t.Output())
	measured.Compare("p99 of opt-ins over HTTP, 32 at once", many.Percentile(0.99), many.Percentile(0.5), "p50").AtMost(4).Print(t.Output())
	measured.Compare("the server's CPU for an opt-in over HTTP", cpu/time.Duration(r.done), cpuOfOffers/time.Duration(r.done), "for an offer").Print(t.Output())

	private, err := process.Private(r.server.command.Process.Pid)
	must(t, err)
	measured.Row{What: fmt.Sprintf("private memory of the local server after %d opt-ins", r.done), Figure: fmt.Sprintf("%.1f MiB", float64(private)/(1<<20))}.
		Want("under 60 MiB", private < maxMemory).Print(t.Output())
	r.check(t)
}

// run is a server, and people who come to it.
type run struct {
	server *server
	client *http.Client
	tokens []string // of the people
	done   int      // opt-ins so far
}

func newRun(t *testing.T) *run {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "local")
	build := exec.Command("go", "build", "-o", binary, "./functions/local")
	build.Dir = repository.File(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s, err := start(context.Background(), binary, t.TempDir())
	must(t, err)
	t.Cleanup(func() { must(t, s.stop()) })
	people := make([]string, max(1, *optIns/timesEach))
	for i := range people {
		people[i] = fmt.Sprintf("customer-%06d", i)
	}
	tokens, err := s.tokens(people)
	must(t, err)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &run{server: s, client: &http.Client{Transport: transport}, tokens: tokens}
}

func (r *run) each(t *testing.T, n, people int, do func(i int) error) measured.Run {
	t.Helper()
	out, err := measured.AtOnce(n, people, do)
	must(t, err)
	return out
}

// used is the processor's time of the server so far.
func (r *run) used(t *testing.T) time.Duration {
	t.Helper()
	cpu, err := process.CPU(r.server.command.Process.Pid)
	must(t, err)
	return cpu
}

// offer gets the offer for the nth opt-in, and makes the body that answers it.
func (r *run) offer(n int, body *string) error {
	b, err := r.ask(n, http.MethodGet, "/v1/offers", "", http.StatusOK)
	if err != nil {
		return err
	}
	var offered struct{ Offer string }
	if err := json.Unmarshal(b, &offered); err != nil {
		return err
	}
	*body = `{"offer":"` + offered.Offer + `","choices":[{"purpose":"account-alerts","recipient":"parley","answer":"yes"},{"purpose":"card-offers","recipient":"parley","answer":"no"}]}`
	return nil
}

// answer answers it.
func (r *run) answer(n int, body string) error {
	_, err := r.ask(n, http.MethodPost, "/v1/opt-in", body, http.StatusCreated)
	return err
}

// ask sends the request of the person whose turn the nth opt-in is.
func (r *run) ask(n int, method, path, body string, want int) ([]byte, error) {
	q, err := http.NewRequest(method, r.server.base+path, strings.NewReader(body)) //nolint:noctx // the test's timeout bounds it
	if err != nil {
		return nil, err
	}
	q.Header.Set("Authorization", "Bearer "+r.tokens[n%len(r.tokens)])
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	a, err := r.client.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err == nil && a.StatusCode != want {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, a.StatusCode, b)
	}
	return b, err
}

// check reads the standing of the first person, who has every receipt that they were given.
func (r *run) check(t *testing.T) {
	t.Helper()
	b, err := r.ask(0, http.MethodGet, "/v1/standing", "", http.StatusOK)
	must(t, err)
	var standing struct{ Seq int }
	must(t, json.Unmarshal(b, &standing))
	if want := (r.done + len(r.tokens) - 1) / len(r.tokens); standing.Seq != want {
		t.Errorf("the first person has %d receipts, want %d", standing.Seq, want)
	}
}

var must = errtest.None
