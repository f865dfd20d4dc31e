// Command sheet runs benchmarks and prints their rows as one table. Its last line says how many
// targets are missed.
//
//	sheet [-into docs/performance.md] [-as name] bench | bench-aws | load
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"consent-receipts/shared/measured"
)

// suites are the tests that measure, by the target of make that runs them.
var suites = map[string][]suite{
	"bench": {
		{"./functions/testbed/bench", "^(TestTable|TestForms|TestSynth)$", []string{"-table"}},
		{"./shared/receipt/verifypage", "^TestHostile$", []string{"-hostile"}},
		{"./shared/receipt/verifypage", "^TestMany$", []string{"-receipts", "1000"}},
		{"./shared/receipt/check", "^TestMemory$", nil},
		{"./functions/testbed/system", "^TestBrowser$/^desktop$", nil},
	},
	"bench-aws": {{"./functions/testbed/bench", "^TestAWS$", []string{"-table"}}},
	"load":      {{"./functions/testbed/load", "^TestLoad$", []string{"-opt-ins", "20000"}}},
}

// suite is a test that measures, with its flags.
type suite struct {
	folder, run string
	flags       []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("sheet", flag.ContinueOnError)
	into := f.String("into", "", "document whose tables get the rows")
	as := f.String("as", "", "column of the history that gets the ratios; the default is the day and the commit")
	if err := f.Parse(args); err != nil {
		return err
	}
	of := f.Arg(0)
	if f.NArg() != 1 || suites[of] == nil {
		return errors.New("usage: sheet [-into document] [-as name] bench | bench-aws | load")
	}
	fmt.Fprintf(out, "%s\n\n", machine())
	var rows []measured.Row
	var failed error // what was measured before is shown all the same
	for _, s := range suites[of] {
		more, err := s.measure(ctx, out)
		rows, failed = append(rows, more...), errors.Join(failed, err)
	}
	if err := errors.Join(show(out, rows), failed); err != nil || *into == "" {
		return err
	}
	if *as == "" {
		*as = commit(ctx)
	}
	return write(*into, rows, "make "+of, *as)
}

// noise are the beginnings of lines by which the go command says that all is well.
var noise = []string{"=== ", "--- PASS", "PASS", "ok  "}

// measure runs the test. It returns its rows, and passes on whatever else it says.
func (s suite) measure(ctx context.Context, out io.Writer) (rows []measured.Row, err error) {
	args := append([]string{"test", "-count=1", "-timeout=30m", "-v", "-run", s.run, s.folder, "-args"}, s.flags...)
	command := exec.CommandContext(ctx, "go", args...)
	command.Stderr = out
	said, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(said); lines.Scan(); {
		line := lines.Text()
		if row, ok := measured.Parse(line); ok {
			rows = append(rows, row)
		} else if text := strings.TrimSpace(line); text != "" && !slices.ContainsFunc(noise, func(n string) bool { return strings.HasPrefix(text, n) }) {
			fmt.Fprintln(out, text)
		}
	}
	if err := command.Wait(); err != nil {
		return rows, fmt.Errorf("%s in %s: %w", s.run, s.folder, err)
	}
	return rows, nil
}

// show prints the rows, and how many of their targets are missed.
func show(out io.Writer, rows []measured.Row) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nWHAT\tMEASURED\tAGAINST\tRATIO\tTARGET\t")
	targets, missed := 0, 0
	for _, r := range rows {
		kept := ""
		if r.Target != "" {
			targets++
		}
		if r.Missed {
			missed++
			kept = "MISSED"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", r.What, r.Figure, r.Floor, r.RatioText(), r.Target, kept)
	}
	fmt.Fprintf(w, "\n%d of %d targets are missed\n", missed, targets)
	return w.Flush()
}

// machine says on what the figures were measured.
func machine() string {
	model := ""
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		_, rest, _ := strings.Cut(string(b), "model name\t: ")
		model, _, _ = strings.Cut(rest, "\n")
	}
	return strings.TrimSuffix(fmt.Sprintf("%d cores, %s/%s, %s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), model), ", ")
}

// commit says when and of what the figures were measured.
func commit(ctx context.Context) string {
	name, _ := exec.CommandContext(ctx, "git", "describe", "--tags", "--always").Output() // without git, the day alone
	return strings.TrimSpace(time.Now().Format(time.DateOnly) + " " + string(name))
}
