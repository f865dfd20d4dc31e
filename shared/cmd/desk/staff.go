package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
)

// tokenVariable names the environment variable with the access token.
const tokenVariable = "RECEIPT_TOKEN"

// Bounds of what is read.
const (
	maxToken    = 16 << 10 // bytes
	deskTimeout = 30 * time.Second
)

// byAPI ends the help on each verb of the staff.
const byAPI = `    The API records each look and act first, and the person can see it. The access token
    is in the file of --token-file or in the environment variable RECEIPT_TOKEN, and never
    an argument. PERSON is what desk find prints.
    exit 0  done
         1  refused by the API, with its reason
         2  wrong usage, or the API does not answer
`

// verb is a verb by which the staff looks at people and their requests, or acts for them.
type verb struct {
	name, usage, does string
	do                func(*desk, context.Context) error
}

// staff are the verbs beside those of lists, which api.RequestListings describe.
var staff = []verb{
	{"find", "[--first --case REF]", "finds a person by the customer number on standard input", (*desk).find},
	{"standing", "PERSON", "prints what stands, and open data requests", (*desk).standing},
	{"receipts", "[--seq N] PERSON", "lists all receipts, or writes one as it is signed", (*desk).receipts},
	{"audit", "PERSON | --day DATE [--staff SIGN]", "lists who looked at a person, or acted; or who listed or counted on a day (UTC)", (*desk).audit},
	{"opt-out", "--case REF (--all | --purpose ID... | --consent ID...) [--reason TEXT] PERSON", "says no for a person", (*desk).optOut},
	{"annul", "--case REF --reason TEXT PERSON SEQ DIGEST", "annuls a receipt that was made by mistake", (*desk).annul},
	{"enter", "--case REF [--received DATE] [--details TEXT] [--about ID]\n           [--purpose ID...] [--data ID...] [--customer] PERSON TYPE",
		"enters what a person asked for by letter or by phone", (*desk).enter},
	{"request", "PERSON ID", "prints one data request, its history, and what may be done next", (*desk).request},
	{"identity", "--case REF --reason ID PERSON ID", "prints whose data request it is: the customer number", (*desk).identity},
	{"templates", "PERSON ID", "lists the templates of the words to a person, filled in for a data request", (*desk).templates},
	{"step", "--case REF [--reason ID] [--due DATE] [--note TEXT | --template ID] [--nothing-held] [--without REASON=WHAT...] [--dry-run | --yes] PERSON ID ACT",
		"takes a data request one step on; one that ends it is shown first, and recorded with --yes", (*desk).step},
	{"case", "PERSON ID", "prints the staff's work on a data request: who works on it, notes, drafts", (*desk).work},
	{"assign", "--case REF [--with me|nobody|SIGN] [--name TEXT] [--seen N] PERSON ID", "says who works on a data request", (*desk).assign},
	{"note", "--case REF --text TEXT [--draft] PERSON ID", "keeps a note for colleagues, or a draft of the answer", (*desk).note},
	{"attach", "--case REF PERSON ID FILE", "adds a file to the answer to a request for data", (*desk).attach},
	{"detach", "--case REF PERSON ID DIGEST", "takes a file out of the answer again, as long as there is no answer", (*desk).detach},
	{"approve", "--case REF [--dry-run | --yes] PERSON ID NUMBER", "approves a step that a colleague proposed; it is shown first, and recorded with --yes", (*desk).approve},
	{"reject", "--case REF [--note TEXT] PERSON ID NUMBER", "rejects a step that was proposed, or takes one's own back", (*desk).reject},
	{"report", "[--from MONTH] [--until MONTH] [--csv]", "counts data requests, and how they were answered", (*desk).report},
}

// desk is one use of a verb of the staff. It is a client of the API's routes for the staff.
type desk struct {
	*cli.Streams
	f         *cli.Flags
	api       string
	tokenFile string
	reference string
	json      bool

	base  *url.URL
	token string
}

// staffVerbs returns the verbs of the staff, which use these streams.
func staffVerbs(s *cli.Streams) (verbs []cli.Verb) {
	all := slices.Clone(staff)
	for _, l := range api.RequestListings {
		all = append(all, verb{l.Name, "", l.Does, listing(l)})
	}
	for _, v := range all {
		verbs = append(verbs, cli.Verb{
			Name: v.name, Summary: v.does,
			Help: strings.TrimSpace("desk "+v.name+" --api URL "+v.usage) + "\n    " + v.does + "\n" + byAPI,
			Run: func(ctx context.Context, f *cli.Flags) (int, error) {
				d := &desk{Streams: s, f: f}
				f.StringVar(&d.api, "api", "", "address of the API")
				f.StringVar(&d.tokenFile, "token-file", "", "file with the access token (default: the variable "+tokenVariable+")")
				f.StringVar(&d.reference, "case", "", "case reference")
				f.BoolVar(&d.json, "json", false, "print JSON, as the API answers it")
				err := v.do(d, ctx)
				if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status < http.StatusInternalServerError {
					fmt.Fprintf(s.Stderr, "REFUSED: %s\n", cli.Told(refused))
					return cli.ExitRefused, nil
				}
				if errors.Is(err, errNothing) {
					fmt.Fprintf(s.Stderr, "%v; is it mistyped? find --first names a customer without entries\n", err)
					return cli.ExitRefused, nil
				}
				return cli.ExitDone, err
			},
		})
	}
	return verbs
}

// begin reads the flags, the given number of arguments, and the token. The sign of a person
// can begin with a dash and is not taken for a flag.
func (d *desk) begin(least, most int) error {
	d.f.Dashed = isPerson
	if err := d.f.Parse(least, most); err != nil {
		return err
	}
	base, err := url.Parse(d.api)
	if err != nil || base.Host == "" || base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())) {
		return d.f.Wrong("--api: give the https address of the API")
	}
	d.base = base
	if d.tokenFile == "" {
		d.token = os.Getenv(tokenVariable)
	} else if b, err := cli.ReadAtMost(d.tokenFile, maxToken); err != nil {
		return err
	} else {
		d.token = string(b)
	}
	if d.token = strings.TrimSpace(d.token); d.token == "" {
		return d.f.Wrong("give an access token: --token-file FILE, or the variable %s", tokenVariable)
	}
	return nil
}

// loopback reports whether a host is this machine: a token may reach it without TLS.
func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "127.0.0.1" || host == "::1"
}

func isPerson(s string) bool {
	_, err := ledger.ParseWhom(s)
	return err == nil
}

// about begins a verb about the person whom the first argument names. The verb has the given
// number of arguments.
func (d *desk) about(want int) (api.Ledger, error) {
	if err := d.begin(want, want); err != nil {
		return "", err
	}
	return d.person()
}

// acting begins a verb that acts for a person. The user has to say for which case.
func (d *desk) acting(want int) (at api.Ledger, err error) {
	if at, err = d.about(want); err == nil && d.reference == "" {
		err = d.f.Wrong("--case: say for which case you act")
	}
	return at, err
}

// person returns the path below which the routes about a person lie. The first argument names
// the person.
func (d *desk) person() (api.Ledger, error) {
	if !isPerson(d.f.Arg(0)) {
		return "", d.f.Wrong("PERSON is the sign of 43 letters and digits that `desk find` prints, never a customer number")
	}
	return api.Of(d.f.Arg(0)), nil
}

// errNothing: nothing is recorded under a customer number, which may be mistyped.
var errNothing = errors.New("nothing is recorded under this number")

// find reads a customer number, and prints the name that the other verbs use for the person. A
// number under which nothing is recorded may be mistyped and has no name, unless the user says
// that it is of a first request.
func (d *desk) find(ctx context.Context) error {
	first := d.f.Bool("first", false, "name a customer under whose number nothing is recorded yet, to enter a first request; needs --case")
	if err := d.begin(0, 0); err != nil {
		return err
	}
	if *first && d.reference == "" {
		return d.f.Wrong("--first: say by --case for which case you enter a first request")
	}
	customer, err := d.customer()
	if err != nil {
		return err
	}
	found, err := ask[api.Found](ctx, d, http.MethodPost, api.FindPath, api.Find{Customer: customer})
	if err != nil || found == nil {
		return err
	}
	if found.Receipts == 0 && !*first {
		return errNothing
	}
	t := d.table("PERSON", "RECEIPTS")
	t.row(found.Person, found.Receipts)
	return t.flush()
}

// customer reads a customer number from standard input. The number is never an argument, because
// other users of the machine see arguments and shells keep them.
func (d *desk) customer() (string, error) {
	if d.Typed {
		fmt.Fprint(d.Stderr, "Customer number: ")
	}
	line, err := bufio.NewReader(io.LimitReader(d.Stdin, pseudonym.MaxID+2)).ReadString('\n') // the number, and the end of the line
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	customer := strings.TrimSuffix(line, "\n")
	if len(customer) < len(line) {
		customer = strings.TrimSuffix(customer, "\r")
	}
	if err := pseudonym.Check(customer); err != nil {
		return "", d.f.Wrong("type a customer number, or give it on standard input: %v", err)
	}
	return customer, nil
}
