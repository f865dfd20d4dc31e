package verifypage_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/inside/hostile"
)

var hostileTable = flag.Bool("hostile", false, "time files that are built to hurt, and print the table")

// worked is what a file took.
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
	out := worked{CPU: processor(t) - before}
	if err != nil { // of roots, which the page refuses before it judges, too
		out.Code = "roots"
		return out
	}
	out.Verdict = report.Verdict
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

// TestHostile times files of 1 MB that are built to hurt: `make bench`.
func TestHostile(t *testing.T) {
	if !*hostileTable {
		t.Skip("measures for a minute: make bench")
	}
	const target = 1000 // milliseconds
	folder := t.TempDir()
	names := writeHostile(t, folder, 1<<20)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nHOSTILE, 1 MB\tCPU IN GO\tIN JAVASCRIPT\tVERDICT\tUNDER 1 s")
	missed := 0
	theirsAll := workBySources(t, folder, names, false)
	for i, file := range hostile.Files() {
		theirs := theirsAll[i]
		ours := workByCheck(t, filepath.Join(folder, names[i]))
		kept := "yes"
		if max(ours.CPU, theirs.CPU) >= target {
			kept = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "%s\t%.0f ms\t%.0f ms\t%s %s\t%s\n", file.Name, ours.CPU, theirs.CPU, ours.Verdict, ours.Code, kept)
		if ours.Verdict != theirs.Verdict || ours.Code != theirs.Code {
			t.Errorf("%s: the page says %s %s, the command %s %s", file.Name, theirs.Verdict, theirs.Code, ours.Verdict, ours.Code)
		}
	}
	must(t, w.Flush())
	fmt.Printf("of %d targets, %d missed\n", len(names), missed)
}
