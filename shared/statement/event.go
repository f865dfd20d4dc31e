package statement

import (
	"strings"
	"time"
)

// EventType is the type of an event. A receipt has it in clear.
type EventType string

// These are the types of event, besides one RequestEvent for each state of a data request.
// The schema of a receipt has some more.
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
	EventPartRemoved      EventType = "request-part-removed"
	EventErasure          EventType = "erasure"
	EventImport           EventType = "import"
	EventRetention        EventType = "retention" // entries whose retention ended were deleted before this one
)

// requestEvents is the prefix of the types of data-request events.
const requestEvents = "request-"

// RequestEvent returns the type of the event by which a data request enters a state.
func RequestEvent(s RequestState) EventType { return EventType(requestEvents + s) }

// OfRequest reports whether an event of this type is about a data request.
func (t EventType) OfRequest() bool { return strings.HasPrefix(string(t), requestEvents) }

// Correction names the receipt that an annulment corrects, the reason, and the moment from
// which the correction applies.
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
