package statement

import (
	"strings"
	"time"
)

// EventType says what happened. It stands in clear in a receipt.
type EventType string

// The types of event, beside RequestEvent of each state that a data request takes. A
// receipt's schema knows some more.
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
	EventRetention        EventType = "retention" // what is over for long enough went away behind it
)

// requestEvents begins the type of every event of a data request.
const requestEvents = "request-"

// RequestEvent is the type of the event by which a data request takes a state.
func RequestEvent(s RequestState) EventType { return EventType(requestEvents + s) }

// OfRequest reports whether an event of this type is about a data request.
func (t EventType) OfRequest() bool { return strings.HasPrefix(string(t), requestEvents) }

// Correction says which receipt an annulment corrects, why, and from when on.
type Correction struct {
	Seq    uint64    `json:"seq"`
	Digest string    `json:"digest"`
	Why    string    `json:"why"`
	From   time.Time `json:"from"`
}

// Note is a remark in plain text, by the person or by the system.
type Note struct {
	By   Role   `json:"by"`
	Text string `json:"text"`
}
