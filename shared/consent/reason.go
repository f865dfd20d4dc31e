package consent

import (
	"encoding/json"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/strictjson"
)

// Reason is a person's reason for an opt-out, in their own words. No reason, however
// malformed, is a ground to refuse the opt-out.
type Reason string

// UnmarshalJSON accepts any JSON value. A value other than a string gives an empty reason.
func (r *Reason) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) == nil {
		*r = Reason(text)
	}
	return nil
}

// Kept returns the part of a reason that a receipt keeps: allowed characters, at most
// MaxText.
func (r Reason) Kept() string {
	text := []rune(freetext.Clean(string(r)))
	return string(text[:min(len(text), MaxText)])
}

// MendReason returns the JSON of an opt-out with its reason replaced by the kept part. So a
// malformed reason (half a character, duplicate members, no string) does not prevent the
// opt-out. The other members stay unchanged, and their reader checks them.
func MendReason(optOut json.RawMessage) json.RawMessage {
	return strictjson.Replace(optOut, "reason", func(value json.RawMessage) json.RawMessage {
		var reason Reason
		_ = json.Unmarshal(value, &reason) // accepts any value
		b, _ := json.Marshal(reason.Kept())
		return b
	})
}
