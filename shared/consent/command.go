package consent

import (
	"errors"
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Command is a command on one person's standing. Each command has its own type, in a file
// with its rule.
type Command interface {
	// Operation names the command. The operation and the idempotency key together identify
	// it.
	Operation() string
	// apply applies the command's rule. An event without a type changes nothing.
	apply(d *decision) error
}

// Context accompanies every command.
type Context struct {
	Actor      statement.Actor
	Evidence   statement.Evidence
	OccurredAt time.Time // zero: now
	QueuedAt   time.Time // when an event reached its queue; zero: now
	Language   string    // BCP 47: the person's language; "" if not stated

	// Customer is the number under which the controller knows the person, or the address of a
	// contact; "" if nobody said it.
	// Only the entry of a data request keeps it, sealed. No receipt has it.
	Customer string
}

// MaxSkew is the maximum time by which an event's timestamp may be ahead of this service's
// clock.
const MaxSkew = 60 * time.Second

// These are the refusals. Each is wrapped with advice; functions/internal/gateway/problem
// maps each to one problem.
var (
	ErrInvalid     = errors.New("invalid command")                              // malformed or self-contradictory
	ErrNotOffered  = errors.New("not in the offer")                             // the choice is outside the offer, or wider than it
	ErrExpired     = errors.New("the offer has expired")                        // its validity is over
	ErrStale       = errors.New("offer is stale")                               // the line changed after the offer was made
	ErrNotNarrower = errors.New("not narrower")                                 // a narrowing that would widen
	ErrCap         = errors.New("cap reached")                                  // a limit of this package
	ErrFuture      = errors.New("event lies in the future")                     // more than MaxSkew ahead
	ErrEvidence    = errors.New("evidence is weaker than the purpose requires") // minimum_evidence
	ErrNotFound    = errors.New("not found")                                    // no such open data request
	ErrRequest     = errors.New("not possible for this data request")           // forbidden by its state, its rule or the date; wraps an error of package datarequest
)

// IsRefusal reports whether err is a typed refusal: the caller's error, not ours.
func IsRefusal(err error) bool {
	refusals := []error{ErrInvalid, ErrNotOffered, ErrExpired, ErrStale, ErrNotNarrower, ErrCap, ErrFuture, ErrEvidence, ErrNotFound, ErrRequest}
	return slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) })
}
