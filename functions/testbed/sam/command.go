package sam

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// pause is the time between two looks at something that is awaited.
const pause = 50 * time.Millisecond

// grace is the time that a program gets to end by itself.
const grace = 20 * time.Second

// program is a program to run, with its folder, arguments and environment.
type program struct {
	name  string
	args  []string
	dir   string
	env   []string // beside this process's, of which nothing about AWS is handed on
	stdin io.Reader
	log   io.Writer // gets what it writes to standard error; nil: only an error quotes it
}

func (p program) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.name, p.args...)
	cmd.Dir, cmd.Stdin = p.dir, p.stdin
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(cmd.Env, p.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = grace
	return cmd
}

// run runs the program to its end and returns what it wrote to standard output.
func (p program) run(ctx context.Context) ([]byte, error) {
	cmd := p.command(ctx)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if p.log != nil {
		cmd.Stderr = io.MultiWriter(&stderr, p.log)
	}
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", p.name, strings.Join(p.args, " "), err, tail(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// errGivenUp is the error of a program that was ended because it said that it failed.
var errGivenUp = errors.New("given up")

// runUnless is run, and ends the program as soon as it says a text on standard error. It then
// fails with errGivenUp.
func (p program) runUnless(ctx context.Context, text string) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p.log = &listener{text: []byte(text), heard: func() { cancel(errGivenUp) }}
	out, err := p.run(ctx)
	if err != nil {
		return nil, errors.Join(err, context.Cause(ctx))
	}
	return out, nil
}

// listener is a writer that tells when a text is written to it.
type listener struct {
	text, said []byte
	heard      func()
}

func (l *listener) Write(b []byte) (int, error) {
	if l.said = append(l.said, b...); bytes.Contains(l.said, l.text) {
		l.heard()
	}
	return len(b), nil
}

// tail returns the end of what a program wrote.
func tail(s string) string {
	const most = 2000
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-most):]
}

// errEnded is the error of a service that ended by itself.
var errEnded = errors.New("ended")

// service is a program that runs beside this one until it is stopped.
type service struct {
	name  string
	log   string // file
	cmd   *exec.Cmd
	ended chan struct{}
}

// start starts a program that writes to a log file.
func (p program) start(log string) (*service, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	s := &service{name: p.name, log: log, cmd: p.command(context.Background()), ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = file, file
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = s.cmd.Wait() // its log says why
		close(s.ended)
	}()
	return s, nil
}

// until waits until a condition holds, for a bounded time and while the program runs.
func (s *service) until(ctx context.Context, within time.Duration, so func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for !so(ctx) {
		select {
		case <-s.ended:
			return fmt.Errorf("%w: %s: %s", errEnded, s.name, s.said())
		case <-ctx.Done():
			return fmt.Errorf("%s: %w: %s", s.name, ctx.Err(), s.said())
		case <-time.After(pause):
		}
	}
	return nil
}

func (s *service) said() string {
	b, _ := os.ReadFile(s.log) // what there is
	return tail(string(b))
}

// stop asks the program to end, and ends it when it does not.
func (s *service) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // the program may have ended
	select {
	case <-s.ended:
	case <-time.After(grace):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}
