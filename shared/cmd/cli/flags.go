package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// usageError is a mistake in the command line, described for the user who made it.
type usageError string

func (e usageError) Error() string { return string(e) }

// Flags reads the command line of one verb.
type Flags struct {
	*flag.FlagSet
	Moved  map[string]string     // flags that another command has now, and how they are given there
	Dashed func(arg string) bool // reports an argument that begins with a dash, and is no flag; may be nil

	help    string
	streams *Streams
	args    []string
}

func newFlags(name, help string, s *Streams, args []string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), help: help, streams: s, args: args}
	f.SetOutput(io.Discard) // errors are returned, and told once
	f.Usage = func() {}
	return f
}

// Any, as the most arguments of Parse, allows any number of them.
const Any = math.MaxInt

// Parse reads flags and arguments in any order, and refuses fewer than least or more than most
// arguments. What follows -- is never a flag. If the user asks for help, Parse prints it and
// returns flag.ErrHelp.
func (f *Flags) Parse(least, most int) error {
	var arguments []string
	for rest := f.args; len(rest) > 0; {
		word, n := rest[0], 1
		switch {
		case word == "--":
			arguments, n = append(arguments, rest[1:]...), len(rest)
		case !strings.HasPrefix(word, "-") || word == "-" || f.Dashed != nil && f.Dashed(word):
			arguments = append(arguments, word)
		default:
			n = min(f.words(word), len(rest))
			if err := f.read(word, rest[:n]); err != nil {
				return err
			}
		}
		rest = rest[n:]
	}
	if err := f.FlagSet.Parse(append([]string{"--"}, arguments...)); err != nil {
		return err
	}
	if n := f.NArg(); n < least || n > most {
		return usageError(fmt.Sprintf("%s: wrong number of arguments; see %s", f.Name(), helpOn(f.Name())))
	}
	return nil
}

// words returns how many words a flag takes: the flag, and its value unless the value follows
// =.
func (f *Flags) words(word string) int {
	known := f.Lookup(flagName(word))
	if known == nil || strings.Contains(word, "=") {
		return 1
	}
	if b, ok := known.Value.(interface{ IsBoolFlag() bool }); ok && b.IsBoolFlag() {
		return 1
	}
	return 2
}

// flagName returns the name of the flag that a word gives.
func flagName(word string) string {
	name, _, _ := strings.Cut(word, "=")
	return strings.TrimPrefix(strings.TrimPrefix(name, "-"), "-")
}

// read reads one flag.
func (f *Flags) read(word string, words []string) error {
	name := flagName(word)
	if now, ok := f.Moved[name]; ok && f.Lookup(name) == nil {
		return f.Wrong("--%s needs a network; it is `%s` now", name, now)
	}
	err := f.FlagSet.Parse(words)
	if errors.Is(err, flag.ErrHelp) {
		return errors.Join(f.explain(f.streams.Stdout), err)
	}
	if err != nil {
		return usageError(fmt.Sprintf("%s: %s; see %s", f.Name(), err, helpOn(f.Name())))
	}
	return nil
}

// Wrong is a mistake in the command line.
func (f *Flags) Wrong(format string, args ...any) error {
	return usageError(f.Name() + ": " + fmt.Sprintf(format, args...))
}

// explain prints the verb's help, and its flags.
func (f *Flags) explain(w io.Writer) error {
	fmt.Fprint(w, f.help)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	first := true
	f.VisitAll(func(known *flag.Flag) {
		if first {
			fmt.Fprint(t, "\n")
			first = false
		}
		value, usage := flag.UnquoteUsage(known)
		fmt.Fprintf(t, "  %s\t%s\n", strings.TrimSpace("--"+known.Name+" "+value), usage)
	})
	return t.Flush()
}

// helpOn says how help is asked for, on a program or on a verb of it.
func helpOn(name string) string {
	program, verb, _ := strings.Cut(name, " ")
	return strings.TrimSpace(program + " help " + verb)
}

// List is a flag that may be given several times.
type List []string

func (l *List) String() string { return strings.Join(*l, " ") }

// Set adds a value.
func (l *List) Set(s string) error { *l = append(*l, s); return nil }
