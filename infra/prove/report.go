package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// status is what became of one claim.
type status string

const (
	passed   status = "pass"
	failed   status = "fail"
	notTried status = "not tried"
)

// errNotTried is wrapped where a claim cannot be tried, with the reason.
var errNotTried = errors.New("not tried")

// skip is the error of a claim that cannot be tried here.
func skip(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errNotTried, fmt.Sprintf(format, args...))
}

// line is one line of the report. Claim is a row of the table of docs/deploy.md that has what
// only a real account shows, or "" for what the other lines need.
type line struct {
	claim, tried string
	status       status
	why          string // of what did not pass
}

// report is all lines, in the order in which they were tried.
type report struct {
	lines []line
	out   io.Writer // progress
}

// try tries one thing. Nothing passes but what returned no error. Once the context has ended
// nothing is tried, for the reason of its end.
func (r *report) try(ctx context.Context, claim, tried string, do func(context.Context) error) bool {
	l := line{claim: claim, tried: tried, status: passed}
	switch err := caught(ctx, do); {
	case errors.Is(err, errNotTried):
		l.status, l.why = notTried, strings.TrimPrefix(err.Error(), errNotTried.Error()+": ")
	case err != nil:
		l.status, l.why = failed, err.Error()
	}
	r.lines = append(r.lines, l)
	fmt.Fprintf(r.out, "%-9s  %s  %s\n", l.status, tried, l.why)
	return l.status == passed
}

// caught does one thing. A panic in it is an error, so that the lines after it are tried too, and
// everything is torn down.
func caught(ctx context.Context, do func(context.Context) error) (err error) {
	if ctx.Err() != nil {
		return skip("%v", context.Cause(ctx))
	}
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return do(ctx)
}

// failures counts what failed.
func (r *report) failures() (n int) {
	for _, l := range r.lines {
		if l.status == failed {
			n++
		}
	}
	return n
}

// write writes the report as a table in Markdown.
func (r *report) write(w io.Writer, heading string) error {
	cell := strings.NewReplacer("|", `\|`, "\n", " ", "\r", "").Replace
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n| | Tried | What only a real account shows | Why |\n|---|---|---|---|\n", heading)
	for _, l := range r.lines {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.status, cell(l.tried), cell(l.claim), cell(l.why))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
