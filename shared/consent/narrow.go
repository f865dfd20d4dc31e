package consent

import (
	"fmt"
	"slices"

	"consent-receipts/shared/statement"
)

// Narrowing leaves a consent with less: fewer data, fewer resources, a shorter
// time. Nil means unchanged; narrowing to nothing is withdrawing.
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
			return fmt.Errorf("%w: narrowing %d names nothing to leave", ErrInvalid, i+1)
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

// narrow leaves a consent with less, and reports whether that was nothing.
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
	if terms.Until, err = chooseUntil(n.Until, l.Until, ErrNotNarrower); err != nil {
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
	line.Terms, line.Latest, line.AsOf = &terms, d.mark(), latest(l.AsOf, d.w.Now)
	d.event.Changes = append(d.event.Changes, change)
	put(&d.after, line)
	return false, nil
}

// narrowResources picks from the named resources, or names some where the
// consent was not limited. A label that is left out is kept.
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
