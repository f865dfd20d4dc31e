// Command testbed runs the functions' real binaries in SAM's containers, plays the story
// there, and ends; or it leaves them running. Nothing of the testbed is ever deployed.
//
//	testbed [-stay | -debug function | -lambda http://host:port] [-port 0] [-dir build/sam] [-catalogue file]
//
// With -lambda it starts no containers, but serves alone what stands before functions that
// `sam local start-lambda` runs already.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/sam"
	"consent-receipts/infra/functions"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run is main with everything injected.
func run(ctx context.Context, args []string, stdout io.Writer) (err error) {
	f := flag.NewFlagSet("testbed", flag.ContinueOnError)
	dir := f.String("dir", filepath.Join("build", "sam"), "folder for what is built and logged")
	port := f.Int("port", 0, "port of the local server; 0 picks a free one")
	stay := f.Bool("stay", false, "instead of the tour, stay until Ctrl-C")
	catalogue := f.String("catalogue", filepath.Join("events", "catalogue", system.CatalogueFile), "file of the catalogue")
	debug := f.String("debug", "", "a function to run under delve; stays until Ctrl-C")
	lambda := f.String("lambda", "", "address of `sam local start-lambda`, http://host:port: the functions, and the ledger, are there")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *lambda != "" {
		return serveFront(ctx, *port, *lambda, stdout)
	}
	root, err := filepath.Abs(".")
	if err != nil {
		return err
	}
	work, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	stack, err := sam.Open(ctx, sam.Config{Root: root, Dir: work, Port: *port, Catalogue: *catalogue, Debug: *debug, Print: stdout})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close()) }()
	fmt.Fprintf(stdout, "\nbase image: %s\n\n", stack.Image)
	if *stay || *debug != "" {
		return stayWith(ctx, stack, *dir, *debug != "", stdout)
	}
	for _, stop := range stack.Tour(stdout, functions.Names()...) {
		begin := time.Now()
		if err := stop.Show(ctx); err != nil {
			return fmt.Errorf("%s: %w", stop.Name, err)
		}
		fmt.Fprintf(stdout, "ok %5.1f s  %s\n", time.Since(begin).Seconds(), stop.Name)
	}
	return nil
}

// stayWith says where everything is and waits for Ctrl-C.
func stayWith(ctx context.Context, stack *sam.Stack, dir string, debugging bool, stdout io.Writer) error {
	script, err := stack.Script()
	if err != nil {
		return err
	}
	script = filepath.Join(dir, filepath.Base(script))
	fmt.Fprintf(stdout, `The functions run in containers.

  %[1]s/          sign in as a sample person

  %[2]s
  curl -s -H "Authorization: Bearer $TOKEN" %[1]s/v1/offers

In another terminal:

  tail -f %[3]s
  sh %[4]s receipts events/invocations/receipts/get-catalogue.json

Ctrl-C ends this and removes the containers.
`, stack.Site.Base, stack.Site.Shell(system.SamplePerson), filepath.Join(dir, sam.LambdaLog), script)
	if debugging {
		debugger, err := stack.Debugger(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nThe function waits for its debugger at its first event: dlv connect %s\n", debugger)
	}
	<-ctx.Done()
	return nil
}
