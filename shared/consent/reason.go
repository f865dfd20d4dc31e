package consent

import (
	"encoding/json"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/strictjson"
)

// Reason is why somebody opts out, in their own words. It is no ground to refuse the
// opt-out, whatever it is.
type Reason string

// UnmarshalJSON takes any JSON value. One that is no text is no reason.
func (r *Reason) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*r = Reason(text)
	}
	return nil
}

// Kept is what a receipt keeps of a reason: what a text may hold, and MaxText characters
// at most.
func (r Reason) Kept() string {
	text := []rune(freetext.Clean(string(r)))
	return string(text[:min(len(text), MaxText)])
}

// MendReason returns the JSON of an opt-out with what is kept of its reason in its place,
// so that whatever stands there is in nobody's way: half a character, members twice, or
// what is no text. All else is as it was, and is judged by whoever reads it.
func MendReason(optOut json.RawMessage) json.RawMessage {
	return strictjson.Replace(optOut, "reason", func(value json.RawMessage) json.RawMessage {
		var reason Reason
		_ = json.Unmarshal(value, &reason) // takes any value
		b, _ := json.Marshal(reason.Kept())
		return b
	})
}
