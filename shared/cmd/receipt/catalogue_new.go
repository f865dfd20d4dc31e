package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent/catalogue/draft"
	"consent-receipts/shared/freetext"
)

const newHelp = `receipt catalogue new [FLAGS] FILE
    writes a catalogue and its notices, to be edited: a line marked EDIT holds a
    guess. Each flag answers one question; on a terminal what is left is asked.
    Nothing is ever overwritten
`

// newCatalogue writes a first version of a catalogue from answers.
func (c *command) newCatalogue(_ context.Context, f *cli.Flags) (int, error) {
	questions := draft.Questions()
	given := map[string]*string{}
	for _, q := range questions {
		given[q.Name] = f.String(q.Name, "", fmt.Sprintf("%s Such as %q", q.Ask, q.Example))
	}
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	file := f.Arg(0)
	if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" {
		return 0, f.Wrong("%s: the name of a catalogue ends in .yaml", file)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%s is there already; name another file", file)
	}
	var answers draft.Answers
	if err := c.answer(f, questions, given, &answers); err != nil {
		return 0, err
	}
	files, err := answers.Files(filepath.Base(file))
	if err != nil {
		return 0, err
	}
	if err := writeAllNew(filepath.Dir(file), files); err != nil {
		return 0, err
	}
	_, err = fmt.Fprintf(c.Stdout, `%[1]s and %[2]d notices are written. Put in what is true where a line says EDIT, then:

  receipt catalogue lint %[1]s
  make run CATALOGUE=%[1]s
`, freetext.Inline(file), len(files)-1)
	return cli.ExitDone, err
}

// answer takes the answers that flags give, and asks for the others on a terminal.
func (c *command) answer(f *cli.Flags, questions []draft.Question, given map[string]*string, answers *draft.Answers) error {
	said := map[string]bool{}
	f.Visit(func(fl *flag.Flag) { said[fl.Name] = true })
	var missing []string
	for _, q := range questions {
		if !said[q.Name] && !q.Optional() {
			missing = append(missing, "--"+q.Name)
		}
		if !said[q.Name] && (!q.Optional() || c.Typed) {
			continue
		}
		if wrong := q.Take(answers, *given[q.Name]); wrong != "" {
			return f.Wrong("--%s: %s", q.Name, wrong)
		}
	}
	if !c.Typed && len(missing) > 0 {
		return f.Wrong("nobody is asked, since this is no terminal; give %s", strings.Join(missing, ", "))
	}
	in := bufio.NewScanner(io.LimitReader(c.Stdin, maxAnswers))
	for _, q := range questions {
		if c.Typed && !said[q.Name] {
			if err := c.ask(in, q, answers); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxAnswers bounds what is read of answers, in bytes.
const maxAnswers = 64 << 10

// ask asks one question until the answer is taken.
func (c *command) ask(in *bufio.Scanner, q draft.Question, answers *draft.Answers) error {
	hint := "such as " + q.Example
	if q.Default != "" {
		hint += "; Enter: " + q.Default
	}
	fmt.Fprintf(c.Stdout, "%s\n  (%s)\n> ", q.Ask, hint)
	for in.Scan() {
		wrong := q.Take(answers, in.Text())
		if wrong == "" {
			fmt.Fprintln(c.Stdout)
			return nil
		}
		fmt.Fprintf(c.Stdout, "%s\n> ", wrong)
	}
	return errors.Join(errors.New("the answers end before the questions; nothing was written"), in.Err())
}

// writeAllNew writes files into a folder. If one is there already, it writes none.
func writeAllNew(dir string, files map[string][]byte) error {
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already; choose another folder", filepath.Join(dir, name))
		}
	}
	for _, name := range names {
		full := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), writeNew(full, files[name])); err != nil {
			return err
		}
	}
	return nil
}
