package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"consent-receipts/functions/local/demo"
	"consent-receipts/functions/local/server"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/sweep"
)

const loopback = "127.0.0.1"

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	port := f.Int("port", 8080, "port on the loopback interface; 0 picks a free one")
	data := f.String("data", "data", "folder for the ledger and the keys")
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	listeners, chosen, err := listen(*port)
	if err != nil {
		return err
	}
	defer listeners[0].Close()
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := system.Open(ctx, *data, time.Now, log)
	if errors.Is(err, bolt.ErrLocked) {
		return fmt.Errorf("another process is using the folder %s; end it, or name another with DATA=", *data)
	}
	if errors.Is(err, bolt.ErrFormat) {
		return fmt.Errorf("another version made the ledger in the folder %s; drop it with make clean-data, or name another with DATA=", *data)
	}
	if err != nil {
		return err
	}
	site, err := sys.Site(chosen)
	if err != nil {
		return errors.Join(err, sys.Close())
	}
	if err := greet(stdout, sys, site, *data); err != nil {
		return errors.Join(err, sys.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	var timers sync.WaitGroup
	timers.Go(func() { sweepHourly(ctx, sys.Sweep()) })
	timers.Go(func() { callBack(ctx, sys.Courier, log) })
	err = server.Run(ctx, site.Handler, listeners...)
	stop()
	timers.Wait()
	fmt.Fprintln(stdout, "\nstopping; your data stay in", *data)
	return errors.Join(err, sys.Close())
}

// sweepHourly does what the schedule does in the cloud, beginning at once: this machine
// may have been off. What goes wrong is in the log, and the next run tries again.
func sweepHourly(ctx context.Context, s *sweep.Sweep) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		_, _ = s.Run(ctx, sweep.Order{Days: sweep.MaxDays})
		select {
		case <-hourly.C:
		case <-ctx.Done():
			return
		}
	}
}

// callBack tells other systems what became of their requests, as soon as there is
// something to tell.
func callBack(ctx context.Context, c *system.Courier, log *slog.Logger) {
	sender := callback.NewSender(callback.Public(), 10*time.Second, time.Now)
	look := time.NewTicker(time.Second)
	defer look.Stop()
	for {
		if _, err := c.Work(ctx, sender); err != nil && ctx.Err() == nil {
			log.Error("callbacks", "error", err)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func listen(port int) ([]net.Listener, int, error) {
	listeners, chosen, err := server.Listen(port, loopback)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, 0, fmt.Errorf("port %d is busy; choose another: make run PORT=%d", port, port+1)
	}
	return listeners, chosen, err
}

// greet says where the system is, and gives lines to paste.
func greet(w io.Writer, sys *system.System, site *system.Site, data string) error {
	token, err := site.Token(system.SamplePerson)
	if err != nil {
		return err
	}
	controller, err := site.ControllerToken()
	if err != nil {
		return err
	}
	staff, err := site.Token(system.SampleOperator)
	if err != nil {
		return err
	}
	root := filepath.Join(data, system.RootFile)
	_, err = fmt.Fprintf(w, `Consent receipts, on this machine only.

  %[1]s/          sign in as a sample person, choose, and download your receipt
  %[1]s/desk      sign in as sample staff, and find %[7]s

In another terminal, with an access token that lasts an hour:

  TOKEN=%[2]s
  curl -s -H "Authorization: Bearer $TOKEN" %[1]s/v1/offers
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{"all":true}' %[1]s/v1/opt-out
  curl -s -H "Authorization: Bearer $TOKEN" %[1]s/v1/standing
  curl -s -H "Authorization: Bearer $TOKEN" -H 'Accept: application/sd-jwt' %[1]s/v1/receipts/1 -o receipt.sd-jwt

Another system asks for somebody's data by OpenDSR (docs/protocols.md):

  CONTROLLER=%[6]s
  curl -s %[1]s/v2/discovery

Verify what you downloaded, offline, and then a copy in which one character of what it says was changed:

  ./build/receipt verify --root %[3]s receipt.sd-jwt
  sed 's/\(~.\{56\}\)./\1a/' receipt.sd-jwt > tampered.sd-jwt; ./build/receipt verify --root %[3]s tampered.sd-jwt

As somebody of the staff, who finds %[7]s and looks at what is to be answered:

  export RECEIPT_TOKEN=%[8]s
  echo %[7]s | ./build/desk find --api %[1]s
  ./build/desk requests --api %[1]s

Root key %[4]s
Ledger and keys are in %[5]s; make clean-data drops them. Ctrl-C ends this.
`, site.Base, token, root, receipt.Fingerprint(sys.Root), data, controller, system.SamplePerson, staff)
	return err
}

func playDemo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	out := f.String("out", "demo-out", "folder to write to; only one that the demo made itself is emptied")
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "consent-receipts-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sys, err := system.Open(ctx, dir, time.Now, slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sys.Close()) }()
	site, err := sys.Site(0)
	if err != nil {
		return err
	}
	person, err := site.API(system.SamplePerson)
	if err != nil {
		return err
	}
	story := demo.Story{
		API: person, Root: receipt.Roots{sys.Root}, Out: *out, Print: stdout,
	}
	return story.Play(ctx)
}

// clean drops a data folder: the files that the system made, and the folder when
// nothing else is in it.
func clean(_ context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("clean", flag.ContinueOnError)
	data := f.String("data", "data", "folder with the ledger and the keys")
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	store, err := bolt.Open(filepath.Join(*data, system.LedgerFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(stdout, "nothing to drop in", *data)
		return nil
	case errors.Is(err, bolt.ErrLocked):
		return fmt.Errorf("another process is using the folder %s; end it first", *data)
	case errors.Is(err, bolt.ErrFormat): // it may be dropped like any other
	case err != nil:
		return err
	default:
		if err := store.Close(); err != nil {
			return err
		}
	}
	for _, name := range system.Files() {
		if err := os.Remove(filepath.Join(*data, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	_ = os.Remove(*data) // stays if somebody keeps something else in it
	fmt.Fprintln(stdout, "dropped the ledger and the keys in", *data)
	return nil
}
