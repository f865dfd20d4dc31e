package cli

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
)

// run runs a program whose only verb prints what it was given.
func run(args ...string) (code int, stdout, stderr string) {
	var out, complaints bytes.Buffer
	s := NewStreams(nil, &out, &complaints, Terminals{})
	program := Verb{Name: "program", Help: "program tests.", Verbs: []Verb{
		{Name: "echo", Summary: "prints", Help: "program echo FLAGS WORD...\n", Run: func(_ context.Context, f *Flags) (int, error) {
			var many List
			f.Var(&many, "many", "several")
			one, yes := f.String("one", "", "a text"), f.Bool("yes", false, "a mark")
			number := f.Uint64("number", 0, "a number")
			f.Moved = map[string]string{"far": "other echo"}
			f.Dashed = func(arg string) bool { return arg == "-dashed" }
			if err := f.Parse(1, 3); err != nil {
				return 0, err
			}
			_, err := fmt.Fprintf(s.Stdout, "%s %s %v %d %q", many, *one, *yes, *number, f.Args())
			return ExitDone, err
		}},
	}}
	code = Run(context.Background(), program, s, args)
	return code, out.String(), complaints.String()
}

// TestFlags: flags stand before arguments or behind them, and -- ends them.
func TestFlags(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"a", `[]  false 0 ["a"]`},
		{"--one x --yes a", `[] x true 0 ["a"]`},
		{"a --one x b --yes c", `[] x true 0 ["a" "b" "c"]`},
		{"a --many x --many=y b", `[x y]  false 0 ["a" "b"]`},
		{"-one x a", `[] x false 0 ["a"]`},
		{"--yes=false a --number 7", `[]  false 7 ["a"]`},
		{"a -- --yes -b", `[]  false 0 ["a" "--yes" "-b"]`},
		{"-- --", `[]  false 0 ["--"]`},
		{"--one -- a", `[] -- false 0 ["a"]`},
		{"--one --yes a", `[] --yes false 0 ["a"]`},
		{"--one= a", `[]  false 0 ["a"]`},
		{"-", `[]  false 0 ["-"]`},
		{"-dashed --yes", `[]  true 0 ["-dashed"]`},
		{"--one -dashed a", `[] -dashed false 0 ["a"]`},

		{"", "program echo: wrong number of arguments; see program help echo"},
		{"a -- b -- c", "program echo: wrong number of arguments; see program help echo"}, // the second -- is one
		{"a b c d", "program echo: wrong number of arguments; see program help echo"},
		{"a --two", "program echo: flag provided but not defined: -two; see program help echo"},
		{"a ---one x", "program echo: bad flag syntax: ---one; see program help echo"},
		{"a --one", "program echo: flag needs an argument: -one; see program help echo"},
		{"a --number x", `program echo: invalid value "x" for flag -number: parse error; see program help echo`},
		{"a --yes=maybe", `program echo: invalid boolean value "maybe" for -yes: parse error; see program help echo`},
		{"--far x", "program echo: --far needs a network; it is `other echo` now"},
		{"a --far=x", "program echo: --far needs a network; it is `other echo` now"},
	} {
		code, stdout, stderr := run(append([]string{"echo"}, strings.Fields(c.args)...)...)
		refused := strings.HasPrefix(c.says, "program")
		if got := strings.TrimSuffix(stdout+stderr, "\n"); got != c.says || (code == ExitUsage) != refused || (stderr != "") != refused {
			t.Errorf("%s: exit %d, %s\nwant %s", c.args, code, got, c.says)
		}
	}
}

// TestUsage: whoever asks for help gets it on standard output; a mistake is one line.
func TestUsage(t *testing.T) {
	const overview = "program tests.\n\n  program echo     prints\n  program version  says which build this is\n  program help     explains a verb\n\nprogram help VERB says what a verb takes.\n"
	const onEcho = "program echo FLAGS WORD...\n\n  --many value   several\n  --number uint  a number\n  --one string   a text\n  --yes          a mark\n"
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string
	}{
		{"", ExitUsage, "", overview},
		{"help", ExitDone, overview, ""},
		{"--help", ExitDone, overview, ""},
		{"-h", ExitDone, overview, ""},
		{"help echo", ExitDone, onEcho, ""},
		{"echo a --help", ExitDone, onEcho, ""},
		{"echo -h", ExitDone, onEcho, ""},
		{"help ehco", ExitUsage, "", "program: there is no verb `ehco`; did you mean `echo`?\n"},
		{"something", ExitUsage, "", "program: there is no verb `something`; see program help\n"},
		{"e\x1bcho\n", ExitUsage, "", "program: there is no verb `e‹U+001B›cho‹U+000A›`; did you mean `echo`?\n"},
		{"version 1", ExitUsage, "", "program version: wrong number of arguments; see program help version\n"},
	} {
		code, stdout, stderr := run(strings.FieldsFunc(c.args, func(r rune) bool { return r == ' ' })...)
		if code != c.code || stdout != c.stdout || stderr != c.stderr {
			t.Errorf("%q: exit %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
}

// TestVersion: the version is one line, with the verb and with the flag.
func TestVersion(t *testing.T) {
	for _, arg := range []string{"version", "--version"} {
		code, stdout, stderr := run(arg)
		if code != ExitDone || !strings.HasPrefix(stdout, "program ") || strings.Count(stdout, "\n") != 1 || stderr != "" {
			t.Errorf("%s: exit %d, %s%s", arg, code, stdout, stderr)
		}
	}
}
