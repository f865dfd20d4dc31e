package consent

import (
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// Erase appends the erasure entry, which is fence and tombstone. It has the effect of an
// opt-out of everything.
type Erase struct{}

func (Erase) Operation() string { return "erasure" }

// apply leaves only the fence, and states the outcome of each request.
func (Erase) apply(d *decision) error {
	d.event.Type = statement.EventErasure
	d.endAll("", all)
	for i, r := range d.after.Requests {
		if !r.Open() {
			continue
		}
		if err := d.step(i, datarequest.Step{Act: datarequest.Erase, By: datarequest.System}); err != nil {
			return err
		}
		r = d.after.Requests[i]
		d.event.Requests = append(d.event.Requests, statement.RequestStatement{Request: r, Complaint: d.complaint(r)})
	}
	d.after.Lines, d.after.Requests = nil, nil
	d.fence(statement.FenceErasure)
	return nil
}
