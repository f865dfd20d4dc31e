package consent

import (
	"fmt"
	"slices"

	"consent-receipts/shared/statement"
)

// OptOut withdraws: everything, or purposes, or consents, or narrows. Exactly
// one of the four is set.
type OptOut struct {
	All      bool        `json:"all,omitempty"`
	Purposes []string    `json:"purposes,omitempty"`
	Consents []string    `json:"consents,omitempty"`
	Narrow   []Narrowing `json:"narrow,omitempty"`
	Reason   Reason      `json:"reason,omitempty"`
}

// Operation implements Command.
func (OptOut) Operation() string { return "opt-out" }

func (cmd OptOut) apply(d *decision) error {
	if err := cmd.check(); err != nil {
		return err
	}
	d.event.Type = statement.EventOptOut
	switch {
	case cmd.All:
		d.endAll("", all)
		d.fence(statement.FenceOptOut)
	case cmd.Purposes != nil:
		for _, p := range unique(cmd.Purposes) {
			d.endPurpose(p, "")
		}
	case cmd.Consents != nil:
		for _, id := range unique(cmd.Consents) {
			if l := d.after.Consent(id); l != nil {
				d.end(l.Purpose, l.Recipient, "")
			} else {
				d.unknown(statement.Change{ConsentID: id})
			}
		}
	default:
		if err := d.narrowAll(cmd.Narrow); err != nil {
			return err
		}
	}
	d.note(d.c.Actor.Role, cmd.Reason.Kept())
	return nil
}

// check refuses what says nothing, or two things at once. That is the only way
// for an opt-out to be refused, but for a narrowing that would widen.
func (cmd OptOut) check() error {
	given := 0
	for _, set := range []bool{cmd.All, cmd.Purposes != nil, cmd.Consents != nil, cmd.Narrow != nil} {
		if set {
			given++
		}
	}
	n := len(cmd.Purposes) + len(cmd.Consents) + len(cmd.Narrow)
	switch {
	case given != 1 || (!cmd.All && n == 0):
		return fmt.Errorf("%w: give exactly one of all, purposes, consents, narrow", ErrInvalid)
	case n > MaxChoices:
		return fmt.Errorf("%w: %d items, at most %d", ErrCap, n, MaxChoices)
	}
	for _, id := range slices.Concat(cmd.Purposes, cmd.Consents) {
		if !ValidID(id) {
			return fmt.Errorf("%w: an id must match %s", ErrInvalid, idPattern)
		}
	}
	for _, n := range cmd.Narrow {
		if !ValidID(n.ConsentID) {
			return fmt.Errorf("%w: a consent_id must match %s", ErrInvalid, idPattern)
		}
	}
	return nil
}

// endPurpose says no to a purpose for every recipient: of the lines there are,
// and of the current catalogue. A purpose that nobody knows leaves a trace in
// the changes only, and never grows the standing.
func (d *decision) endPurpose(purpose, cause string) {
	recipients := d.recipients(purpose)
	if recipients == nil {
		d.unknown(statement.Change{Purpose: purpose})
	}
	for _, r := range recipients {
		d.end(purpose, r, cause)
	}
}

// recipients lists who may have to do with a purpose: by the lines there are, and by
// the current catalogue.
func (d *decision) recipients(purpose string) (recipients []string) {
	for _, l := range d.after.Lines {
		if l.Purpose == purpose {
			recipients = append(recipients, l.Recipient)
		}
	}
	for _, r := range d.current.Purposes[purpose].Recipients {
		if !slices.Contains(recipients, r) {
			recipients = append(recipients, r)
		}
	}
	return recipients
}
