package consent

import (
	"fmt"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

var (
	idPattern    = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	labelPattern = regexp.MustCompile(`^[•*xX. -]{0,24}[0-9A-Za-z]{0,4}$`)
)

// ValidID reports whether a caller may use s as an id.
func ValidID(s string) bool { return idPattern.MatchString(s) }

func (d *decision) optIn(cmd OptIn) error {
	if len(cmd.Choices) == 0 {
		return fmt.Errorf("%w: no choices", ErrInvalid)
	}
	if len(cmd.Choices) > MaxChoices {
		return fmt.Errorf("%w: %d choices, at most %d", ErrCap, len(cmd.Choices), MaxChoices)
	}
	when := d.w.Now
	offer := cmd.Offer
	if offer == nil { // an event: no offer was signed by us, so its time decides
		if d.c.OccurredAt.After(d.w.Now.Add(MaxSkew)) {
			return fmt.Errorf("%w: stamped %s", ErrFuture, d.c.OccurredAt.UTC().Format(time.RFC3339))
		}
		when = earliest(d.occurred, d.c.QueuedAt.UTC().Truncate(time.Second))
		made := NewOffer(d.after, d.current, d.w.Current, nil, cmd.Language)
		offer = &made
	}
	cat, ok := d.w.Catalogues[offer.Catalogue]
	if !ok {
		return fmt.Errorf("catalogue %s is not at hand", offer.Catalogue)
	}
	d.event.Catalogue, d.language = offer.Catalogue, offer.Language

	seen := map[[2]string]bool{}
	anyYes, changed := false, false
	for i, choice := range cmd.Choices {
		item, err := offer.item(choice)
		if err != nil {
			return fmt.Errorf("choice %d: %w", i+1, err)
		}
		key := [2]string{item.Purpose, item.Recipient}
		if seen[key] {
			return fmt.Errorf("%w: choice %d: %s for %s is answered twice", ErrInvalid, i+1, key[0], key[1])
		}
		seen[key] = true
		switch choice.Answer {
		case "no":
			d.end(item.Purpose, item.Recipient, "")
			changed = true
		case "yes":
			if cmd.Offer != nil {
				if err := d.fresh(item, offer.Seq); err != nil {
					return fmt.Errorf("choice %d: %w", i+1, err)
				}
			} else if d.outdated(item, when) {
				continue
			}
			given, err := d.give(item, choice, cat, offer, when)
			if err != nil {
				return fmt.Errorf("choice %d: %w", i+1, err)
			}
			anyYes, changed = anyYes || given, changed || given
		default:
			return fmt.Errorf("%w: choice %d: answer must be yes or no", ErrInvalid, i+1)
		}
	}
	if !changed {
		return nil
	}
	d.event.Type = statement.EventRefusal
	if anyYes {
		d.event.Type = statement.EventOptIn
	}
	return nil
}

// fresh refuses a yes to a line that changed after the entry that the offer saw.
func (d *decision) fresh(item OfferItem, seen uint64) error {
	l, f := d.after.Line(item.Purpose, item.Recipient), d.after.Fence
	if (l != nil && l.Latest.Seq > seen && l.Latest.Seq < d.seq) || (f != nil && f.Seq > seen && f.Seq < d.seq) {
		return fmt.Errorf("%w: %s for %s changed after the offer was made; ask for a new one", ErrStale, item.Purpose, item.Recipient)
	}
	return nil
}

// outdated reports whether an opt-in event at the given time comes too late to
// count for its line.
func (d *decision) outdated(item OfferItem, when time.Time) bool {
	if f := d.after.Fence; f != nil && !when.After(f.At) {
		return true
	}
	l := d.after.Line(item.Purpose, item.Recipient)
	return l != nil && !when.After(l.AsOf)
}

// give grants a consent or amends the one in force. It reports false when the
// consent would have ended before it began.
func (d *decision) give(item OfferItem, choice Choice, cat *catalogue.Catalogue, offer *Offer, when time.Time) (bool, error) {
	purpose := cat.Purposes[item.Purpose]
	if !d.c.Evidence.Level.Meets(purpose.MinimumEvidence.OptIn) {
		return false, fmt.Errorf("%w: %s wants %s", ErrEvidence, item.Purpose, purpose.MinimumEvidence.OptIn)
	}
	data, err := chooseData(item, purpose, choice.Data)
	if err != nil {
		return false, err
	}
	resources, err := cleanResources(choice.Resources)
	if err != nil {
		return false, err
	}
	until, err := chooseUntil(choice.Until, item.Valid.AddTo(when), ErrNotOffered)
	if err != nil {
		return false, err
	}
	if !until.After(d.w.Now) {
		return false, nil
	}
	gpc := purpose.GPC && d.c.Evidence.GPC
	terms := &statement.Terms{
		Data: data, Resources: resources, Access: purpose.Access, From: d.w.Now, Until: until,
		Retention: purpose.Retention, Catalogue: offer.Catalogue, Language: offer.Language,
		Notice: cat.Notices[purpose.Notice][offer.Language].Digest, DespiteGPC: gpc,
	}
	mark := d.mark()
	line := statement.Line{
		Kind: statement.KindConsent, Purpose: item.Purpose, Recipient: item.Recipient, State: statement.Given,
		Terms: terms, Granted: &mark, Latest: mark, AsOf: when,
	}
	change := statement.Change{Purpose: item.Purpose, Recipient: item.Recipient, From: statement.None, To: statement.Given}
	old := d.after.Line(item.Purpose, item.Recipient)
	if old != nil {
		change.From = old.StateAt(d.w.Now)
		line.AsOf = latest(old.AsOf, when)
	}
	if old != nil && old.InForce(d.w.Now) {
		line.ConsentID, line.Granted = old.ConsentID, old.Granted
		terms.From, terms.DespiteGPC = old.From, gpc || old.DespiteGPC
		change.Added, change.Removed = delta(old.Terms, terms)
	} else {
		if old == nil && len(d.after.Lines) >= MaxLines {
			return false, fmt.Errorf("%w: %d lines in a standing", ErrCap, MaxLines)
		}
		line.ConsentID = d.w.NewID()
		change.Added, _ = delta(&statement.Terms{}, terms)
	}
	change.ConsentID = line.ConsentID
	if gpc {
		d.note("opt-in to " + item.Purpose + " was made deliberately while Global Privacy Control was on; it stands")
	}
	key := [2]string{item.Purpose, item.Recipient}
	d.yes[key] = true
	d.event.Changes = append(d.event.Changes, change)
	put(&d.after, line)
	return true, nil
}

// chooseData returns the sorted categories: those chosen, or all offered. The
// required ones must be among them.
func chooseData(item OfferItem, p catalogue.Purpose, chosen []string) ([]string, error) {
	data := slices.Clone(chosen)
	if chosen == nil {
		data = slices.Clone(item.Data)
	}
	slices.Sort(data)
	data = slices.Compact(data)
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: a yes to no data at all; say no instead", ErrInvalid)
	}
	for _, c := range data {
		if !slices.Contains(item.Data, c) {
			return nil, fmt.Errorf("%w: data %q", ErrNotOffered, clip(c))
		}
	}
	for _, c := range item.Data {
		if p.Data[c] == catalogue.Required && !slices.Contains(data, c) {
			return nil, fmt.Errorf("%w: %s cannot do without %s; say no to the purpose instead", ErrNotOffered, item.Purpose, c)
		}
	}
	return data, nil
}

// cleanResources checks what callers say of resources, and sorts it.
func cleanResources(in []statement.Resource) ([]statement.Resource, error) {
	if len(in) > MaxChoices {
		return nil, fmt.Errorf("%w: %d resources, at most %d", ErrCap, len(in), MaxChoices)
	}
	out := slices.Clone(in)
	for i, r := range out {
		if r.Type == "" {
			out[i].Type = "account"
		}
		if !ValidID(out[i].Type) || !ValidID(r.ID) {
			return nil, fmt.Errorf("%w: resource %d: type and id must match %s", ErrInvalid, i+1, idPattern)
		}
		if utf8.RuneCountInString(r.Label) > 28 || !labelPattern.MatchString(r.Label) {
			return nil, fmt.Errorf("%w: resource %d: the label must be masked, with at most 4 legible characters", ErrInvalid, i+1)
		}
	}
	slices.SortFunc(out, compareResources)
	for i := 1; i < len(out); i++ {
		if compareResources(out[i-1], out[i]) == 0 {
			return nil, fmt.Errorf("%w: resource %q is named twice", ErrInvalid, out[i].ID)
		}
	}
	return out, nil
}

// chooseUntil reads an end: at most the limit, which is what "" means. A date
// lasts to its end (UTC); on the limit's own date that is the limit.
func chooseUntil(s string, limit time.Time, wider error) (time.Time, error) {
	if s == "" {
		return limit, nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		if day.After(limit) {
			return time.Time{}, fmt.Errorf("%w: until %s, at most %s", wider, s, limit.Format(time.DateOnly))
		}
		return earliest(day.AddDate(0, 0, 1), limit), nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("%w: until must be an RFC 3339 date or date-time", ErrInvalid)
	}
	t = t.UTC().Truncate(time.Second)
	if t.After(limit) {
		return time.Time{}, fmt.Errorf("%w: until %s, at most %s", wider, t.Format(time.RFC3339), limit.Format(time.RFC3339))
	}
	return t, nil
}

// clip shortens what a caller sent before it is quoted in an error.
func clip(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}
