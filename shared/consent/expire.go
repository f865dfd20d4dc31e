package consent

import (
	"slices"

	"consent-receipts/shared/statement"
)

// Expire records the consents that have reached their end. They have not been in force since,
// recorded or not.
type Expire struct{}

func (Expire) Operation() string { return "expiry" }

// apply marks the consents that are past their end. An expiry is nobody's decision: the marks
// and the watermark of the line stay, so that a yes to an earlier offer, or an opt-in that
// happened since, still counts.
func (Expire) apply(d *decision) error {
	for _, l := range slices.Clone(d.after.Lines) {
		until, ok := l.Lapses()
		if !ok || d.w.Now.Before(until) {
			continue
		}
		d.event.Type = statement.EventExpiry
		d.event.Changes = append(d.event.Changes, statement.Change{
			ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient, From: l.State, To: statement.Expired, GivenIn: l.Granted.Seq,
		})
		l.State = statement.Expired
		put(&d.after, l)
	}
	return nil
}
