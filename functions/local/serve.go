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
	"strconv"
	"sync"
	"syscall"
	"time"

	"consent-receipts/functions/local/demo"
	"consent-receipts/functions/local/sampleapp"
	"consent-receipts/functions/local/server"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/sweep"
)

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := flag.NewFlagSet("serve", flag.ContinueOnError)
	port := f.Int("port", 8080, "port on the loopback interface; 0 picks a free one")
	var origins []string
	f.Func("origin", "origin whose pages may call the API, such as http://localhost:3000; may be repeated", func(s string) error {
		origins = append(origins, s)
		return api.CheckOrigin(s)
	})
	choose := choiceFlags(f)
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	c, err := choose()
	if err != nil {
		return err
	}
	listener, err := listen(*port)
	if err != nil {
		return err
	}
	defer listener.Close()
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	sys, err := system.Open(ctx, c.folder, c.compiled, time.Now, log)
	if errors.Is(err, bolt.ErrLocked) {
		return fmt.Errorf("another process is using the folder %s; end it, or name another with DATA=", c.folder)
	}
	if errors.Is(err, bolt.ErrFormat) {
		return fmt.Errorf("another version made the ledger in the folder %s; drop it with make clean-data%s, or name another with DATA=", c.folder, c.variables())
	}
	if err != nil {
		return err
	}
	site, err := sys.Site(listener.Addr().(*net.TCPAddr).Port, origins...)
	if err != nil {
		return errors.Join(err, sys.Close())
	}
	if err := greet(stdout, sys, site, c); err != nil {
		return errors.Join(err, sys.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	var timers sync.WaitGroup
	timers.Go(func() { sweepHourly(ctx, sys.Sweep()) })
	timers.Go(func() { callBack(ctx, sys.Courier, log) })
	err = server.Run(ctx, site.Handler, listener)
	stop()
	timers.Wait()
	fmt.Fprintln(stdout, "\nstopping; your data stay in", c.folder)
	return errors.Join(err, sys.Close())
}

// sweepHourly does what the schedule does in the cloud. It begins at once, because this
// machine may have been off. Failures are in the log, and the next run tries again.
func sweepHourly(ctx context.Context, s *sweep.Sweep) {
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		_, _ = s.Run(ctx, sweep.MaxDays)
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

func listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("port %d is busy; choose another: make run PORT=%d", port, port+1)
	}
	return listener, err
}

// greet says where the system is, and how a shell gets a token.
func greet(w io.Writer, sys *system.System, site *system.Site, c *choice) error {
	_, err := fmt.Fprintf(w, `Consent receipts, on this machine only.

  %[1]s/          sign in as a sample person, choose, and download your receipt
  %[1]s/ask       ask without an account; the mails are at %[1]s/dev-mail/
  %[1]s/desk      sign in as sample staff, and find %[2]s
  %[8]s%[9]s      a page of another origin that shows an offer by <consent-offer>

In another terminal, as %[2]s (or %[3]s of the staff), for an hour:

  %[4]s
  curl -s -H "Authorization: Bearer $TOKEN" %[1]s/v1/standing
  curl -s -H "Authorization: Bearer $TOKEN" "%[1]s/v1/receipts/1?format=pdf" -o receipt.pdf   # after a yes or a no

More to try is in docs/local.md. The root key is %[5]s
Ledger and keys are in %[6]s; make clean-data%[7]s drops them. Ctrl-C ends this.
`, site.Base, system.SamplePerson, system.SampleOperator, site.Shell(system.SamplePerson), receipt.Fingerprint(sys.Root), c.folder, c.variables(), site.Sample, sampleapp.Path)
	return err
}

func playDemo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	out := f.String("out", "demo-out", "folder to write to; only one that the demo made itself is emptied")
	file := catalogueFlag(f)
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	compiled, err := compile(*file)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "consent-receipts-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sys, err := system.Open(ctx, dir, compiled, time.Now, slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
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
	choose := choiceFlags(f)
	if err := parse(f, args, stderr); err != nil {
		return err
	}
	c, err := choose()
	if err != nil {
		return err
	}
	store, err := bolt.Open(filepath.Join(c.folder, system.LedgerFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(stdout, "nothing to drop in", c.folder)
		return nil
	case errors.Is(err, bolt.ErrLocked):
		return fmt.Errorf("another process is using the folder %s; end it first", c.folder)
	case errors.Is(err, bolt.ErrFormat): // it may be dropped like any other
	case err != nil:
		return err
	default:
		if err := store.Close(); err != nil {
			return err
		}
	}
	for _, name := range system.Files() {
		if err := os.Remove(filepath.Join(c.folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.RemoveAll(filepath.Join(c.folder, system.FilesFolder)); err != nil {
		return err
	}
	_ = os.Remove(c.folder) // stays if somebody keeps something else in it
	fmt.Fprintln(stdout, "dropped the ledger and the keys in", c.folder)
	return nil
}
