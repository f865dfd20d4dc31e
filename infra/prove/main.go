// Command prove deploys the stack to an account that is for nothing else, tries there what only
// a real account shows, tears everything down, and writes a report: a line for each thing that
// was tried, with pass, fail or not tried.
//
//	make prove-aws ACCOUNT=111122223333
//
// It makes a person, a receipt and a copy of the table, changes the trust of functions' roles
// for some minutes, and deletes all of it with the table, the keys and the user pools. So it
// refuses an account that has other stacks, unless they are named, and one that has this stack
// already. Whatever fails or panics on the way, everything is torn down, and there is a report.
// What it cannot try, such as what needs a browser, is a line too. Nothing is a pass that was not
// seen.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
)

const stackName = "ConsentReceipts"

// options are what the operator chooses.
type options struct {
	app      string        // folder of the synthesized stack
	account  string        // account, as a guard against the wrong one
	beside   []string      // names of stacks that the account may have already
	report   string        // file
	patience time.Duration // for what AWS does by itself: an alarm's message, a receipt, a trust policy that takes effect
	cdk      string        // the command
	args     []string      // more arguments of cdk deploy
}

func main() {
	o := options{}
	flag.StringVar(&o.app, "app", "cdk.out", "folder of the synthesized stack")
	flag.StringVar(&o.account, "account", "", "number of the account, which is for this alone")
	flag.Func("beside", "name of a stack that the account may have already (repeatable)", func(name string) error {
		o.beside = append(o.beside, name)
		return nil
	})
	flag.StringVar(&o.report, "report", "prove.md", "file for the report")
	flag.StringVar(&o.cdk, "cdk", "node_modules/.bin/cdk", "the cdk command")
	flag.DurationVar(&o.patience, "patience", 15*time.Minute, "how long to wait for what AWS does by itself")
	flag.Parse()
	o.args = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := prove(ctx, o, os.Stdout)
	if err == nil && r.failures() > 0 {
		err = fmt.Errorf("%d of %d lines failed: see %s", r.failures(), len(r.lines), o.report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "prove:", err)
		stop()
		os.Exit(1)
	}
}

// prove does it all and writes the report, whatever fails on the way.
func prove(ctx context.Context, o options, out io.Writer) (*report, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	p := newProof(cfg, o, out)
	if err := p.guard(ctx); err != nil {
		return nil, err
	}
	file, err := os.Create(o.report) // before anything is made that a report is needed for
	if err != nil {
		return nil, err
	}
	heading := fmt.Sprintf("Account %s, %s, %s", o.account, cfg.Region, time.Now().UTC().Format(time.RFC3339))
	p.try(ctx, "", "nothing stopped this on the way", func(ctx context.Context) error { p.deployAndTry(ctx); return nil })
	// Somebody who interrupts this wants nothing left over either.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
	defer cancel()
	p.tearDown(ending)
	return &p.report, errors.Join(p.write(file, heading), file.Close())
}

// deployAndTry tries nothing of a stack that was not deployed whole.
func (p *proof) deployAndTry(ctx context.Context) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	if !p.try(ctx, "", "cdk deploy", p.deploy) || !p.try(ctx, "", "what the stack consists of", p.look) {
		end(errors.New("the stack was not deployed"))
	}
	p.tryAll(ctx)
}

// tryAll tries each claim, in an order in which the later ones find what the earlier ones made.
func (p *proof) tryAll(ctx context.Context) {
	p.tryAPI(ctx)
	p.tryReceipt(ctx)
	p.tryDenials(ctx)
	p.tryAlarms(ctx)
	p.tryRestore(ctx)
	p.leave(ctx)
}

// run runs the cdk command. Its own output is the operator's to read.
func (p *proof) run(ctx context.Context, args []string) error {
	command := exec.CommandContext(ctx, p.options.cdk, args...) //nolint:gosec // the CDK command of this repository, which the person who runs this names
	command.Stdout, command.Stderr = p.out, p.out
	if err := command.Run(); err != nil {
		return fmt.Errorf("cdk %s: %w", args[0], err)
	}
	return nil
}
