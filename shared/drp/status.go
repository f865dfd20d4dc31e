package drp

import (
	"encoding/json"
	"errors"
	"time"
)

// ErrStatus says that a status document lacks what the protocol wants in it.
var ErrStatus = errors.New("not a complete status")

// Progress is where a request stands.
type Progress struct {
	RequestID       string // this service made it
	AgentRequestID  string // the agent made it; "" if it made none
	Status          Status
	Reason          Reason
	Received        time.Time
	Expected        time.Time // by when there will be news; the zero time says nothing
	Details         string    // for the person, in words
	VerificationURL string    // where the person proves who they are
	ResultsURL      string
}

// Body is the status document (section 3.03): the answer to exercise, status and
// revoke, and what a callback says. Its media type is application/json.
func (p Progress) Body() ([]byte, error) {
	switch {
	case p.RequestID == "", p.Status == "", p.Received.IsZero(),
		p.Status == InProgress && p.Expected.IsZero(),               // 3.03: MUST
		p.Reason == NeedUserVerification && p.VerificationURL == "", // 3.02.1: MUST
		p.Status == Denied && p.Reason == "":
		return nil, ErrStatus
	}
	return json.Marshal(struct {
		RequestID       string `json:"request_id"`
		AgentRequestID  string `json:"agent_request_id,omitempty"`
		Received        string `json:"received_at"`
		Expected        string `json:"expected_by,omitempty"`
		Details         string `json:"processing_details,omitempty"`
		Status          Status `json:"status"`
		Reason          Reason `json:"reason,omitempty"`
		VerificationURL string `json:"user_verification_url,omitempty"`
		ResultsURL      string `json:"results_url,omitempty"`
	}{
		p.RequestID, p.AgentRequestID, stamp(p.Received), stamp(p.Expected), p.Details, p.Status, p.Reason,
		p.VerificationURL, p.ResultsURL,
	})
}

// stamp writes a moment in ISO 8601, or "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// TokenBody is the body of the answer to a request for a token (2.05.1).
func TokenBody(agent, token string) []byte {
	b, _ := json.Marshal(struct { // strings: cannot fail
		Agent string `json:"agent-id"`
		Token string `json:"token"`
	}{agent, token})
	return b
}
