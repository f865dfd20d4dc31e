package consent

import "time"

// EventType says what happened.
type EventType string

// The events that Decide yields. A receipt's schema knows the others too.
const (
	EventOptIn            EventType = "opt-in"
	EventRefusal          EventType = "refusal"
	EventAmendment        EventType = "amendment"
	EventOptOut           EventType = "opt-out"
	EventSignal           EventType = "signal"
	EventRequestReceived  EventType = "request-received"
	EventRequestWithdrawn EventType = "request-withdrawn"
	EventErasure          EventType = "erasure"
	EventImport           EventType = "import"
)

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
	Cause     string `json:"cause,omitempty"`    // "gpc": a signal, not a choice, did it
}

// Delta lists the terms that a change added or removed.
type Delta struct {
	Data      []string   `json:"data,omitempty"`
	Resources []Resource `json:"resources,omitempty"`
	Until     *time.Time `json:"until,omitempty"`
}

// CauseGPC marks a change that a Global Privacy Control signal made.
const CauseGPC = "gpc"

// RequestStatement is a data request as its receipts state it.
type RequestStatement struct {
	Request
	Scope   Scope  `json:"scope,omitzero"`
	Details string `json:"details,omitempty"`
	Source  string `json:"source,omitempty"` // the statute that sets the date
}

// Note is a remark in plain text, by the person or by the system.
type Note struct {
	By   Role   `json:"by"`
	Text string `json:"text"`
}
