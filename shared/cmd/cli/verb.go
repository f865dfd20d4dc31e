package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"

	"consent-receipts/shared/freetext"
)

// Verb is what a program does, or a part of that: a program is a verb with verbs.
type Verb struct {
	Name    string
	Summary string // a line of the overview; "" keeps the verb out of it
	Help    string // usage of a verb; for a verb that has verbs, the text above its overview
	Run     func(ctx context.Context, f *Flags) (int, error)
	Verbs   []Verb // instead of Run
}

// Exit codes. Those of verify are its verdicts.
const (
	ExitDone          = 0 // of verify: genuine
	ExitRefused       = 1
	ExitUsage         = 2 // or what cannot be read or reached
	ExitConsistent    = 3
	ExitNotContiguous = 4
)

// Main runs a program with the arguments and streams of this process, and ends it.
func Main(program func(*Streams) Verb) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	streams := ofProcess()
	code := Run(ctx, program(streams), streams, os.Args[1:])
	stop()
	os.Exit(code)
}

// Run does what the arguments say and returns the exit code. To the program's verbs it adds
// version and help.
func Run(ctx context.Context, program Verb, s *Streams, args []string) int {
	program.Verbs = slices.Concat(program.Verbs, []Verb{
		{
			Name: "version", Summary: "says which build this is",
			Help: program.Name + " version\n    prints the version, the revision of the source, and the version of Go, in a line\n",
			Run:  func(_ context.Context, f *Flags) (int, error) { return ExitDone, version(f, program.Name) },
		},
		{
			Name: "help", Summary: "explains a verb",
			Help: program.Name + " help [VERB]\n    prints what a verb does, its flags and its exit codes; without one, the list of verbs\n",
			Run:  func(_ context.Context, f *Flags) (int, error) { return ExitDone, f.Parse(0, 0) }, // help on help
		},
	})
	if len(args) > 0 {
		switch args[0] {
		case "--version":
			args = slices.Concat([]string{"version"}, args[1:])
		case "help":
			args = slices.Concat(args[1:], []string{"--help"})
		}
	}
	code, err := program.dispatch(ctx, s, "", args)
	var wrong usageError
	switch {
	case err == nil:
		return code
	case errors.Is(err, flag.ErrHelp): // the help was printed
		return ExitDone
	case errors.As(err, &wrong):
		fmt.Fprintln(s.Stderr, freetext.Visible(wrong.Error()))
	default:
		fmt.Fprintln(s.Stderr, "error:", Told(err))
	}
	return ExitUsage
}

// dispatch finds the verb that the arguments name, and runs it. The text above has the names
// of the verbs to which this one belongs.
func (v Verb) dispatch(ctx context.Context, s *Streams, above string, args []string) (int, error) {
	name := v.Name
	if above != "" {
		name = above + " " + v.Name
	}
	if v.Run != nil {
		return v.Run(ctx, newFlags(name, v.Help, s, args))
	}
	if len(args) == 0 {
		return ExitUsage, v.overview(s.Stderr, name)
	}
	switch args[0] {
	case "-h", "--help":
		return ExitDone, v.overview(s.Stdout, name)
	}
	for _, verb := range v.Verbs {
		if verb.Name == args[0] {
			return verb.dispatch(ctx, s, name, args[1:])
		}
	}
	return 0, unknownVerb(name, args[0], v.Verbs)
}

// overview prints one line for each verb that belongs to this verb.
func (v Verb) overview(w io.Writer, name string) error {
	fmt.Fprintf(w, "%s\n\n", v.Help)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, verb := range v.Verbs {
		if verb.Summary != "" {
			fmt.Fprintf(t, "  %s %s\t%s\n", name, verb.Name, verb.Summary)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s says what a verb takes.\n", helpOn(name+" VERB"))
	return err
}
