// Package eventbus puts events on an Amazon EventBridge bus.
package eventbus

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	smithytime "github.com/aws/smithy-go/time"
)

// Bounds of PutEvents. EventBridge has raised the limit of size since; this one holds in
// every region, and an event of this system takes a few hundred bytes.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const (
	maxEntries = 10
	maxBytes   = 256 << 10 // of all entries of a request; it must be less
)

// How often an event that EventBridge did not accept is put again, and the longest pauses
// before that.
const (
	maxTries   = 4
	firstPause = 50 * time.Millisecond
)

// Errors of one event.
var (
	// ErrTooLarge: no request can hold the event.
	ErrTooLarge = errors.New("event is too large for EventBridge")
	// ErrRefused: EventBridge did not accept the event, although it was put several times.
	ErrRefused = errors.New("event was not accepted")
)

// API is what Bus needs of *eventbridge.Client.
type API interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Bus is one bus, and what all events put there have in common. It is safe for
// concurrent use.
type Bus struct {
	Client     API
	Name       string
	Source     string
	DetailType string
}

// New returns a bus. All events that it puts there have this source and this type.
func New(config aws.Config, name, source, detailType string) *Bus {
	return &Bus{Client: eventbridge.NewFromConfig(config), Name: name, Source: source, DetailType: detailType}
}

// Put puts events with these details, JSON objects, on the bus, in as few
// requests as fit. It returns an error for each, in the same order: nil means
// that EventBridge has taken it. What it has taken is never put again, but a
// lost answer can make an event come twice.
func (b *Bus) Put(ctx context.Context, details [][]byte) []error {
	errs := make([]error, len(details))
	var open []int // of the events that are not accepted yet
	for i, d := range details {
		if b.size(d) >= maxBytes {
			errs[i] = fmt.Errorf("%w: %d bytes", ErrTooLarge, len(d))
			continue
		}
		open = append(open, i)
	}
	for try := 0; len(open) > 0 && try < maxTries; try++ {
		if try > 0 && smithytime.SleepWithContext(ctx, rand.N(firstPause<<try)) != nil { //nolint:gosec // jitter needs no secret randomness
			break
		}
		var left []int
		for _, request := range b.requests(details, open) {
			b.put(ctx, details, request, errs)
			for _, i := range request {
				if errs[i] != nil {
					left = append(left, i)
				}
			}
		}
		open = left
	}
	return errs
}

// requests divides events among requests, keeping their order.
func (b *Bus) requests(details [][]byte, open []int) (out [][]int) {
	bytes := maxBytes
	for _, i := range open {
		n := b.size(details[i])
		if last := len(out) - 1; last < 0 || len(out[last]) == maxEntries || bytes+n >= maxBytes {
			out, bytes = append(out, nil), 0
		}
		last := len(out) - 1
		out[last], bytes = append(out[last], i), bytes+n
	}
	return out
}

// size is the size of an entry in bytes, as EventBridge counts it:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
func (b *Bus) size(detail []byte) int { return len(b.Source) + len(b.DetailType) + len(detail) }

// put makes one request and sets the error of each of its events.
func (b *Bus) put(ctx context.Context, details [][]byte, request []int, errs []error) {
	in := &eventbridge.PutEventsInput{}
	for _, i := range request {
		in.Entries = append(in.Entries, types.PutEventsRequestEntry{
			EventBusName: &b.Name, Source: &b.Source, DetailType: &b.DetailType, Detail: aws.String(string(details[i])),
		})
	}
	out, err := b.Client.PutEvents(ctx, in)
	if err == nil && len(out.Entries) != len(request) {
		err = fmt.Errorf("%d answers to %d entries", len(out.Entries), len(request))
	}
	for n, i := range request {
		switch {
		case err != nil:
			errs[i] = fmt.Errorf("%w: %w", ErrRefused, err)
		case out.Entries[n].ErrorCode != nil: // FailedEntryCount counts these
			errs[i] = fmt.Errorf("%w: %s", ErrRefused, *out.Entries[n].ErrorCode)
		default:
			errs[i] = nil
		}
	}
}
