package counter

import (
	"errors"
	"time"

	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
)

// Errors of a Counter. The party is told these alone; the errors around them are logged.
var (
	ErrNotFound   = errors.New("no such request")
	ErrMismatch   = errors.New("this id was used for another request")
	ErrNotCovered = errors.New("this cannot be asked for here")
	ErrIdentifier = errors.New("the customer number that was found for this person is not valid")
	ErrTooMany    = errors.New("too many requests of this person are open")
	ErrEnded      = errors.New("the request can no longer be taken back")
	ErrBusy       = errors.New("try again shortly")
)

// Protocols.
const (
	OpenDSR = "opendsr" // also for OpenGDPR, whose requests are the same
	DRP     = "drp"
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
	ID        string   `json:"id,omitempty"`        // the party made it: subject_request_id, agent-request-id
	Law       string   `json:"law,omitempty"`       // which the party says it is under: regulation, regime
	Callbacks []string `json:"callbacks,omitempty"` // https URLs
}

// Request is a request to be opened.
type Request struct {
	Origin     Origin
	Key        string // names the request, over all protocols and parties
	Digest     string // of what was asked, SHA-256 in hexadecimal
	Type       statement.RequestType
	CustomerID string      // the person, from a controller
	Person     *drp.Person // the person, from an agent, which knows no customer number
	Submitted  time.Time   // when the person asked, according to the party; zero if it does not say
}

// Ticket says how a request stands. Its ID is the one by which the party knows the request:
// a controller made it itself; for an agent this service made it.
type Ticket struct {
	ID        string
	Origin    Origin
	Type      statement.RequestType
	State     statement.RequestState
	Reason    string               // why it was extended, denied or answered in part only
	Complaint *statement.Complaint // what the person may do about it
	Received  time.Time            // here
	Due       string               // the date by whose end it is to be answered
	Expected  time.Time            // that end
	Portal    string               // where the person signs in and has the answer

	at outcome // where the request is in the ledger
}

// Key names a request over all protocols and parties, by what the party calls it.
func (p Party) Key(id string) string { return p.Protocol + ":" + p.ID + ":" + id }

// Request is the id of the data request in the person's ledger; "" if there is none.
func (t Ticket) Request() string { return t.at.Request }
