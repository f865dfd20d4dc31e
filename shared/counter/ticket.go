package counter

import (
	"errors"
	"time"

	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
)

// These are the errors of a Counter. The party receives only these; the errors around them
// are logged.
var (
	ErrNotFound   = errors.New("no such request")
	ErrMismatch   = errors.New("this id was used for another request")
	ErrNotCovered = errors.New("this cannot be asked for here")
	ErrIdentifier = errors.New("the customer number that was found for this person is not valid")
	ErrTooMany    = errors.New("too many requests of this person are open")
	ErrEnded      = errors.New("the request can no longer be taken back")
	ErrBusy       = errors.New("try again shortly")
)

// These are the protocols.
const (
	OpenDSR = "opendsr" // also OpenGDPR, which has the same requests
	DRP     = "drp"
)

// Party is a sender of requests.
type Party struct {
	Protocol string `json:"protocol"`
	ID       string `json:"id"` // id of the controller, or of the agent in the network's directory
}

// Origin is the origin of a request, with the receivers of its news. It is a plain value,
// stored with the request, and contains nothing about the person.
type Origin struct {
	Party     Party    `json:"party"`
	OldNames  bool     `json:"old_names,omitempty"` // the controller speaks OpenGDPR
	ID        string   `json:"id,omitempty"`        // the party's own id: subject_request_id or agent-request-id
	Law       string   `json:"law,omitempty"`       // the law that the party names: regulation or regime
	Callbacks []string `json:"callbacks,omitempty"` // https URLs
}

// Request is a request to open.
type Request struct {
	Origin     Origin
	Key        string // unique over all protocols and parties
	Digest     string // SHA-256 of the request's content, in hexadecimal
	Type       statement.RequestType
	CustomerID string      // the person, from a controller
	Person     *drp.Person // the person, from an agent, which knows no customer number
	Submitted  time.Time   // when the person asked, according to the party; zero if not stated
}

// Ticket is the state of a request. Its ID is the party's id for the request: a controller
// chose it itself; for an agent, this service made it.
type Ticket struct {
	ID        string
	Origin    Origin
	Type      statement.RequestType
	State     statement.RequestState
	Reason    string               // why the request was extended, denied or answered in part only
	Complaint *statement.Complaint // the person's remedies
	Received  time.Time            // when this service received it
	Due       string               // the deadline, a civil date
	Expected  time.Time            // the end of that date
	Portal    string               // where the person signs in and finds the answer

	at outcome // the request in the ledger
}

// Key returns the key of a request, unique over all protocols and parties, from the party's
// own id.
func (p Party) Key(id string) string { return p.Protocol + ":" + p.ID + ":" + id }

// Request returns the id of the data request in the person's ledger, or "" if there is none.
func (t Ticket) Request() string { return t.at.Request }
