package main

import (
	"context"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
)

const republishHelp = `desk republish --ledger URL --bus NAME --root FILE
               [--subject PSEUDONYM [--from SEQ] [--to SEQ]]
               [--since TIME] [--until TIME] [--after PSEUDONYM/SEQ]
    tells other systems again of receipts that are in the ledger, for consumers that lost
    them or came later. The events are the same as the first time, with the same ids.
    URL is as desk verify takes it. Without --subject it reads the whole table. It says
    how far it came; a run that was interrupted goes on with --after.
    exit 0  all are on the bus
         1  it stopped, and says where to go on
         2  wrong usage, or what cannot be read
`

// republish publishes again what is in a ledger.
func (c command) republish(ctx context.Context, f *cli.Flags) (int, error) {
	url := f.String("ledger", "", "the ledger: "+ledgerurl.Scheme+"://TABLE[?region=REGION]")
	bus := f.String("bus", "", "name of the bus")
	root := f.String("root", "", "PEM file with the root certificates")
	subject := f.String("subject", "", "one person's pseudonym; everybody's receipts without it")
	after := f.String("after", "", "PSEUDONYM/SEQ: go on after this receipt")
	var within published.Range
	f.Uint64Var(&within.From, "from", 0, "first number of a receipt")
	f.Uint64Var(&within.To, "to", 0, "last number of a receipt")
	moment(f.FlagSet, &within.Since, "since", "first moment of issue, such as 2026-11-23T00:00:00Z")
	moment(f.FlagSet, &within.Until, "until", "moment of issue before which to end")
	if err := f.Parse(0, 0); err != nil {
		return 0, err
	}
	if *url == "" || *bus == "" || *root == "" {
		return 0, f.Wrong("give --ledger, --bus and --root")
	}
	last, err := position(*after)
	if err != nil {
		return 0, f.Wrong("--after %q is not PSEUDONYM/SEQ: %v", *after, err)
	}
	verifier, roots, err := cli.Verifier([]string{*root})
	if err != nil {
		return 0, err
	}
	config, table, err := ledgerurl.Config(ctx, *url)
	if err != nil {
		return 0, err
	}
	entries := dynamoledger.ScanEntries(ctx, config, table, last)
	if *subject != "" {
		if err := ledger.CheckID(*subject); err != nil {
			return 0, fmt.Errorf("--subject: %w", err)
		}
		entries = (&personLedger{dynamoledger.Open(config, table), ledger.Person(*subject)}).entries(ctx, max(within.From, 1))
	}
	config.BaseEndpoint = nil // this endpoint is the ledger's, not the bus's
	republisher := &published.Republisher{
		Events: &published.Events{Verifier: verifier, Issuer: roots.Issuer()}, // the roots name their issuer
		Bus:    eventbus.New(config, *bus, contracts.Source, contracts.DetailType),
		Report: c.tell,
	}
	done, err := republisher.Run(ctx, entries, within)
	if err != nil {
		return c.stopped(done.Last, err), nil
	}
	return cli.ExitDone, nil
}

// stopped says why publishing stopped, and where it goes on.
func (c command) stopped(last ledger.Entry, err error) int {
	goOn := ""
	if last.Subject != (ledger.Subject{}) {
		goOn = fmt.Sprintf("; go on with --after %s/%d", last.Subject.ID(), last.Seq)
	}
	fmt.Fprintf(c.Stderr, "error: %s%s\n", cli.Told(err), goOn)
	return cli.ExitRefused
}

func (c command) tell(p published.Progress) {
	fmt.Fprintf(c.Stderr, "%d receipts read, %d published, up to %s/%d\n", p.Seen, p.Published, p.Last.Subject.ID(), p.Last.Seq)
}

// moment is a flag with a time in the form of RFC 3339.
func moment(f *flag.FlagSet, into *time.Time, name, usage string) {
	f.Func(name, usage, func(s string) (err error) {
		*into, err = time.Parse(time.RFC3339, s)
		return err
	})
}

// position reads PSEUDONYM/SEQ. An empty text is the beginning of the table.
func position(s string) (*ledger.Entry, error) {
	if s == "" {
		return nil, nil
	}
	subject, number, _ := strings.Cut(s, "/")
	if err := ledger.CheckID(subject); err != nil {
		return nil, err
	}
	seq, err := strconv.ParseUint(number, 10, 64)
	return &ledger.Entry{Subject: ledger.Person(subject), Seq: seq}, err
}
