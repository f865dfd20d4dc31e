package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/pseudonym"
)

// tokenVariable names the environment variable with the access token.
const tokenVariable = "RECEIPT_TOKEN"

// Bounds of what is read.
const (
	maxToken    = 16 << 10 // bytes
	maxAnswer   = 8 << 20  // bytes
	deskTimeout = 30 * time.Second
)

const deskUsage = `  receipt desk COMMAND --api URL [--token-file FILE] [--case REF] [--json] ...
      what the staff does, by the API; each look and act is recorded first, and the
      person can see it. The access token is in FILE or in the environment variable
      RECEIPT_TOKEN, and never an argument. PERSON is what find prints.
        find                       reads a customer number from standard input
        standing PERSON            what stands, and open data requests
        receipts [--seq N] PERSON  all receipts, or one as it is signed
        audit PERSON               who looked, or acted
        audit --day DATE [--staff SIGN]
                                   who listed or counted on a day (UTC)
        opt-out --case REF (--all | --purpose ID... | --consent ID...)
                [--reason TEXT] PERSON
        annul --case REF --reason TEXT PERSON SEQ DIGEST
                                   a receipt that was made by mistake
        requests [--state STATE] [--type TYPE] [--due-before DATE]
                                   of all people, what is due soonest on top
        enter --case REF [--received DATE] [--details TEXT] [--about ID]
                [--purpose ID...] [--data ID...] PERSON TYPE
                                   what they asked for by letter or by phone
        request PERSON ID          one, its history, and what may be done next
        step --case REF [--reason ID] [--note TEXT] PERSON ID ACT
        report [--from MONTH] [--until MONTH] [--csv]
      exit 0  done
           1  refused by the API, with its reason
           2  wrong usage, or the API does not answer
`

// desk is one run of receipt desk: a client of the API's routes for the staff.
type desk struct {
	*command
	f         *flag.FlagSet
	api       string
	tokenFile string
	reference string
	json      bool

	base  *url.URL
	token string
}

// deskCommands are what comes after receipt desk.
var deskCommands = map[string]func(*desk, context.Context, []string) error{
	"find": (*desk).find, "standing": (*desk).standing, "receipts": (*desk).receipts, "audit": (*desk).audit, "annul": (*desk).annul,
	"opt-out": (*desk).optOut, "requests": (*desk).requests, "enter": (*desk).enter, "request": (*desk).request, "step": (*desk).step, "report": (*desk).report,
}

// desk looks at people and their requests, or acts for them, as the staff.
func (c *command) desk(ctx context.Context, args []string) (int, error) {
	if len(args) == 0 || deskCommands[args[0]] == nil {
		fmt.Fprint(c.stderr, deskUsage)
		return 0, errUsage
	}
	d := &desk{command: c, f: c.flags("desk " + args[0])}
	d.f.StringVar(&d.api, "api", "", "address of the API")
	d.f.StringVar(&d.tokenFile, "token-file", "", "file with the access token (default: the variable "+tokenVariable+")")
	d.f.StringVar(&d.reference, "case", "", "case reference")
	d.f.BoolVar(&d.json, "json", false, "print JSON, as the API answers it")
	err := deskCommands[args[0]](d, ctx, args[1:])
	if refused, ok := errors.AsType[*refusal](err); ok {
		fmt.Fprintf(c.stderr, "REFUSED: %s\n", told(refused))
		return exitRefused, nil
	}
	return exitGenuine, err
}

// begin reads flags, so many arguments, and the token.
func (d *desk) begin(args []string, want int) error {
	dashed := func(arg string) bool { return strings.HasPrefix(arg, "-") && pseudonymForm.MatchString(arg) }
	if i := slices.IndexFunc(args, dashed); i >= 0 {
		args = slices.Insert(slices.Clone(args), i, "--") // a person's sign, and no flag
	}
	if err := d.parse(d.f, args, want); err != nil {
		return err
	}
	base, err := url.Parse(d.api)
	if err != nil || base.Host == "" || base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())) {
		return d.wrong("--api: give the https address of the API")
	}
	d.base = base
	if d.tokenFile == "" {
		d.token = os.Getenv(tokenVariable)
	} else if b, err := readAtMost(d.tokenFile, maxToken); err != nil {
		return err
	} else {
		d.token = string(b)
	}
	if d.token = strings.TrimSpace(d.token); d.token == "" {
		return d.wrong("give an access token: --token-file FILE, or the variable %s", tokenVariable)
	}
	return nil
}

// wrong explains a mistake in the command line.
func (d *desk) wrong(format string, args ...any) error {
	fmt.Fprintf(d.stderr, "%s: %s\n", d.f.Name(), fmt.Sprintf(format, args...))
	return errUsage
}

// loopback reports whether a host is this machine: a token may reach it without TLS.
func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "::1"
}

var pseudonymForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// about begins a command on the person whom the first argument names.
func (d *desk) about(args []string, want int) (string, error) {
	if err := d.begin(args, want); err != nil {
		return "", err
	}
	return d.person()
}

// person returns the base of the routes about whom the first argument names.
func (d *desk) person() (string, error) {
	if !pseudonymForm.MatchString(d.f.Arg(0)) {
		return "", d.wrong("PERSON is the sign of 43 letters and digits that `receipt desk find` prints, never a customer number")
	}
	return "/v1/operator/people/" + d.f.Arg(0), nil
}

// needsCase insists on a case reference: whoever acts says for which case.
func (d *desk) needsCase() error {
	if d.reference == "" {
		return d.wrong("--case: say for which case you act")
	}
	return nil
}

// find reads a customer number and prints how the other commands name the person. The
// number is no argument: those are seen by others on the machine, and kept.
func (d *desk) find(ctx context.Context, args []string) error {
	if err := d.begin(args, 0); err != nil {
		return err
	}
	if d.typed {
		fmt.Fprint(d.stderr, "Customer number: ")
	}
	line, err := bufio.NewReader(io.LimitReader(d.stdin, pseudonym.MaxID+2)).ReadString('\n') // and the end of the line
	if err != nil && err != io.EOF {
		return err
	}
	customer := strings.TrimSuffix(line, "\n")
	if len(customer) < len(line) {
		customer = strings.TrimSuffix(customer, "\r")
	}
	if err := pseudonym.Check(customer); err != nil {
		return d.wrong("type a customer number, or give it on standard input: %v", err)
	}
	found, err := ask[struct {
		Person   string
		Receipts int
	}](ctx, d, http.MethodPost, "/v1/operator/people", map[string]string{"customer": customer})
	if err != nil || found == nil {
		return err
	}
	t := d.table("PERSON", "RECEIPTS")
	t.row(found.Person, found.Receipts)
	return t.flush()
}
