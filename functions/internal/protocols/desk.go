package protocols

import (
	"context"
	"errors"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/drp"
)

// Errors of a Desk. What is wrapped around them is logged and not told.
var (
	ErrNotFound   = errors.New("no such request")
	ErrMismatch   = errors.New("this id was used for another request")
	ErrNotCovered = errors.New("this cannot be asked for here")
	ErrEnded      = errors.New("the request can no longer be taken back")
	ErrBusy       = errors.New("try again shortly")
)

// Desk is where requests go. It is safe for concurrent use, and what it returns is
// durable.
type Desk interface {
	// Open opens a request. The same Key again returns what then stands of the request
	// that it opened, even concurrently; with another Digest it is ErrMismatch. What no
	// rule covers is ErrNotCovered.
	Open(ctx context.Context, r Request) (Ticket, error)
	// Find returns a request. One that another party made is ErrNotFound.
	Find(ctx context.Context, of Party, id string) (Ticket, error)
	// TakeBack ends a request for its party, and says why if that is known. One that was
	// taken back already is returned as it stands; one that has ended otherwise is
	// ErrEnded.
	TakeBack(ctx context.Context, of Party, id, reason string) (Ticket, error)
}

// Protocols.
const (
	ProtocolOpenDSR = "opendsr" // and OpenGDPR: its requests are the same
	ProtocolDRP     = "drp"
)

// Party is who sends requests.
type Party struct {
	Protocol string `json:"protocol"`
	ID       string `json:"id"` // of the controller, or of the agent in the network's directory
}

// Origin says where a request came from and who is told of it: a plain value, kept
// with the request. Nothing in it is about the person.
type Origin struct {
	Party     Party    `json:"party"`
	OldNames  bool     `json:"old_names,omitempty"` // the controller speaks OpenGDPR
	ID        string   `json:"id,omitempty"`        // of the party's making: subject_request_id, agent-request-id
	Callbacks []string `json:"callbacks,omitempty"` // https URLs
}

// Request is a request to be opened.
type Request struct {
	Origin     Origin
	Key        string // names the request, over all protocols and parties
	Digest     string // of what was asked, SHA-256 in hexadecimal
	Type       datarequest.Type
	Detail     string      // of an access request: "categories", "specific-pieces" or ""
	Regulation string      // which the party says it is under: "gdpr", "ccpa" or ""
	CustomerID string      // the person, from a controller
	Person     *drp.Person // the person, from an agent, which knows no customer number
	Submitted  time.Time   // when the person asked, as the party says; zero: it does not say
}

// Ticket is what stands of a request. Its ID is that by which the party knows it: of
// a controller the one of its own making, of an agent one of ours.
type Ticket struct {
	ID              string
	Origin          Origin
	State           datarequest.State
	Denial          string // our reason, of a denied request
	Received        time.Time
	Expected        time.Time // by when it will be answered
	Expires         time.Time // until when the party can see it; zero: not told
	Details         string    // for the person, in words
	VerificationURL string    // where the person proves who they are
	ResultsURL      string
	ResultsCount    *int

	at outcome // where it is, in the ledger
}

// keyOf names a request over all protocols and parties, by what the party calls it.
func keyOf(of Party, id string) string { return of.Protocol + ":" + of.ID + ":" + id }
