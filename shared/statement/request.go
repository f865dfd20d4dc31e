package statement

import (
	"slices"
	"time"
)

// RequestType is the right that a person exercises with a data request.
type RequestType string

// The types of data request.
const (
	Access            RequestType = "access"
	AccessCategories  RequestType = "access-categories" // the categories of data, not the data themselves
	AccessSpecific    RequestType = "access-specific"   // specific pieces
	Portability       RequestType = "portability"
	Erasure           RequestType = "erasure"
	Rectification     RequestType = "rectification"
	Restriction       RequestType = "restriction"
	Objection         RequestType = "objection"
	OptOutOfSale      RequestType = "opt-out-of-sale" // or of sharing
	LimitSensitiveUse RequestType = "limit-sensitive-use"

	Complain  RequestType = "complaint" // to the controller, of how it treats data: Data Protection Act 2018 (United Kingdom), s. 164A
	Grievance RequestType = "grievance" // the same in India: DPDP Act 2023, s. 13

	Appeal     RequestType = "appeal"     // against the answer to an earlier request
	Withdrawal RequestType = "withdrawal" // of an earlier open request

	// WithdrawalOfConsent is no request. A catalogue names by it the rule whose clock runs
	// when somebody withdraws a consent.
	WithdrawalOfConsent RequestType = "withdrawal-of-consent"
)

// RequestTypes lists the types that need no earlier request.
func RequestTypes() []RequestType {
	return []RequestType{
		Access, AccessCategories, AccessSpecific, Portability, Erasure, Rectification,
		Restriction, Objection, OptOutOfSale, LimitSensitiveUse, Complain, Grievance,
	}
}

// Complains reports whether a request of this type is about the controller's conduct. Few
// laws know such a request.
func (t RequestType) Complains() bool { return t == Complain || t == Grievance }

// Valid reports whether t is a known type.
func (t RequestType) Valid() bool { return t.Follows() || slices.Contains(RequestTypes(), t) }

// Stops reports whether a request of this type stops processing at once by itself. It is a
// no, and is never refused.
func (t RequestType) Stops() bool { return slices.Contains(StoppingTypes(), t) }

// StoppingTypes lists the types whose requests stop processing by themselves.
func StoppingTypes() []RequestType {
	return []RequestType{Restriction, Objection, OptOutOfSale, LimitSensitiveUse}
}

// Follows reports whether a request of this type concerns an earlier one.
func (t RequestType) Follows() bool { return t == Appeal || t == Withdrawal }

// HasParts reports whether the answer to a request of this type has data.
func (t RequestType) HasParts() bool {
	return slices.Contains([]RequestType{Access, AccessCategories, AccessSpecific, Portability}, t)
}

// Request is a data request as in the standing and the receipts. Dates are civil dates of its
// time zone, written 2006-01-02; a deadline includes the whole day.
type Request struct {
	Kind         string       `json:"kind"` // "request"
	ID           string       `json:"id"`   // UUIDv4
	Type         RequestType  `json:"type"`
	State        RequestState `json:"state"`
	Received     time.Time    `json:"received"`
	Confirm      string       `json:"confirm,omitempty"` // deadline for confirming receipt
	Due          string       `json:"due,omitempty"`     // deadline for the answer; "" if the rule names no date
	Rule         Rule         `json:"rule"`
	Timezone     string       `json:"timezone,omitempty"`     // IANA name, of all dates; of a receipt from before this member, the controller's
	Holidays     []string     `json:"holidays,omitempty"`     // whose public holidays its dates pass over (ISO 3166); absent if every day counts
	Next         string       `json:"next,omitempty"`         // the next due date
	Confirmed    string       `json:"confirmed,omitempty"`    // when the controller first wrote to the person
	Identity     string       `json:"identity,omitempty"`     // "wanted" or "given"
	CountedFrom  string       `json:"counted_from,omitempty"` // the first day of the clock, restarted after the identity check
	Extended     int          `json:"extended,omitempty"`     // number of extensions
	Parts        int          `json:"parts,omitempty"`        // number of parts of the answer so far
	Attached     *Attached    `json:"attached,omitempty"`     // those of them that this service keeps; nil: none
	FilesUntil   string       `json:"files_until,omitempty"`  // of an answer with such files: the last day on which the person can download them
	AboutRequest string       `json:"about,omitempty"`        // of an appeal: the id of the earlier request

	Pauses []Pause `json:"pauses,omitempty"`  // of the clock, if the rule has pauses
	DueSet *DueSet `json:"due_set,omitempty"` // if somebody set the deadline by hand
}

// Attached counts the files of an answer that this service keeps.
type Attached struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Pause is a time in which a request's clock is stopped. It includes both days.
type Pause struct {
	From  string `json:"from"`
	Until string `json:"until,omitempty"` // absent while the pause lasts
	Why   string `json:"why"`             // identity or clarification
}

// DueSet states why a deadline differs from the rule's.
type DueSet struct {
	By     Role   `json:"by"`
	Reason string `json:"reason"` // in plain text
}

// These are the values of Request.Identity.
const (
	IdentityWanted = "wanted"
	IdentityGiven  = "given"
)

// Open reports whether an answer, or a promised erasure, is still due.
func (r Request) Open() bool { return !r.State.Ended() }

// NextDate returns the next due date, or "". For a receipt from before the member Next, it
// returns the deadline.
func (r Request) NextDate() string {
	switch {
	case r.Next != "":
		return r.Next
	case r.Open():
		return r.Due
	}
	return ""
}

// Rule names a law, or an operator's own promise, that sets deadlines.
type Rule string

// Scope limits a data request. An empty scope means everything.
type Scope struct {
	Purposes []string `json:"purposes,omitempty"`
	Data     []string `json:"data,omitempty"`
}

// RequestStatement is a data request as its receipts state it.
type RequestStatement struct {
	Request
	Scope   Scope  `json:"scope,omitzero"`
	Details string `json:"details,omitempty"`
	Source  string `json:"source,omitempty"` // the provision that sets the deadline

	Reason string `json:"reason,omitempty"` // of an extension or a denial: an id from the rule's list
	Case   string `json:"case,omitempty"`   // the case reference of the staff
	Part   *Part  `json:"part,omitempty"`   // a part added to the answer
	Out    *Part  `json:"out,omitempty"`    // a part taken out of the answer

	NothingHeld bool       `json:"nothing_held,omitempty"` // of an answer to a request for data: there are none beyond this service's own records
	Withheld    []Withheld `json:"withheld,omitempty"`     // of a partial answer: what it leaves out

	Complaint *Complaint `json:"complaint,omitempty"` // the person's remedies, if the outcome is against the person

	Labels *RequestLabels `json:"labels,omitempty"`
}

// Withheld is something that a partial answer leaves out, and why.
type Withheld struct {
	What string `json:"what"` // plain text of one line, 1 to MaxWithheldText characters
	Why  string `json:"why"`  // an id of the reasons for which the rule lets a request be denied
}

// Bounds of what a partial answer leaves out.
const (
	MaxWithheld     = 8
	MaxWithheldText = 200
)

// Complaint states where, and under which provision, a person may complain.
type Complaint struct {
	Authority string `json:"authority"`     // a party id of the catalogue
	URL       string `json:"url,omitempty"` // of that party
	Source    string `json:"source"`        // the provision
}
