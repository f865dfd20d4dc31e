package verifypage_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"consent-receipts/shared/measured"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/inside/hostile"
)

var hostileTable = flag.Bool("hostile", false, "time files that are built to hurt, and print the rows")

// worked is the work for a file.
type worked struct {
	Verdict receipt.Verdict `json:"verdict"`
	Code    string          `json:"code"` // why nothing in it was judged
	CPU     float64         `json:"cpu"`  // milliseconds
	Steps   int64           `json:"steps"`
}

// workBySources checks files with the page's sources, in Node. It counts their steps or
// takes their time: counting slows them.
func workBySources(t *testing.T, folder string, names []string, count bool) (out []worked) {
	t.Helper()
	must(t, json.Unmarshal(node(t, map[string]any{"folder": folder, "names": names, "count": count}, filepath.Join("testdata", "work.mjs")), &out))
	return out
}

// workByCheck checks a file as the command does.
func workByCheck(t *testing.T, path string) worked {
	t.Helper()
	before := processor(t)
	report, err := check.Run(t.Context(), []string{path}, check.Options{})
	must(t, err)
	out := worked{Verdict: report.Verdict, CPU: processor(t) - before}
	if e, ok := inside.AsError(report.Files[0].Err); ok {
		out.Code = e.Code
	}
	return out
}

// processor is the processor's time of this process, in milliseconds.
func processor(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	must(t, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64((time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Microseconds()) / 1000
}

// writeHostile writes the files of a size into a folder, and names them.
func writeHostile(t *testing.T, folder string, size int) (names []string) {
	t.Helper()
	for i, file := range hostile.Files() {
		name := fmt.Sprintf("%d-%d", i, size)
		must(t, os.WriteFile(filepath.Join(folder, name), file.Make(size), 0o600))
		names = append(names, name)
	}
	return names
}

// TestHostileSteps: for every hostile file, twice the size takes the page's sources less than
// 2.5 times the steps. A step is a block of the sources that ran; the engine's own work, such
// as searching a text, is not counted.
func TestHostileSteps(t *testing.T) {
	engine(t, "esbuild")
	const size = 16 << 10
	folder := t.TempDir()
	once, twice := writeHostile(t, folder, size), writeHostile(t, folder, 2*size)
	few, many := workBySources(t, folder, once, true), workBySources(t, folder, twice, true)
	for i, file := range hostile.Files() {
		bytes := float64(sizeOf(t, folder, twice[i])) / float64(sizeOf(t, folder, once[i]))
		if growth := float64(many[i].Steps) / float64(few[i].Steps); few[i].Steps == 0 || growth > 2.5*bytes/2 {
			t.Errorf("%s: %d steps, and for %.1f times the bytes %d", file.Name, few[i].Steps, bytes, many[i].Steps)
		}
		if ours := workByCheck(t, filepath.Join(folder, once[i])); ours.Verdict != few[i].Verdict || ours.Code != few[i].Code {
			t.Errorf("%s: the page says %s %s, the command %s %s", file.Name, few[i].Verdict, few[i].Code, ours.Verdict, ours.Code)
		}
	}
}

func sizeOf(t *testing.T, folder, name string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(folder, name))
	must(t, err)
	return info.Size()
}

// TestHostile times files of 1 MB that are built to hurt, in Go and in JavaScript: `make bench`.
func TestHostile(t *testing.T) {
	if !*hostileTable {
		t.Skip("measures for a minute: make bench")
	}
	folder := t.TempDir()
	names := writeHostile(t, folder, 1<<20)
	theirsAll := workBySources(t, folder, names, false)
	slowest := map[string]measured.Row{}
	note := func(reader, file string, cpu float64) {
		if cpu/1000 >= slowest[reader].Ratio {
			slowest[reader] = measured.Row{What: "CPU of the slowest file of 1 MB that is built to hurt, in " + reader,
				Figure: fmt.Sprintf("%.0f ms: %s, of %d files", cpu, file, len(names)), Floor: "a second", Ratio: cpu / 1000}.AtMost(1)
		}
	}
	for i, file := range hostile.Files() {
		ours, theirs := workByCheck(t, filepath.Join(folder, names[i])), theirsAll[i]
		t.Logf("%s: CPU %.0f ms, in JavaScript %.0f ms; %s %s", file.Name, ours.CPU, theirs.CPU, ours.Verdict, ours.Code)
		note("Go", file.Name, ours.CPU)
		note("JavaScript", file.Name, theirs.CPU)
		if ours.Verdict != theirs.Verdict || ours.Code != theirs.Code {
			t.Errorf("%s: the page says %s %s, the command %s %s", file.Name, theirs.Verdict, theirs.Code, ours.Verdict, ours.Code)
		}
	}
	slowest["Go"].Print(t.Output())
	slowest["JavaScript"].Print(t.Output())
}
