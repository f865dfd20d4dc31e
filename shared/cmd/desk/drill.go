package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/drill"
)

const drillHelp = `desk drill --ledger URL --root FILE... [--copy TABLE [--at TIME]]
    practises a restore: restores the table to its latest moment into a new one,
    compares the two, and deletes the new one. It verifies every receipt of the
    copy, that each follows the one before, that each person's newest one is the
    one in the live table, that the catalogues they cite are there, and that no
    receipt from before the copy's moment is absent. URL is as desk verify takes
    it. With --copy it compares a table that somebody restored, and leaves it;
    --at says which moment that is of. Both tables are read whole, which costs.
    exit 0  the copy is what was restored
         1  it is not: each finding has a line
         2  wrong usage, or a table that cannot be restored or read
`

// drill compares a restored copy of the table with the table.
func (c command) drill(ctx context.Context, f *cli.Flags) (int, error) {
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file)")
	url := f.String("ledger", "", "the ledger: "+ledgerurl.Scheme+"://TABLE[?region=REGION]")
	copied := f.String("copy", "", "a restored table in the same region; without it one is made, and deleted")
	var at time.Time
	moment(f.FlagSet, &at, "at", "the moment that --copy is of, such as 2026-11-23T00:00:00Z")
	if err := f.Parse(0, 0); err != nil {
		return 0, err
	}
	if *url == "" || len(roots) == 0 {
		return 0, f.Wrong("give --ledger and --root")
	}
	if !at.IsZero() && *copied == "" {
		return 0, f.Wrong("--at says which moment --copy is of: give both")
	}
	verifier, trusted, err := cli.Verifier(roots)
	if err != nil {
		return 0, err
	}
	config, table, err := ledgerurl.Config(ctx, *url)
	if err != nil {
		return 0, err
	}
	live := dynamoledger.OpenWhole(config, table)
	d := &drill.Drill{
		Live: live, Verifier: verifier, Issuer: trusted.Issuer(), At: at,
		Finding: func(what string) { fmt.Fprintln(c.Stdout, what) },
	}
	if *copied == "" {
		return c.restored(ctx, d, live)
	}
	return c.compare(ctx, d, live.Beside(*copied))
}

// restored compares with a copy that it makes, and deletes the copy, whatever the comparison
// found.
func (c command) restored(ctx context.Context, d *drill.Drill, live *dynamoledger.Whole) (code int, err error) {
	copied := live.Beside(live.Name() + "-drill-" + time.Now().UTC().Format("20060102T150405Z"))
	fmt.Fprintf(c.Stderr, "restoring %s into %s\n", live.Name(), copied.Name())
	if d.At, err = live.Restore(ctx, copied.Name()); err != nil {
		return 0, err
	}
	defer func() {
		if gone := copied.Remove(context.WithoutCancel(ctx)); gone != nil {
			err = errors.Join(err, fmt.Errorf("the copy %s stays and costs: %w", copied.Name(), gone))
		}
	}()
	return c.compare(ctx, d, copied)
}

// compare runs the drill and says what it counted.
func (c command) compare(ctx context.Context, d *drill.Drill, copied *dynamoledger.Whole) (int, error) {
	d.Copy = copied
	r, err := d.Run(ctx)
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(c.Stdout, "%s: %d receipts of %d people, %d catalogues; the live table has %d receipts more; %d findings\n",
		copied.Name(), r.Receipts, r.People, r.Documents, r.Newer, r.Findings)
	if r.Findings > 0 {
		return cli.ExitRefused, nil
	}
	return cli.ExitDone, nil
}
