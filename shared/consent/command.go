package consent

import (
	"errors"
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Command is something that somebody wants done to one person's standing. Each command is
// a type of its own, in a file with its rule.
type Command interface {
	// Operation names the command; with the idempotency key it identifies it.
	Operation() string
	// apply carries the command's rule out. An event without a type changes nothing.
	apply(d *decision) error
}

// Context is what every command comes with.
type Context struct {
	Actor      statement.Actor
	Evidence   statement.Evidence
	OccurredAt time.Time // zero: now
	QueuedAt   time.Time // when an event reached its queue; zero: now
	Language   string    // BCP 47: of what the person reads; "" where nobody said
}

// MaxSkew is how far ahead of this service's clock an event may be stamped.
const MaxSkew = 60 * time.Second

// Refusals. Each is wrapped with what to do about it; functions/internal/gateway/problem
// maps each to a problem once.
var (
	ErrInvalid     = errors.New("invalid command")                              // malformed or self-contradictory
	ErrNotOffered  = errors.New("not in the offer")                             // a choice outside the offer, or wider than it
	ErrStale       = errors.New("offer is stale")                               // something about the line changed since
	ErrNotNarrower = errors.New("not narrower")                                 // a narrowing that would widen
	ErrCap         = errors.New("cap reached")                                  // a bound of this package
	ErrFuture      = errors.New("event lies in the future")                     // more than MaxSkew ahead
	ErrEvidence    = errors.New("evidence is weaker than the purpose requires") // minimum_evidence
	ErrNotFound    = errors.New("not found")                                    // a data request that is not open
	ErrRequest     = errors.New("not possible for this data request")           // its state, its rule or the date forbids it; wraps an error of package datarequest
)

// IsRefusal reports whether err is a typed refusal: the caller's doing, not ours.
func IsRefusal(err error) bool {
	refusals := []error{ErrInvalid, ErrNotOffered, ErrStale, ErrNotNarrower, ErrCap, ErrFuture, ErrEvidence, ErrNotFound, ErrRequest}
	return slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) })
}
