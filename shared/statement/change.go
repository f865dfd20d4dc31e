package statement

import "time"

// Change is the effect of an event on one line.
type Change struct {
	ConsentID string `json:"consent_id,omitempty"`
	Purpose   string `json:"purpose,omitempty"`
	Recipient string `json:"recipient,omitempty"`
	From      State  `json:"from"`
	To        State  `json:"to"`
	Added     Delta  `json:"added"`
	Removed   Delta  `json:"removed"`
	GivenIn   uint64 `json:"given_in,omitempty"` // of an ending: number of the receipt that gave the consent
	Cause     string `json:"cause,omitempty"`    // the cause, if it was no choice about the line

	Effect  *Effect  `json:"effect,omitempty"`  // the effects, if the change takes something away
	Labels  *Labels  `json:"labels,omitempty"`  // absent if no catalogue has the words
	Binding *Binding `json:"binding,omitempty"` // of a yes: the grant of an authorization server for it
}

// Binding links a consent to the grant by which an authorization server gives the recipient
// access (OAuth 2.0 Rich Authorization Requests, RFC 9396).
type Binding struct {
	Grant   string `json:"grant"`             // an opaque id
	Details string `json:"details,omitempty"` // digest of the authorization_details
}

// Delta lists the terms that a change added or removed.
type Delta struct {
	Data      []string   `json:"data,omitempty"`
	Resources []Resource `json:"resources,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
}

// These are the causes of a change: a Global Privacy Control signal, or a data request.
const (
	CauseGPC          = "gpc"
	CauseRestriction  = string(Restriction)
	CauseObjection    = string(Objection)
	CauseOptOutOfSale = string(OptOutOfSale)
	CauseLimit        = string(LimitSensitiveUse)
)

// State is the state of a consent. A person withdraws a consent; another party revokes it.
type State string

// These are the states of a consent. None is the state of a line before anything was said
// about it; it is never stored.
const (
	None      State = "none"
	Requested State = "requested"
	Given     State = "given"
	Refused   State = "refused"
	Paused    State = "paused"
	Withdrawn State = "withdrawn"
	Revoked   State = "revoked"
	Expired   State = "expired"
	Annulled  State = "annulled"
)
