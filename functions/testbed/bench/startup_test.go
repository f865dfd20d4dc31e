package bench

import (
	"archive/zip"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/testbed/bench/floor"
	"consent-receipts/functions/testbed/process"
	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// These floors are functions of package floor.
const (
	empty        = "(empty function)"
	dynamodbOnly = "(DynamoDB client only)"
)

// maxStart is how much longer than a function with only the DynamoDB client those may need to
// their first answer for which somebody waits.
var maxStart = map[string]float64{"optin": 2, "portal": 3}

var repository = filepath.Join("..", "..", "..")

// buildFloors builds the floors as `make package` builds the functions, and returns
// the binaries by name.
func buildFloors(t testing.TB, arch string) map[string]string {
	dir, built := t.TempDir(), map[string]string{}
	for name, folder := range map[string]string{empty: "empty", dynamodbOnly: "dynamodb"} {
		built[name] = filepath.Join(dir, folder, "bootstrap")
		command := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags", "-s -w -buildid=",
			"-o", built[name], "./floor/"+folder)
		command.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return built
}

// packageSizes are the sizes of the packages for arm64, as ZIP files, in bytes.
func packageSizes(t testing.TB) map[string]int64 {
	dist := t.TempDir()
	command := exec.Command("make", "--no-print-directory", "package", "ARCH=arm64", "DIST="+dist)
	command.Dir = repository
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sizes := map[string]int64{}
	for name, binary := range buildFloors(t, "arm64") {
		sizes[name] = zipped(t, filepath.Dir(binary))
	}
	for _, name := range functions.Names() {
		sizes[name] = zipped(t, filepath.Join(dist, name))
	}
	return sizes
}

// counter counts what is written.
type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

func zipped(t testing.TB, folder string) int64 {
	var size counter
	w := zip.NewWriter(&size)
	must(t, w.AddFS(os.DirFS(folder)))
	must(t, w.Close())
	return int64(size)
}

const startRounds = 11

// started is what a function needs for its first event, from the start of its process.
type started struct {
	asks, answers time.Duration // until it asks for the event, and until it has answered it
	cpu           time.Duration // of the process, until then
	memory        int64         // private, then, in bytes
}

// starts are the medians for the functions, each with its first sample as the event, and for the
// floors. All take turns, so that whatever else the machine does meets all alike.
func starts(t testing.TB, stack *runtimetest.Stack) map[string]started {
	player := samples.Player{Files: os.DirFS(filepath.Join(repository, "events", "invocations")), Catalogue: stack.Catalogue()}
	for _, s := range samples.Of("optin") { // publish needs an entry
		must(t, player.Play(t.Context(), s, func(_ context.Context, function string, event []byte) ([]byte, error) {
			return stack.Invoke(t, function, event).Payload, nil
		}))
	}
	keys, image, err := sandbox.Entry(t.Context(), stack.Engine.Endpoint, stack.Table, ledger.KindPerson)
	must(t, err)
	player.Entry = func(context.Context) (string, string, error) { return keys, image, nil }
	floors, entry := buildFloors(t, goruntime.GOARCH), floor.Entry{V: "1", R: make([]byte, 2<<10), Cmd: make([]byte, 32)}
	each := map[string][]started{}
	for round := range startRounds {
		for _, name := range functions.Names() {
			must(t, player.Play(t.Context(), samples.Of(name)[0], func(_ context.Context, _ string, event []byte) ([]byte, error) {
				s, answer := startWith(t, stack, stack.Binary(name), event)
				each[name] = append(each[name], s)
				return answer, nil
			}))
		}
		event, err := json.Marshal(slotOf(entry, startPerson, round+1))
		must(t, err)
		for name, binary := range floors {
			s, _ := startWith(t, stack, binary, event)
			each[name] = append(each[name], s)
		}
	}
	medians := map[string]started{}
	for name, of := range each {
		medians[name] = started{
			asks:    median(column(of, func(s started) time.Duration { return s.asks })),
			answers: median(column(of, func(s started) time.Duration { return s.answers })),
			cpu:     median(column(of, func(s started) time.Duration { return s.cpu })),
			memory:  slices.MaxFunc(of, func(a, b started) int { return cmp.Compare(a.memory, b.memory) }).memory,
		}
	}
	return medians
}

// startPerson is a person whom only the floor knows, and nobody else in a run.
const startPerson = 1_000_000

func column(of []started, field func(started) time.Duration) (out []time.Duration) {
	for _, s := range of {
		out = append(out, field(s))
	}
	return out
}

// startWith starts a binary and hands it one event.
func startWith(t testing.TB, stack *runtimetest.Stack, binary string, event []byte) (s started, payload []byte) {
	begin := time.Now()
	f, err := runtime.Start(t.Context(), binary, stack.Env(nil), stack.Log)
	must(t, err)
	defer f.Close()
	answer, err := f.Invoke(t.Context(), event)
	if err != nil || answer.Failed {
		t.Fatalf("%s: %v %s\n%s", binary, err, answer.Payload, stack.Log)
	}
	s.asks, s.answers = f.Init, time.Since(begin)
	s.cpu, err = process.CPU(f.Process().Pid)
	must(t, err)
	s.memory, err = process.Private(f.Process().Pid)
	must(t, err)
	return s, answer.Payload
}

// initLine is a line of the Go runtime's trace: a package, and the time of its initialisation.
// https://pkg.go.dev/runtime#hdr-Environment_Variables
var initLine = regexp.MustCompile(`(?m)^init (\S+) @.*?, ([0-9.]+) ms clock`)

// slowestInits says which packages of a function take longest before main begins, and how long
// all take.
func slowestInits(t testing.TB, stack *runtimetest.Stack, function string) string {
	var log runtimetest.Log
	f, err := runtime.Start(t.Context(), stack.Binary(function), stack.Env(map[string]string{"GODEBUG": "inittrace=1"}), &log)
	must(t, err)
	must(t, f.Close())
	type initialised struct {
		name string
		ms   float64
	}
	var all []initialised
	sum := 0.0
	for _, m := range initLine.FindAllStringSubmatch(log.String(), -1) {
		took, err := strconv.ParseFloat(m[2], 64)
		must(t, err)
		all, sum = append(all, initialised{m[1], took}), sum+took
	}
	slices.SortFunc(all, func(a, b initialised) int { return cmp.Compare(b.ms, a.ms) })
	said := fmt.Sprintf("before main, %s initialises %d packages in %.1f ms:", function, len(all), sum)
	for _, one := range all[:min(6, len(all))] {
		said += fmt.Sprintf(" %s %.2f ms,", one.name, one.ms)
	}
	return strings.TrimSuffix(said, ",")
}
