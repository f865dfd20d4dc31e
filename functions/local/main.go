// Command local runs everything in one process on one machine: all functions
// behind a local HTTP server, the embedded ledger kept in a folder, a development
// OIDC issuer and the portal. Nothing of it is ever deployed.
//
//	local serve [-port 8080] [-data data] [-catalogue file] [-origin origin]...
//	local demo  [-out demo-out] [-catalogue file]
//	local clean [-data data] [-catalogue file]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage is a mistake in the command line, already explained.
var errUsage = errors.New("usage")

// run is main with everything injected; it returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"serve": serve, "demo": playDemo, "clean": clean,
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, "usage: local serve [-port 8080] [-data data] [-origin origin]... | demo [-out demo-out] | clean [-data data]; each takes [-catalogue file]")
		return 2
	}
	switch err := commands[args[0]](ctx, args[1:], stdout, stderr); {
	case err == nil:
		return 0
	case errors.Is(err, errUsage), errors.Is(err, flag.ErrHelp):
		return 2
	default:
		fmt.Fprintln(stderr, "error:", err)
		return 1
	}
}

// parse reads flags; there are no further arguments.
func parse(f *flag.FlagSet, args []string, stderr io.Writer) error {
	f.SetOutput(stderr)
	if err := f.Parse(args); err != nil {
		return errors.Join(errUsage, err)
	}
	if f.NArg() > 0 {
		fmt.Fprintf(stderr, "unexpected argument %q\n", f.Arg(0))
		return errUsage
	}
	return nil
}
