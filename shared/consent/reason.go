package consent

import (
	"encoding/json"

	"consent-receipts/shared/freetext"
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
