package datarequest

import (
	"errors"
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Errors of rules.
var (
	ErrUnknownRule = errors.New("unknown rule")
	ErrNotCovered  = errors.New("the rule does not know this type of request")
	ErrPack        = errors.New("not a rule pack") // wrapped by every error of ParsePack and Check
)

// Advice is what every pack says of itself.
const Advice = "not legal advice"

// Bounds of a pack.
const (
	MaxPack    = 16 << 10 // bytes
	maxCount   = 999      // of a term
	maxClauses = 16
	maxReasons = 16
	maxText    = 300 // characters

	// MaxMonths is the latest deadline that a rule may set, in months from receipt. Open
	// requests are looked for further back than that.
	MaxMonths = 12
)

// Pack is what one rule says of data requests.
type Pack struct {
	Law        string      `json:"law"`                  // its name
	Read       string      `json:"read"`                 // the date of this reading of it; the notes of the clauses say which text was read
	Advice     string      `json:"advice"`               // "not legal advice"
	Calendar   *Place      `json:"calendar,omitempty"`   // where its days are counted; nil is where the controller is
	Complaint  string      `json:"complaint"`            // what lets a person complain about an answer
	Revocation *Revocation `json:"revocation,omitempty"` // of a consent, if the law sets a time for it
	Clauses    []Clause    `json:"clauses"`
}

// Revocation is what a rule says of a consent that the person withdraws.
type Revocation struct {
	Source  string `json:"source"`
	URL     string `json:"url,omitempty"`
	Note    string `json:"note,omitempty"`
	InForce string `json:"in_force,omitempty"` // as of a clause
	Stop    Term   `json:"stop"`               // by when processing ends, from the withdrawal
}

// Clause is what a rule says of some types of request.
type Clause struct {
	Types      []statement.RequestType `json:"types"`
	Source     string                  `json:"source"`               // the provision
	URL        string                  `json:"url,omitempty"`        // where to read it
	Note       string                  `json:"note,omitempty"`       // how it was read
	InForce    string                  `json:"in_force,omitempty"`   // the first day, 2006-01-02, of receipt that has the dates of this clause
	Confirm    Term                    `json:"confirm,omitzero"`     // by when receipt is to be confirmed
	Answer     Term                    `json:"answer"`               // by when it is to be answered
	Extensions []Extension             `json:"extensions,omitempty"` // one for each time that it may be extended
	Identity   string                  `json:"identity"`             // see IdentityNever and others
	Clarify    bool                    `json:"clarify,omitempty"`    // the clock stops while the person is asked what they mean
	Postpone   bool                    `json:"postpone,omitempty"`   // the answer may be put off by a time that the law does not fix: by a date set by hand
	Deny       []string                `json:"deny"`                 // ids of the reasons for which it may be denied
	Appeal     Term                    `json:"appeal,omitzero"`      // how long the person may appeal, from the answer
	Quiet      Term                    `json:"quiet,omitzero"`       // how long the person may not be asked to opt in again
}

// What a clause says of identity checks.
const (
	IdentityNever    = "never"
	IdentityRuns     = "clock-runs"     // the deadline stays
	IdentityRestarts = "clock-restarts" // the deadline counts from the proof
	IdentityPauses   = "clock-pauses"   // the days from the question to the proof, both included, do not count
)

// Extension is a later deadline, counted from the same day as the first.
type Extension struct {
	Answer  Term     `json:"answer"`
	Reasons []string `json:"reasons"` // ids
}

// inForce reports whether the dates of the clause apply to what was received on a day.
func (c Clause) inForce(day time.Time) bool { return day.Format(time.DateOnly) >= c.InForce }

// passesOver reports whether public holidays can move a date of the clause.
func (c Clause) passesOver() bool {
	return c.Confirm.passesOver() || c.Answer.passesOver() ||
		slices.ContainsFunc(c.Extensions, func(e Extension) bool { return e.Answer.passesOver() })
}
