// Command receipt verifies, shows, presents and exchanges consent receipts,
// offline. It verifies or saves the ledger of one person, and does what the staff does
// at the desk: those take a network.
// testdata/script shows it at work.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
)

// Exit codes. Those of verify are its verdicts.
const (
	exitGenuine       = 0
	exitRefused       = 1
	exitUsage         = 2 // or files that cannot be read
	exitConsistent    = 3
	exitNotContiguous = 4
)

const usage = `receipt verifies, shows, presents and exchanges consent receipts. Only --ledger
and desk need a network.

  receipt verify [--root FILE|sha256:HEX]... [--catalogue FILE] [--json] PATH...
      PATH is a receipt (.sd-jwt), a page (.html) or a PDF with one inside, a
      file with one a line (.sd-jwts), a folder, or a bundle (.zip). --root
      names a root certificate that you trust, or the fingerprint of one that
      lies beside the receipts as root.pem. Of a page or a PDF the receipt inside
      is verified; with --catalogue it is rendered anew, and compared.
      exit 0  genuine: signed under a root that you gave
           1  refused, with the precise reason
           2  wrong usage, or files that cannot be read
           3  consistent, signer not confirmed: no root was given
           4  genuine, not contiguous: receipts are missing in between

  receipt verify --root FILE [--json] who-looked.json
      verifies who of the staff looked, as a bundle has it: that each record is signed,
      says what is shown of it, and follows the one before.
      exit 0, 1, 2 and 4 as above; 4: it does not begin with the first record

  receipt verify --ledger URL --subject PSEUDONYM [--root FILE|sha256:HEX]... [--json]
      verifies one person's whole ledger, from its first entry on, where it is
      stored. URL is dynamodb://TABLE[?region=REGION][&endpoint=URL]; credentials
      are found as the AWS tools find them, and must allow dynamodb:Query. A
      fingerprint names a root certificate that is in the table. A ledger that
      was cut off at its end looks whole: compare it with the person's copies.

  receipt export --ledger URL --subject PSEUDONYM FOLDER
      saves that ledger as files, one receipt each, for verify, show and present.
      exit 0  all are there, though not verified
           1  an entry cannot be read; those before it are there
           2  wrong usage, or what cannot be read or written

  receipt export --to FORMAT [--consent ID] [--catalogue FILE] [--root FILE]
                 [--report FILE] RECEIPT
      writes what a receipt states in the format of another system to standard
      output, and what that format cannot carry as a table to standard error; as
      JSON to --report. FORMAT is dpv (ISO/IEC TS 27560 in DPV 2.3), kantara, fdx,
      rebit or uk-ob. --consent names one where the format holds one. --catalogue
      is the one of the receipt; without it refused purposes go by their ids.
      exit 0  written
           1  the receipt is refused, or the format cannot express it
           2  wrong usage, or what cannot be read or written

  receipt import [--dry-run] [--report FILE] --catalogue FILE --source NAME FILE
      reads consents of an earlier system: lines of JSON (schema earlier-consent/1),
      or one Kantara receipt 1.1 (.json). Writes an envelope a line to standard
      output, for the intake bus, those that say no first. The same record makes
      the same envelope: run it again at will. --dry-run lists what would happen
      instead; --report says what of a Kantara receipt is lost.
      exit 0  all are written
           1  some lines are refused; they are named, the others are written
           2  wrong usage, or what cannot be read or written

  receipt show [--root FILE] FILE
      prints a receipt for a person to read
  receipt show --format html|text|pdf --catalogue FILE [--language TAG]
               [--root FILE] [--out FILE] FILE
      writes it anew in one of its forms, in the words of the catalogue that it
      names. FILE of --catalogue is from a bundle's catalogues/, or the YAML.

  receipt present [--disclose PART,...] [--out FILE] FILE
      PART is a name such as changes or standing[0]. Writes a copy that shows
      only these parts; without --disclose it lists the parts there are.

  receipt manifest --root FILE MANIFEST [FILE...]
      verifies the signed list of what an answer to a request for data consists
      of, and compares files with it. MANIFEST is what
      GET /v1/data-requests/{id}/manifest gives as application/jose.
      exit 0  genuine, and every file is in it
           1  refused, or a file is not in it or was changed
           2  wrong usage, or files that cannot be read

  receipt catalogue lint FILE
      names file, line and what to do for every mistake in a catalogue
  receipt catalogue show FILE
      prints the catalogue in canonical form, and its digest
  receipt catalogue build FILE FOLDER
      writes what a deployment provisions: catalogue.json, and notices/ by digest

` + deskUsage

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	c := &command{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		typed: isTerminal(os.Stdin), shown: isTerminal(os.Stdout), terminal: isTerminal(os.Stderr), now: time.Now,
	}
	code := c.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// command is one run of the program.
type command struct {
	stdin          io.Reader
	stdout, stderr io.Writer // text: run lets nothing through that steers a terminal
	typed          bool      // stdin is a terminal: somebody is asked
	shown          bool      // stdout is one: documents are as harmless as text
	terminal       bool      // stderr is one: progress may be shown
	now            func() time.Time

	document io.Writer // stdout for what is a file elsewhere: a receipt, a page, a PDF, JSON
	screen   io.Writer // stderr for progress, which moves the cursor
}

// errUsage is a mistake in the command line, already explained.
var errUsage = errors.New("usage")

// run does what the arguments say and returns the exit code.
func (c *command) run(ctx context.Context, args []string) int {
	c.document, c.screen = c.stdout, c.stderr
	c.stdout, c.stderr = freetext.Terminal(c.stdout), freetext.Terminal(c.stderr)
	if c.shown {
		c.document = c.stdout
	}
	name := ""
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	code, err := exitUsage, error(nil)
	switch name {
	case "verify":
		code, err = c.verify(ctx, args)
	case "export":
		code, err = c.export(ctx, args)
	case "import":
		code, err = c.imports(args)
	case "show":
		code, err = c.show(args)
	case "present":
		code, err = c.present(args)
	case "manifest":
		code, err = c.manifest(args)
	case "desk":
		code, err = c.desk(ctx, args)
	case "catalogue":
		code, err = c.catalogue(args)
	case "help", "-h", "--help":
		fmt.Fprint(c.stdout, usage)
		return 0
	default:
		fmt.Fprint(c.stderr, usage)
		return exitUsage
	}
	if err == nil {
		return code
	}
	if !errors.Is(err, errUsage) {
		fmt.Fprintln(c.stderr, "error:", told(err))
	}
	return exitUsage
}

// told is an error as one line. The name of a file in it may be anybody's words.
func told(err error) string {
	text := err.Error()
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		text = strings.ReplaceAll(text, at.Path, freetext.Inline(at.Path))
	}
	return freetext.Visible(text)
}

// flags makes a flag set whose complaints go to stderr.
func (c *command) flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet("receipt "+name, flag.ContinueOnError)
	f.SetOutput(c.stderr)
	return f
}

// parse reads flags and insists on so many arguments; -1 is at least one, -2 any.
func (c *command) parse(f *flag.FlagSet, args []string, want int) error {
	if err := f.Parse(args); err != nil {
		return errUsage
	}
	if n := f.NArg(); n != want && (want >= 0 || want == -1 && n == 0) {
		fmt.Fprintf(c.stderr, "%s: wrong number of arguments; see receipt help\n", f.Name())
		return errUsage
	}
	return nil
}

// isTerminal reports whether a file is a terminal.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string     { return fmt.Sprint(*l) }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }
