package statement

import "time"

// Change is what an event did to one line.
type Change struct {
	ConsentID string `json:"consent_id,omitempty"`
	Purpose   string `json:"purpose,omitempty"`
	Recipient string `json:"recipient,omitempty"`
	From      State  `json:"from"`
	To        State  `json:"to"`
	Added     Delta  `json:"added"`
	Removed   Delta  `json:"removed"`
	GivenIn   uint64 `json:"given_in,omitempty"` // of an ending: the receipt that gave the consent
	Cause     string `json:"cause,omitempty"`    // what did it, when it was no choice about the line

	Effect  *Effect  `json:"effect,omitempty"`  // what it causes, where it takes something away
	Labels  *Labels  `json:"labels,omitempty"`  // absent where nobody has words for it
	Binding *Binding `json:"binding,omitempty"` // of a yes: the grant of an authorization server that goes with it
}

// Binding ties a consent to the grant by which an authorization server lets the recipient
// in (OAuth 2.0 Rich Authorization Requests, RFC 9396).
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

// Causes of a change: a Global Privacy Control signal, or a data request.
const (
	CauseGPC          = "gpc"
	CauseRestriction  = string(Restriction)
	CauseObjection    = string(Objection)
	CauseOptOutOfSale = string(OptOutOfSale)
	CauseLimit        = string(LimitSensitiveUse)
)

// State is the state of a consent. The person withdraws; another party revokes.
type State string

// The states of a consent. None is what a line is before anything was said of
// it; it is never stored.
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
