package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/published"
)

const republishHelp = `desk republish --queue ARN [--since TIME] [--until TIME] [--segments N]
desk republish --ledger URL --bus NAME --root FILE --subject PSEUDONYM
               [--from SEQ] [--to SEQ] [--since TIME] [--until TIME]
    tells other systems again of receipts that are in the ledger, for consumers that lost
    them or came later. The events are the same as the first time, with the same ids.
    With --queue it has the function republish tell of everybody's receipts: it puts a task
    for each of N segments of the table into the function's queue (default 64), and the
    function reads the whole table. With --subject it tells of one person's itself. URL is
    as desk verify takes it.
    exit 0  the tasks are in the queue; the person's receipts are on the bus
         1  it stopped, and says where to go on
         2  wrong usage, or what cannot be read
`

// republish publishes again what is in a ledger.
func (c command) republish(ctx context.Context, f *cli.Flags) (int, error) {
	tasks := f.String("queue", "", "ARN of the queue of the function republish")
	segments := f.Int("segments", 64, "number of segments of the table")
	url := f.String("ledger", "", "the ledger: "+ledgerurl.Scheme+"://TABLE[?region=REGION]")
	bus := f.String("bus", "", "name of the bus")
	root := f.String("root", "", "PEM file with the root certificates")
	subject := f.String("subject", "", "one person's pseudonym")
	var within published.Range
	f.Uint64Var(&within.From, "from", 0, "first number of a receipt")
	f.Uint64Var(&within.To, "to", 0, "last number of a receipt")
	moment(f.FlagSet, &within.Since, "since", "first moment of issue, such as 2026-11-23T00:00:00Z")
	moment(f.FlagSet, &within.Until, "until", "moment of issue before which to end")
	if err := f.Parse(0, 0); err != nil {
		return 0, err
	}
	switch {
	case (*tasks != "") == (*url != "" && *bus != "" && *root != "" && *subject != ""):
		return 0, f.Wrong("give --queue, or --ledger, --bus, --root and --subject")
	case *segments < 1 || *segments > published.MaxSegments:
		return 0, f.Wrong("--segments must be 1 to %d", published.MaxSegments)
	case *tasks != "":
		return cli.ExitDone, c.order(ctx, *tasks, *segments, within)
	}
	return c.republishPerson(ctx, f, *url, *bus, *root, *subject, within)
}

// order puts a task for each segment of the table into the queue of the function republish.
func (c command) order(ctx context.Context, arn string, segments int, within published.Range) error {
	if _, err := queue.URL(arn); err != nil {
		return err
	}
	cfg, err := ledgerurl.In(ctx, strings.Split(arn, ":")[3])
	if err != nil {
		return err
	}
	bodies := make([]string, segments)
	for n := range bodies {
		b, err := json.Marshal(published.Segment{Segment: n, Of: segments, Since: within.Since, Until: within.Until})
		if err != nil {
			return err
		}
		bodies[n] = string(b)
	}
	if err := queue.New(cfg).SendAll(ctx, arn, bodies); err != nil {
		return err
	}
	fmt.Fprintf(c.Stderr, "%d tasks are in the queue; the log of the function says how far they are\n", segments)
	return nil
}

// republishPerson publishes one person's receipts again.
func (c command) republishPerson(ctx context.Context, f *cli.Flags, url, bus, root, subject string, within published.Range) (int, error) {
	verifier, roots, err := cli.Verifier([]string{root})
	if err != nil {
		return 0, err
	}
	of, err := openLedger(ctx, f, url, subject)
	if err != nil {
		return 0, err
	}
	cfg, _, err := ledgerurl.Config(ctx, url)
	if err != nil {
		return 0, err
	}
	cfg.BaseEndpoint = nil // this endpoint is the ledger's, not the bus's
	again := &published.Republisher{
		Events: &published.Events{Verifier: verifier, Issuer: roots.Issuer()}, // the roots name their issuer
		Bus:    eventbus.New(cfg, bus, contracts.Source, contracts.DetailType), Log: slog.New(slog.NewTextHandler(c.Stderr, nil)),
	}
	done := 0
	for next := max(within.From, 1); ; {
		page, err := of.store.List(ctx, of.subject, next, pageSize)
		if err == nil {
			var n int
			n, err = again.Put(ctx, page, within)
			done += n
		}
		if err != nil {
			fmt.Fprintf(c.Stderr, "error: %s; go on with --from %d\n", cli.Told(err), next)
			return cli.ExitRefused, nil
		}
		if len(page) < pageSize {
			fmt.Fprintf(c.Stderr, "%d receipts published\n", done)
			return cli.ExitDone, nil
		}
		next = page[len(page)-1].Seq + 1
	}
}

// moment is a flag with a time in the form of RFC 3339.
func moment(f *flag.FlagSet, into *time.Time, name, usage string) {
	f.Func(name, usage, func(s string) (err error) {
		*into, err = time.Parse(time.RFC3339, s)
		return err
	})
}
