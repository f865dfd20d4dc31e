package drp

import "consent-receipts/shared/datarequest"

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

// Actions says which of our types each action is. An opt-in to sale is none: a
// consent comes from the person alone, who was shown what they say yes to; an
// agent's word for it is refused. Portability, rectification, restriction, objection
// and limiting sensitive use cannot be asked for.
var Actions = []struct {
	Action Action
	Type   datarequest.Type // "": refused
	Detail string           // what the type does not say
}{
	{SaleOptOut, datarequest.OptOutOfSale, ""},
	{SaleOptIn, "", ""},
	{Deletion, datarequest.Erasure, ""},
	{Access, datarequest.Access, ""},
	{AccessCategories, datarequest.Access, "categories"},
	{AccessSpecific, datarequest.Access, "specific-pieces"},
}

// Type returns our type of an action, unless it is unknown or refused.
func (a Action) Type() (datarequest.Type, bool) {
	for _, row := range Actions {
		if row.Action == a {
			return row.Type, row.Type != ""
		}
	}
	return "", false
}

// Detail returns what the type of an action does not say: "categories",
// "specific-pieces" or nothing.
func (a Action) Detail() string {
	for _, row := range Actions {
		if row.Action == a {
			return row.Detail
		}
	}
	return ""
}

// Status is the state of a request, in the protocol's words (section 3.02).
type Status string

// The statuses.
const (
	Open       Status = "open"
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

// State is a row of the table of states.
type State struct {
	State  datarequest.State
	Status Status
	Reason Reason
	Loss   string // what status and reason do not say
}

// States says which status tells each state of a request. processing_details may
// say in words what is lost.
var States = []State{
	{"received", Open, "", ""},
	{"identity-wanted", InProgress, NeedUserVerification, ""},
	{"identity-given", InProgress, "", "that the person has proved who they are"},
	{"acknowledged", InProgress, "", ""},
	{"in-progress", InProgress, "", "that work has begun: acknowledged looks the same"},
	{"extended", InProgress, "", "that it was extended and why; expected_by is the new date"},
	{"overdue", InProgress, "", "that it is late; expected_by lies in the past"},
	{"to-be-erased", InProgress, "", "that it is decided and not yet carried out"},
	{"completed", Fulfilled, "", ""},
	{"partly-completed", Fulfilled, "", "that a part was refused, and why"},
	{"denied", Denied, Other, "how to complain; the reason, unless it is one of Denials"},
	{"withdrawn", Revoked, "", "whether the person or the agent took it back"},
	{"expired", Expired, "", ""},
}

// Denials says which reason tells each of our reasons to deny, those of the rules and
// those of whoever finds the person; any other is Other.
var Denials = []struct {
	Ours   string
	Reason Reason
}{
	{"identity-not-proven", InsufVerification},
	{"no-such-person", NoMatch},
	{"fraud-suspected", SuspectedFraud},
	{"exempt", ClaimNotCovered},
	{"not-applicable", ClaimNotCovered},
	{"outside-jurisdiction", OutsideJurisdiction},
	{"excessive", TooManyRequests},
	{"manifestly-unfounded", Other},
}

// StatusOf returns the status and the reason that tell a state. The denial is our
// reason, of a denied request only.
func StatusOf(state datarequest.State, denial string) (Status, Reason, bool) {
	for _, row := range States {
		if row.State != state {
			continue
		}
		if row.Status == Denied {
			for _, d := range Denials {
				if d.Ours == denial {
					return row.Status, d.Reason, true
				}
			}
		}
		return row.Status, row.Reason, true
	}
	return "", "", false
}
