// Command republish tells other systems again of receipts that are in the ledger,
// for consumers that lost them or came later. The events are the same as the first
// time, with the same ids.
//
//	republish --ledger dynamodb://TABLE?region=REGION --bus NAME --root root.pem
//	          [--subject PSEUDONYM [--from SEQ] [--to SEQ]]
//	          [--since TIME] [--until TIME] [--after PSEUDONYM/SEQ]
//
// Without a subject it reads the whole table. It tells how far it came; a run that
// was interrupted goes on with --after.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/receipt"
)

// page is how many entries of one person are read at once.
const page = 50

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "republish:", err)
		os.Exit(1)
	}
}

// run is main with everything injected.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	f := flag.NewFlagSet("republish", flag.ContinueOnError)
	f.SetOutput(stderr)
	url := f.String("ledger", "", "the ledger: dynamodb://TABLE[?region=REGION]")
	bus := f.String("bus", "", "name of the bus")
	root := f.String("root", "", "PEM file with the root certificates")
	subject := f.String("subject", "", "one person's pseudonym; everybody's receipts without it")
	after := f.String("after", "", "PSEUDONYM/SEQ: go on after this receipt")
	var within published.Range
	f.Uint64Var(&within.From, "from", 0, "first number of a receipt")
	f.Uint64Var(&within.To, "to", 0, "last number of a receipt")
	moment(f, &within.Since, "since", "first moment of issue, such as 2026-11-23T00:00:00Z")
	moment(f, &within.Until, "until", "moment of issue before which to end")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *url == "" || *bus == "" || *root == "" || f.NArg() > 0 {
		f.Usage()
		return errors.New("--ledger, --bus and --root must be given")
	}
	events, err := trusting(*root)
	if err != nil {
		return err
	}
	config, table, err := ledgerurl.Config(ctx, *url)
	if err != nil {
		return err
	}
	var last *ledger.Entry
	if *after != "" {
		if last, err = position(*after); err != nil {
			return err
		}
	}
	var entries iter.Seq2[ledger.Entry, error]
	if *subject == "" {
		entries = dynamoledger.ScanEntries(ctx, config, table, last)
	} else {
		entries = ofOne(ctx, dynamoledger.Open(config, table), *subject, within.From)
	}
	config.BaseEndpoint = nil // the ledger's
	republisher := &published.Republisher{
		Events: events, Bus: eventbus.New(config, *bus, contracts.Source, contracts.DetailType),
		Report: func(p published.Progress) { tell(stderr, p) },
	}
	done, err := republisher.Run(ctx, entries, within)
	if err != nil && done.Last.Subject != (ledger.Subject{}) {
		return fmt.Errorf("%w; go on with --after %s/%d", err, done.Last.Subject.ID(), done.Last.Seq)
	}
	return err
}

func tell(w io.Writer, p published.Progress) {
	fmt.Fprintf(w, "%d receipts read, %d published, up to %s/%d\n", p.Seen, p.Published, p.Last.Subject.ID(), p.Last.Seq)
}

// moment is a flag with a time in the form of RFC 3339.
func moment(f *flag.FlagSet, into *time.Time, name, usage string) {
	f.Func(name, usage, func(s string) (err error) {
		*into, err = time.Parse(time.RFC3339, s)
		return err
	})
}

// position reads PSEUDONYM/SEQ.
func position(s string) (*ledger.Entry, error) {
	subject, number, _ := strings.Cut(s, "/")
	seq, err := strconv.ParseUint(number, 10, 64)
	if err = errors.Join(err, ledger.CheckID(subject)); err != nil {
		return nil, fmt.Errorf("--after %q is not PSEUDONYM/SEQ: %w", s, err)
	}
	return &ledger.Entry{Subject: ledger.Person(subject), Seq: seq}, nil
}

// trusting reads root certificates; the issuer is whom they are for.
func trusting(file string) (*published.Events, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := receipt.ParseRoots(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	verifier, err := receipt.NewVerifier(roots...)
	return &published.Events{Verifier: verifier, Issuer: roots.Issuer()}, err
}

// ofOne reads one person's entries.
func ofOne(ctx context.Context, store *dynamoledger.Store, subject string, from uint64) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for from = max(from, 1); ; {
			entries, err := store.List(ctx, ledger.Person(subject), from, page)
			if err != nil {
				yield(ledger.Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				from = e.Seq + 1
			}
			if len(entries) < page {
				return
			}
		}
	}
}
