package drp

import (
	"cmp"

	"consent-receipts/shared/statement"
)

// Action is a right that can be exercised (section 3.01).
type Action string

// The actions.
const (
	SaleOptOut       Action = "sale:opt-out"
	SaleOptIn        Action = "sale:opt-in"
	Deletion         Action = "deletion"
	Access           Action = "access"
	AccessCategories Action = "access:categories"
	AccessSpecific   Action = "access:specific"
)

// Actions says which of our types each action is. An opt-in to sale is no request: only the
// person can give a consent, after they were shown what they say yes to. An agent's word
// for it is refused. Portability, rectification, restriction, objection and limiting
// sensitive use cannot be asked for.
var Actions = map[Action]statement.RequestType{
	SaleOptOut:       statement.OptOutOfSale,
	SaleOptIn:        "", // refused
	Deletion:         statement.Erasure,
	Access:           statement.Access,
	AccessCategories: statement.AccessCategories,
	AccessSpecific:   statement.AccessSpecific,
}

// Type returns our type of an action, unless it is unknown or refused.
func (a Action) Type() (statement.RequestType, bool) { return Actions[a], Actions[a] != "" }

// Status is the state of a request, in the protocol's words (section 3.02).
type Status string

// The statuses. "open" is never told: it is of a request that whoever stands in between has
// taken, and not yet the business. Where the business itself answers, a request is in progress
// as soon as it is received (3.03, note 1).
const (
	InProgress Status = "in_progress"
	Fulfilled  Status = "fulfilled"
	Revoked    Status = "revoked"
	Denied     Status = "denied"
	Expired    Status = "expired"
)

// Reason goes with some statuses.
type Reason string

// The reasons.
const (
	NeedUserVerification Reason = "need_user_verification" // of InProgress; the others of Denied
	SuspectedFraud       Reason = "suspected_fraud"
	InsufVerification    Reason = "insuf_verification"
	NoMatch              Reason = "no_match"
	ClaimNotCovered      Reason = "claim_not_covered"
	OutsideJurisdiction  Reason = "outside_jurisdiction"
	TooManyRequests      Reason = "too_many_requests"
	Other                Reason = "other"
)

// States says which status tells each state of a request. docs/protocols.md lists what a
// status does not say; processing_details says it in words.
var States = map[statement.RequestState]struct {
	Status Status
	Reason Reason
}{
	statement.Received:        {InProgress, ""},
	statement.WantsIdentity:   {InProgress, NeedUserVerification},
	statement.HasIdentity:     {InProgress, ""},
	statement.Acknowledged:    {InProgress, ""},
	statement.InProgress:      {InProgress, ""},
	statement.Extended:        {InProgress, ""},
	statement.Overdue:         {InProgress, ""},
	statement.ToBeErased:      {InProgress, ""},
	statement.Completed:       {Fulfilled, ""},
	statement.PartlyCompleted: {Fulfilled, ""},
	statement.Denied:          {Denied, Other}, // unless it is one of Denials
	statement.TakenBack:       {Revoked, ""},
	statement.Lapsed:          {Expired, ""},
}

// Denials maps our reasons to deny, those of the rules and those of the matching function,
// to the protocol's reasons. Any other reason becomes Other.
var Denials = map[string]Reason{
	"identity-not-proven":  InsufVerification,
	"no-such-person":       NoMatch,
	"fraud-suspected":      SuspectedFraud,
	"exempt":               ClaimNotCovered,
	"not-applicable":       ClaimNotCovered,
	"outside-jurisdiction": OutsideJurisdiction,
	"excessive":            TooManyRequests,
	"manifestly-unfounded": Other,
}

// StatusOf returns the status and the reason that tell a state. The denial is our reason,
// and is set for denied requests only.
func StatusOf(state statement.RequestState, denial string) (Status, Reason, bool) {
	told, ok := States[state]
	if told.Status == Denied {
		told.Reason = cmp.Or(Denials[denial], told.Reason)
	}
	return told.Status, told.Reason, ok
}
