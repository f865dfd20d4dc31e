package consent

import (
	"fmt"
	"slices"

	"consent-receipts/shared/statement"
)

// OptOut withdraws everything, or purposes, or consents, or narrows a consent. Exactly one of
// the four is set.
type OptOut struct {
	All      bool        `json:"all,omitempty"`
	Purposes []string    `json:"purposes,omitempty"`
	Consents []string    `json:"consents,omitempty"`
	Narrow   []Narrowing `json:"narrow,omitempty"`
	Reason   Reason      `json:"reason,omitempty"`
}

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

// check refuses an opt-out that has no content, or two contents. An opt-out is refused for no
// other reason, except a narrowing that would widen.
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
	ids := slices.Concat(cmd.Purposes, cmd.Consents)
	for _, n := range cmd.Narrow {
		ids = append(ids, n.ConsentID)
	}
	return checkIDs(ids...)
}

// endPurpose says no to a purpose for every recipient in the lines and in the current
// catalogue. An unknown purpose appears in the changes only, and never enlarges the standing.
func (d *decision) endPurpose(purpose, cause string) {
	recipients := d.recipients(purpose)
	if recipients == nil {
		d.unknown(statement.Change{Purpose: purpose})
	}
	for _, r := range recipients {
		d.end(purpose, r, cause)
	}
}

// recipients lists the recipients of a purpose, from the lines and from the current
// catalogue.
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

// Narrowing reduces a consent: fewer data, fewer resources, a shorter time. Nil means
// unchanged; narrowing to nothing is a withdrawal.
type Narrowing struct {
	ConsentID string                `json:"consent_id"`
	Data      *[]string             `json:"data,omitempty"`
	Resources *[]statement.Resource `json:"resources,omitempty"`
	Until     string                `json:"until,omitempty"`
}

func (d *decision) narrowAll(narrow []Narrowing) error {
	d.event.Type = statement.EventAmendment
	seen := map[string]bool{}
	for i, n := range narrow {
		if seen[n.ConsentID] {
			return fmt.Errorf("%w: consent %s is narrowed twice", ErrInvalid, n.ConsentID)
		}
		seen[n.ConsentID] = true
		if n.Data == nil && n.Resources == nil && n.Until == "" {
			return fmt.Errorf("%w: narrowing %d names neither data nor resources nor an end", ErrInvalid, i+1)
		}
		l := d.after.Consent(n.ConsentID)
		if l == nil {
			d.unknown(statement.Change{ConsentID: n.ConsentID})
			continue
		}
		ended, err := d.narrow(l, n)
		if err != nil {
			return fmt.Errorf("narrowing %d: %w", i+1, err)
		}
		if ended {
			d.event.Type = statement.EventOptOut
		}
	}
	return nil
}

// narrow reduces a consent, and reports whether nothing was left.
func (d *decision) narrow(l *statement.Line, n Narrowing) (ended bool, err error) {
	if !l.InForce(d.w.Now) {
		d.end(l.Purpose, l.Recipient, "")
		return true, nil
	}
	terms := *l.Terms
	if n.Data != nil {
		terms.Data = unique(*n.Data)
		if extra := without(terms.Data, l.Data); len(extra) > 0 {
			return false, fmt.Errorf("%w: data %q is not in the consent", ErrNotNarrower, clip(extra[0]))
		}
	}
	if n.Resources != nil {
		if terms.Resources, err = narrowResources(l.Resources, *n.Resources); err != nil {
			return false, err
		}
	}
	if terms.Until, err = chooseUntil(n.Until, l.Until, d.current, ErrNotNarrower); err != nil {
		return false, err
	}
	nothing := len(terms.Data) == 0 || (n.Resources != nil && len(terms.Resources) == 0) || !terms.Until.After(d.w.Now)
	if nothing {
		d.end(l.Purpose, l.Recipient, "")
		return true, nil
	}
	change := statement.Change{ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient, From: l.State, To: l.State}
	change.Added, change.Removed = delta(l.Terms, &terms)
	line := *l
	line.Terms, line.Latest, line.AsOf = &terms, d.attested(l.Latest.Attests), latest(l.AsOf, d.w.Now)
	d.event.Changes = append(d.event.Changes, change)
	put(&d.after, line)
	return false, nil
}

// narrowResources selects from the named resources, or names some if the consent had no limit
// to resources. An omitted label is kept.
func narrowResources(have, want []statement.Resource) ([]statement.Resource, error) {
	out, err := cleanResources(want)
	if err != nil {
		return nil, err
	}
	if len(have) == 0 {
		return out, nil
	}
	for i, r := range out {
		j := slices.IndexFunc(have, func(h statement.Resource) bool { return compareResources(h, r) == 0 })
		if j < 0 {
			return nil, fmt.Errorf("%w: resource %q is not in the consent", ErrNotNarrower, r.ID)
		}
		out[i] = have[j]
	}
	return out, nil
}
