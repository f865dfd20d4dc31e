package consent

import (
	"time"

	"consent-receipts/shared/datarequest"
)

// EventType says what happened.
type EventType string

// The events that Decide yields, beside "request-<state>" for each state that a
// data request takes. A receipt's schema knows the others too.
const (
	EventOptIn            EventType = "opt-in"
	EventRefusal          EventType = "refusal"
	EventAmendment        EventType = "amendment"
	EventOptOut           EventType = "opt-out"
	EventSignal           EventType = "signal"
	EventRequestReceived  EventType = "request-received"
	EventRequestWithdrawn EventType = "request-withdrawn"
	EventExpiry           EventType = "expiry"
	EventAnnulment        EventType = "annulment"
	EventRequestPart      EventType = "request-part"
	EventErasure          EventType = "erasure"
	EventImport           EventType = "import"
)

// requestEvents begins the type of every event of a data request.
const requestEvents = "request-"

// Event is what a command comes to: everything that the receipt will state.
type Event struct {
	Type       EventType
	OccurredAt time.Time
	Late       bool     // it happened before a consent that it ended was given
	Catalogue  string   // digest of the catalogue that the event was decided on
	Changes    []Change // line by line
	Records    []Record // a full record for each grant and amendment
	Standing   Standing // after the event
	Requests   []RequestStatement
	Notes      []Note
	Corrects   *Correction // of an annulment
}

// Correction says which receipt an annulment corrects, why, and from when on.
type Correction struct {
	Seq    uint64
	Digest string
	Why    string
	From   time.Time
}

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
	CauseRestriction  = string(datarequest.Restriction)
	CauseObjection    = string(datarequest.Objection)
	CauseOptOutOfSale = string(datarequest.OptOutOfSale)
	CauseLimit        = string(datarequest.LimitSensitiveUse)
)

// RequestStatement is a data request as its receipts state it.
type RequestStatement struct {
	datarequest.Request
	Scope   Scope  `json:"scope,omitzero"`
	Details string `json:"details,omitempty"`
	Source  string `json:"source,omitempty"` // the provision that sets the date

	Reason    string            `json:"reason,omitempty"`    // of an extension or a denial: an id of the rule's list
	Case      string            `json:"case,omitempty"`      // the staff's reference
	Part      *datarequest.Part `json:"part,omitempty"`      // that was added to the answer
	Complaint *Complaint        `json:"complaint,omitempty"` // what the person may do about it, where it goes against them
}

// Complaint says where and on what ground a person may complain.
type Complaint struct {
	Authority string `json:"authority"`     // a party id of the catalogue
	URL       string `json:"url,omitempty"` // of that party
	Source    string `json:"source"`        // the provision
}

// Note is a remark in plain text, by the person or by the system.
type Note struct {
	By   Role   `json:"by"`
	Text string `json:"text"`
}
