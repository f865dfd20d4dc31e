package runtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/api"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// longest bounds the time limits of the functions in TestDeadlines, so that it takes no minutes.
// A function that has more has a larger reserve, too.
const longest = 20 * time.Second

// hardest names the sample that needs the most of a function.
var hardest = map[string]string{
	"certify": "leaf", "selfsign": "root", "provision": "create", "optin": "post-opt-in", "optout": "post-opt-out-all",
	"datarequest": "post-data-requests", "operator": "post-opt-out", "receipts": "get-bundle", "portal": "get-home",
	"intake": "batch", "protocols": "post-requests", "callbacks": "news", "staff": "auditor", "sweep": "tasks", "republish": "segment", "publish": "insert",
	"report": "day", "door": "post-contact-requests",
}

// disturb is what a wire does to a request: see runtimetest.Wire.Disturb.
type disturb = func(operation string, pass func()) (lost bool)

// faults are services that no engine is. What they hold back, they hold until the test ends.
var faults = []struct {
	name   string
	passes bool // In the end requests get through.
	make   func(ended <-chan struct{}) disturb
}{
	{"never answers", false, func(ended <-chan struct{}) disturb {
		return func(string, func()) bool { <-ended; return true }
	}},
	{"answers late once", true, func(ended <-chan struct{}) disturb {
		var seen sync.Map
		return func(operation string, pass func()) bool {
			pass()
			_, again := seen.LoadOrStore(operation, true)
			if !again {
				<-ended
			}
			return !again
		}
	}},
	{"drops the connection", false, func(<-chan struct{}) disturb {
		return func(string, func()) bool { return true }
	}},
}

// kinds are the services that fail together.
var kinds = []struct {
	name     string
	services []string
	used     func(functions.Function) bool
}{
	{"the table", []string{"DYNAMODB"}, func(f functions.Function) bool {
		return slices.Contains(f.Needs, functions.Ledger) || slices.Contains(f.Needs, functions.Scan)
	}},
	{"all else", []string{"KMS", "LAMBDA", "EVENTBRIDGE", "SQS", "S3", "SNS", "SES"}, func(functions.Function) bool { return true }},
}

// TestDeadlines: whatever the services of a function do, its first event and one in a warm
// environment are answered before its limit, and the answer says what was not done.
func TestDeadlines(t *testing.T) {
	stack := runtimetest.New(t)
	d := &deadlines{stack: stack, ended: make(chan struct{}), player: samples.Player{
		Files: os.DirFS(filepath.Join("..", "..", "..", "events", "invocations")), Catalogue: stack.Catalogue(),
		Entry: func(ctx context.Context) (keys, image string, err error) {
			return sandbox.Entry(ctx, stack.Engine.Endpoint, stack.Table, ledger.KindPerson)
		},
	}}
	defer close(d.ended) // before the wires are closed, which wait for what is held
	all, err := samples.All(d.player.Files)
	must(t, err)
	for _, s := range all { // an offer, a person, and an entry for what follows
		if s.Function() == "optin" || s.Name == "operator/post-people" {
			must(t, d.player.Play(t.Context(), s, func(_ context.Context, function string, event []byte) ([]byte, error) {
				return stack.Invoke(t, function, event).Payload, nil
			}))
		}
	}
	cells := map[string]string{}
	for _, fault := range faults {
		var mu sync.Mutex
		var running sync.WaitGroup
		for _, f := range functions.All() {
			i := slices.IndexFunc(all, func(s samples.Sample) bool { return s.Name == path.Join(f.Name, hardest[f.Name]) })
			if i < 0 {
				t.Fatalf("no sample for %s", f.Name)
			}
			for _, kind := range kinds {
				if !kind.used(f) {
					continue
				}
				running.Go(func() {
					cell := d.judged(t, f, all[i], kind.services, fault.passes, func() disturb { return fault.make(d.ended) })
					mu.Lock()
					defer mu.Unlock()
					cells[f.Name+kind.name+fault.name] = cell
				})
			}
		}
		running.Wait()
	}
	t.Log(table(cells))
}

// table has a row for each function.
func table(cells map[string]string) string {
	var b strings.Builder
	b.WriteString("\n| Function |")
	for _, kind := range kinds {
		for _, fault := range faults {
			fmt.Fprintf(&b, " %s %s |", kind.name, fault.name)
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(kinds)*len(faults)) + "\n")
	for _, f := range functions.All() {
		fmt.Fprintf(&b, "| `%s` |", f.Name)
		for _, kind := range kinds {
			for _, fault := range faults {
				fmt.Fprintf(&b, " %s |", cells[f.Name+kind.name+fault.name])
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

type deadlines struct {
	stack  *runtimetest.Stack
	player samples.Player
	ended  chan struct{}
}

// tries bounds how often a function is tried on a machine that stands still meanwhile.
const tries = 5

// judged is worst, and fails the test for what was wrong. If the machine itself stood still for
// a part of the reserve, that says nothing of the function, which is tried again.
func (d *deadlines) judged(t *testing.T, f functions.Function, s samples.Sample, services []string, passes bool, fault func() disturb) string {
	for try := 1; ; try++ {
		stood := standstill()
		worst, errs := d.worst(t, f, s, services, passes, fault)
		if still := stood(); len(errs) > 0 && still > min(f.Limit, longest)/50 && try < tries {
			t.Logf("%s is tried again, since the machine stood still for %s: %v", s.Name, still, errs)
			continue
		}
		for _, err := range errs {
			t.Error(err)
		}
		return worst
	}
}

// standstill watches the machine until the function that it returns is called, which returns
// the longest time by which a timer came too late.
func standstill() func() time.Duration {
	const beat = 10 * time.Millisecond
	var longest time.Duration
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for last := time.Now(); ; {
			select {
			case <-end:
				return
			case <-time.After(beat):
			}
			now := time.Now()
			longest, last = max(longest, now.Sub(last)-beat), now
		}
	}()
	return func() time.Duration {
		close(end)
		<-ended
		return longest
	}
}

// worst hands an event to a new environment of a function whose services fail, hands it the
// event again when they work, and again when they fail. It returns the worse of the two
// answers that it got while they failed, and what was wrong.
func (d *deadlines) worst(t *testing.T, f functions.Function, s samples.Sample, services []string, passes bool, fault func() disturb) (_ string, errs []error) {
	wire := &runtimetest.Wire{}
	env := d.stack.Env(d.stack.Behind(t, wire, services...))
	environment, err := runtime.Start(t.Context(), d.stack.Binary(f.Name), env, d.stack.Log)
	if err != nil {
		return "", []error{fmt.Errorf("%s: %w", f.Name, err)}
	}
	defer func() { _ = environment.Close() }()
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	worst := answer{done: true}
	for _, failing := range []bool{true, false, true} {
		limit := time.Hour // in which the environment gets warm
		wire.Disturb(nil)
		if failing {
			limit = min(f.Limit, longest)
			wire.Disturb(fault())
		}
		wire.Asked()
		got, err := d.answer(t.Context(), environment, s, limit)
		switch asked := len(wire.Asked()); {
		case err != nil:
			wrong("%s, %d requests to %v disturbed: %v", s.Name, asked, services, err)
		case !failing && !got.done:
			wrong("%s, when %v work again: %s", s.Name, services, got)
		case failing && !passes && asked > 0 && got.done:
			wrong("%s, %d requests to %v lost: %s", s.Name, asked, services, got)
		}
		if failing && !worst.worse(got) {
			worst = got
		}
	}
	return worst.String(), errs
}

// answer is what a function answered, and after which share of its limit.
type answer struct {
	what  string
	share float64
	done  bool // It did what was asked.
}

// worse reports whether an answer is worse than another one: it did not do what was asked, or
// came later.
func (a answer) worse(b answer) bool {
	if a.done != b.done {
		return b.done
	}
	return a.share > b.share
}

func (a answer) String() string { return fmt.Sprintf("%s, %.0f %%", a.what, 100*a.share) }

// answer hands an event to a function, with a limit as Lambda has one. An answer after the
// limit is an error, and so is one that neither does what was asked nor says that it did not.
func (d *deadlines) answer(ctx context.Context, f *runtime.Function, s samples.Sample, limit time.Duration) (got answer, err error) {
	var raw runtime.Answer
	var late error
	player := d.player
	played := player.Play(ctx, s, func(ctx context.Context, _ string, event []byte) ([]byte, error) {
		begin := time.Now()
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		raw, late = f.Invoke(ctx, event)
		got.share = float64(time.Since(begin)) / float64(limit)
		return raw.Payload, late
	})
	got.done = played == nil && !raw.Failed
	switch {
	case late != nil:
		return got, fmt.Errorf("no answer before the limit of %s: %w", limit, late)
	case s.Status != 0:
		got.what, err = status(raw.Payload)
	case got.done:
		got.what = "done"
	case raw.Failed:
		got.what = "error"
	default:
		got.what, err = again(raw.Payload)
	}
	return got, err
}

// status reads the answer of a function behind the HTTP API: what was asked for, or a refusal
// that says when to try again.
func status(payload []byte) (string, error) {
	var res events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(payload, &res); err != nil {
		return "", fmt.Errorf("%w: %.300s", err, payload)
	}
	switch {
	case res.StatusCode < http.StatusBadRequest:
	case res.StatusCode != http.StatusServiceUnavailable, res.Headers["retry-after"] == "", res.Body == "":
		return "", fmt.Errorf("the answer %.500s", payload)
	case res.Headers["content-type"] == api.ProblemMediaType:
		return "problem 503", nil
	}
	return fmt.Sprint(res.StatusCode), nil
}

// again reads the answer to a batch: which messages come again.
func again(payload []byte) (string, error) {
	var failures struct{ BatchItemFailures []any }
	if json.Unmarshal(payload, &failures) != nil || len(failures.BatchItemFailures) == 0 {
		return "", fmt.Errorf("the answer %.500s", payload)
	}
	return fmt.Sprintf("%d again", len(failures.BatchItemFailures)), nil
}
