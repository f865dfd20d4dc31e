package statement

import (
	"slices"
	"time"
)

// RequestType is what a person asks for by a data request.
type RequestType string

// The types of data request.
const (
	Access            RequestType = "access"
	AccessCategories  RequestType = "access-categories" // which kinds of data, not the data
	AccessSpecific    RequestType = "access-specific"   // specific pieces
	Portability       RequestType = "portability"
	Erasure           RequestType = "erasure"
	Rectification     RequestType = "rectification"
	Restriction       RequestType = "restriction"
	Objection         RequestType = "objection"
	OptOutOfSale      RequestType = "opt-out-of-sale" // or of sharing
	LimitSensitiveUse RequestType = "limit-sensitive-use"

	Appeal     RequestType = "appeal"     // against the answer to an earlier request
	Withdrawal RequestType = "withdrawal" // of an earlier request that is open
)

// RequestTypes lists what may be asked without an earlier request.
func RequestTypes() []RequestType {
	return []RequestType{
		Access, AccessCategories, AccessSpecific, Portability, Erasure, Rectification,
		Restriction, Objection, OptOutOfSale, LimitSensitiveUse,
	}
}

// Valid reports whether t is a known type.
func (t RequestType) Valid() bool { return t.Follows() || slices.Contains(RequestTypes(), t) }

// Stops reports whether a request of this type stops something by itself, at once: it
// is a no, and is never refused.
func (t RequestType) Stops() bool { return slices.Contains(StoppingTypes(), t) }

// StoppingTypes lists the types whose requests stop something by themselves.
func StoppingTypes() []RequestType {
	return []RequestType{Restriction, Objection, OptOutOfSale, LimitSensitiveUse}
}

// Follows reports whether a request of this type is about an earlier one.
func (t RequestType) Follows() bool { return t == Appeal || t == Withdrawal }

// HasParts reports whether requests of this type are answered with data.
func (t RequestType) HasParts() bool {
	return slices.Contains([]RequestType{Access, AccessCategories, AccessSpecific, Portability}, t)
}

// Request is a data request as the standing and the receipts have it. Dates are
// civil dates of the controller, written 2006-01-02; a deadline lasts to the end
// of its date.
type Request struct {
	Kind         string       `json:"kind"` // "request"
	ID           string       `json:"id"`   // UUIDv4
	Type         RequestType  `json:"type"`
	State        RequestState `json:"state"`
	Received     time.Time    `json:"received"`
	Confirm      string       `json:"confirm,omitempty"` // by when receipt must be confirmed
	Due          string       `json:"due"`               // by when it must be answered
	Rule         Rule         `json:"rule"`
	Next         string       `json:"next,omitempty"`         // the next date on which something is due
	Confirmed    string       `json:"confirmed,omitempty"`    // when the controller first wrote to the person
	Identity     string       `json:"identity,omitempty"`     // "wanted" or "given"
	CountedFrom  string       `json:"counted_from,omitempty"` // where the clock started anew after the identity check
	Extended     int          `json:"extended,omitempty"`     // how often
	Parts        int          `json:"parts,omitempty"`        // of the answer, so far
	AboutRequest string       `json:"about,omitempty"`        // of an appeal: the earlier request

	Pauses []Pause `json:"pauses,omitempty"`  // of the clock, where the rule has them
	DueSet *DueSet `json:"due_set,omitempty"` // where somebody set the date by hand
}

// Pause is a time in which a request's clock stands still. Both days are part of it.
type Pause struct {
	From  string `json:"from"`
	Until string `json:"until,omitempty"` // absent while it lasts
	Why   string `json:"why"`             // identity or clarification
}

// DueSet says why a deadline is not the one that the rule gives.
type DueSet struct {
	By     Role   `json:"by"`
	Reason string `json:"reason"` // in plain text
}

// Values of Request.Identity.
const (
	IdentityWanted = "wanted"
	IdentityGiven  = "given"
)

// Open reports whether an answer, or the erasure it promised, is still due.
func (r Request) Open() bool { return !r.State.Ended() }

// NextDate is the next date on which something is due, or "" when nothing is.
// Receipts made before there was such a date have the deadline alone.
func (r Request) NextDate() string {
	switch {
	case r.Next != "":
		return r.Next
	case r.Open():
		return r.Due
	}
	return ""
}

// Rule names a body of law, or an operator's own promise, that sets deadlines.
type Rule string

// Scope limits a data request; empty means everything.
type Scope struct {
	Purposes []string `json:"purposes,omitempty"`
	Data     []string `json:"data,omitempty"`
}

// RequestStatement is a data request as its receipts state it.
type RequestStatement struct {
	Request
	Scope   Scope  `json:"scope,omitzero"`
	Details string `json:"details,omitempty"`
	Source  string `json:"source,omitempty"` // the provision that sets the date

	Reason    string     `json:"reason,omitempty"`    // of an extension or a denial: an id of the rule's list
	Case      string     `json:"case,omitempty"`      // the staff's reference
	Part      *Part      `json:"part,omitempty"`      // that was added to the answer
	Complaint *Complaint `json:"complaint,omitempty"` // what the person may do about it, where it goes against them

	Labels *RequestLabels `json:"labels,omitempty"`
}

// Complaint says where and on what ground a person may complain.
type Complaint struct {
	Authority string `json:"authority"`     // a party id of the catalogue
	URL       string `json:"url,omitempty"` // of that party
	Source    string `json:"source"`        // the provision
}
