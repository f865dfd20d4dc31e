// Package datarequest is the pure domain of data requests: what a person may
// ask for, how a request lives until it is answered, and by when the law wants
// that. It reads no clock. The rules are a reading of public texts, each with its
// source; they are not legal advice.
//
// Transitions is the one table of states. Request.Apply carries a step out, or
// refuses it with one of the errors of this package. A rule is data: the built-in
// ones are in rules, an operator writes further ones in the catalogue.
package datarequest

import (
	"slices"
	"time"
)

// Type is what a person asks for.
type Type string

// The types of request.
const (
	Access            Type = "access"
	AccessCategories  Type = "access-categories" // which kinds of data, not the data
	AccessSpecific    Type = "access-specific"   // specific pieces
	Portability       Type = "portability"
	Erasure           Type = "erasure"
	Rectification     Type = "rectification"
	Restriction       Type = "restriction"
	Objection         Type = "objection"
	OptOutOfSale      Type = "opt-out-of-sale" // or of sharing
	LimitSensitiveUse Type = "limit-sensitive-use"

	Appeal     Type = "appeal"     // against the answer to an earlier request
	Withdrawal Type = "withdrawal" // of an earlier request that is open
)

// Types lists what may be asked without an earlier request.
func Types() []Type {
	return []Type{
		Access, AccessCategories, AccessSpecific, Portability, Erasure, Rectification,
		Restriction, Objection, OptOutOfSale, LimitSensitiveUse,
	}
}

// Valid reports whether t is a known type.
func (t Type) Valid() bool { return t.Follows() || slices.Contains(Types(), t) }

// Stops reports whether a request of this type stops something by itself, at once: it
// is a no, and is never refused.
func (t Type) Stops() bool { return slices.Contains(StoppingTypes(), t) }

// StoppingTypes lists the types whose requests stop something by themselves.
func StoppingTypes() []Type { return []Type{Restriction, Objection, OptOutOfSale, LimitSensitiveUse} }

// Follows reports whether a request of this type is about an earlier one.
func (t Type) Follows() bool { return t == Appeal || t == Withdrawal }

// Kind tells a request from the other elements of a standing.
const Kind = "request"

// Request is a data request as the standing and the receipts have it. Dates are
// civil dates of the controller, written 2006-01-02; a deadline lasts to the end
// of its date.
type Request struct {
	Kind         string    `json:"kind"` // "request"
	ID           string    `json:"id"`   // UUIDv4
	Type         Type      `json:"type"`
	State        State     `json:"state"`
	Received     time.Time `json:"received"`
	Confirm      string    `json:"confirm,omitempty"` // by when receipt must be confirmed
	Due          string    `json:"due"`               // by when it must be answered
	Rule         Rule      `json:"rule"`
	Next         string    `json:"next,omitempty"`         // the next date on which something is due
	Confirmed    string    `json:"confirmed,omitempty"`    // when the controller first wrote to the person
	Identity     string    `json:"identity,omitempty"`     // "wanted" or "given"
	CountedFrom  string    `json:"counted_from,omitempty"` // where the clock started anew after the identity check
	Extended     int       `json:"extended,omitempty"`     // how often
	Parts        int       `json:"parts,omitempty"`        // of the answer, so far
	AboutRequest string    `json:"about,omitempty"`        // of an appeal: the earlier request
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

// Lapse is what time alone does to a request, and the date after whose end it does
// so: nobody answers and it is overdue, nobody shows who they are and it expires.
// Nothing lapses of what is overdue already, granted or ended.
func Lapse(r Request) (act Act, after string, ok bool) {
	switch {
	case slices.Contains(atWork, r.State):
		return Miss, r.Due, true
	case r.State == WantsIdentity:
		return Expire, r.NextDate(), true
	}
	return "", "", false
}

// Appealable reports whether the answer may be appealed against on the given date.
func Appealable(r Request, today string) bool {
	return (r.State == Denied || r.State == PartlyCompleted) && r.Next != "" && today <= r.Next
}
