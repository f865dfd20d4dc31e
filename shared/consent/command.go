package consent

import (
	"errors"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

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

// MaxSkew is how far ahead of this service's clock an event may be stamped.
const MaxSkew = 60 * time.Second

// Context is what every command comes with.
type Context struct {
	Actor      statement.Actor
	Evidence   statement.Evidence
	OccurredAt time.Time // zero: now
	QueuedAt   time.Time // when an event reached its queue; zero: now
	Language   string    // BCP 47: of what the person reads; "" where nobody said
}

// Command is something that somebody wants done to one person's standing.
type Command interface {
	// Operation names the command; with the idempotency key it identifies it.
	Operation() string
}

// OptIn answers an offer, or is an opt-in event (Offer nil) on the current catalogue.
type OptIn struct {
	Offer    *Offer   `json:"-"`
	Language string   `json:"language,omitempty"` // of an event; an offer has its own
	Choices  []Choice `json:"choices"`
}

// Choice is a yes or a no to one purpose and recipient. It may only shrink what
// was offered; what it leaves out stays as offered.
type Choice struct {
	Purpose   string               `json:"purpose"`
	Recipient string               `json:"recipient,omitempty"` // may be left out where the purpose has one
	Answer    string               `json:"answer"`              // "yes" or "no"
	Data      []string             `json:"data,omitempty"`
	Resources []statement.Resource `json:"resources,omitempty"`
	Until     string               `json:"until,omitempty"` // RFC 3339 date (to its end, UTC) or date-time
}

// OptOut withdraws: everything, or purposes, or consents, or narrows. Exactly
// one of the four is set.
type OptOut struct {
	All      bool        `json:"all,omitempty"`
	Purposes []string    `json:"purposes,omitempty"`
	Consents []string    `json:"consents,omitempty"`
	Narrow   []Narrowing `json:"narrow,omitempty"`
	Reason   Reason      `json:"reason,omitempty"`
}

// Narrowing leaves a consent with less: fewer data, fewer resources, a shorter
// time. Nil means unchanged; narrowing to nothing is withdrawing.
type Narrowing struct {
	ConsentID string                `json:"consent_id"`
	Data      *[]string             `json:"data,omitempty"`
	Resources *[]statement.Resource `json:"resources,omitempty"`
	Until     string                `json:"until,omitempty"`
}

// Signal is a Global Privacy Control signal, deliberately sent.
type Signal struct{}

// RequestData asks for a right to be honoured. What it asks to stop, stops at
// once: a restriction pauses the consents in its scope, an objection ends them, an
// opt-out of sale says no to what the catalogue marks with gpc, and a limit to what
// uses data that it marks as special.
type RequestData struct {
	Type    string          `json:"type"`
	About   string          `json:"about,omitempty"` // of an appeal and a withdrawal: the earlier request's id
	Scope   statement.Scope `json:"scope,omitzero"`
	Details string          `json:"details,omitempty"`
}

// TakeBack withdraws an open data request.
type TakeBack struct {
	ID string `json:"id"`
}

// AdvanceRequest takes an open data request one step on: what the controller's
// staff (role agent) or the system does about it. Staff give a case reference.
type AdvanceRequest struct {
	ID     string          `json:"id"`
	Act    datarequest.Act `json:"act"`
	Reason string          `json:"reason,omitempty"` // an id of the rule's list
	Note   string          `json:"note,omitempty"`   // to the person, plain text
	Case   string          `json:"case,omitempty"`
}

// AddPart adds a part to the answer to an open request for data: what one of the
// controller's systems has about the person. Staff give a case reference.
type AddPart struct {
	ID   string         `json:"id"`
	Part statement.Part `json:"part"`
	Case string         `json:"case,omitempty"`
}

// Expire records which consents have reached their end. They were not in force since
// then in any case.
type Expire struct{}

// Erase appends the erasure entry: fence and tombstone. It counts as an opt-out
// of everything.
type Erase struct{}

func (OptIn) Operation() string          { return "opt-in" }
func (OptOut) Operation() string         { return "opt-out" }
func (Signal) Operation() string         { return "signal" }
func (RequestData) Operation() string    { return "data-request" }
func (TakeBack) Operation() string       { return "data-request-withdrawal" }
func (AdvanceRequest) Operation() string { return "data-request-step" }
func (AddPart) Operation() string        { return "data-request-part" }
func (Expire) Operation() string         { return "expiry" }
func (Annul) Operation() string          { return "annulment" }
func (Erase) Operation() string          { return "erasure" }
