// Package boot wires functions to AWS: their environment variables, and the clients of the
// services they use. It makes no network request while a function starts.
package boot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/aws/aws-lambda-go/lambda"
)

// gcPercent trades memory for time: the long-lived data of a function are a few megabytes,
// and the data of an event are garbage at once.
const gcPercent = 800

// Env is the environment of a function.
type Env struct {
	Log *slog.Logger

	lookup  func(string) (string, bool)
	missing []string
}

// Main runs a function. open makes its handler, in any form that the Lambda runtime accepts,
// without network requests. The context of an event ends a tenth of the time before Lambda
// ends the invocation. A missing or wrong environment variable ends the process at once, so the
// deployment's first event fails and not a person's.
func Main(open func(*Env) (handler any, err error)) {
	debug.SetGCPercent(gcPercent)
	env := &Env{Log: slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: logLevel(os.Getenv("AWS_LAMBDA_LOG_LEVEL"))})), lookup: os.LookupEnv}
	handler, err := open(env)
	if err = errors.Join(env.err(), err); err != nil {
		env.Log.Error("the function cannot start", "error", err)
		os.Exit(1)
	}
	lambda.Start(punctual{lambda.NewHandler(handler)})
}

// logLevel is the level that Lambda names in the environment of a function that logs JSON.
// Without one, or with one that slog does not know, it is INFO.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
func logLevel(name string) (level slog.Level) {
	if level.UnmarshalText([]byte(name)) != nil {
		return slog.LevelInfo
	}
	return level
}

// String returns the value of a required variable.
func (e *Env) String(name string) string {
	value, _ := e.lookup(name)
	if value == "" {
		e.missing = append(e.missing, name)
	}
	return value
}

// Optional returns the value of a variable, or "".
func (e *Env) Optional(name string) string {
	value, _ := e.lookup(name)
	return value
}

func (e *Env) err() error {
	if len(e.missing) == 0 {
		return nil
	}
	return fmt.Errorf("environment variables missing: %s", strings.Join(e.missing, ", "))
}

// Once holds a value that is opened when first needed. A failure is returned and not
// remembered: the next event tries again. It is safe for concurrent use.
type Once[T any] struct {
	Open func(context.Context) (T, error)

	mu    sync.Mutex
	value T
	done  bool
}

// Get returns the value.
func (o *Once[T]) Get(ctx context.Context) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.done {
		return o.value, nil
	}
	value, err := o.Open(ctx)
	if err == nil {
		o.value, o.done = value, true
	}
	return value, err
}

// Handler handles events with what open opens at the first one. Until that succeeds the
// events fail, and whoever sent them sends them again.
func Handler[T, In, Out any](open func(context.Context) (T, error), handle func(T, context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	once := Once[T]{Open: open}
	return func(ctx context.Context, in In) (out Out, err error) {
		value, err := once.Get(ctx)
		if err != nil {
			return out, err
		}
		return handle(value, ctx, in)
	}
}
