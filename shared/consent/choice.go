package consent

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// Choice is a yes or a no to one purpose and recipient. It may only narrow the offer; members
// that it leaves out stay as offered.
type Choice struct {
	Purpose   string               `json:"purpose"`
	Recipient string               `json:"recipient,omitempty"` // may be absent if the purpose has one recipient
	Answer    string               `json:"answer"`              // "yes" or "no"
	Data      []string             `json:"data,omitempty"`
	Resources []statement.Resource `json:"resources,omitempty"`
	Until     string               `json:"until,omitempty"` // RFC 3339 date (to its end, in the catalogue's time zone) or date-time
}

// checkChoices refuses a list that is empty or too long, and answers other than yes and no.
func checkChoices(choices []Choice) error {
	switch {
	case len(choices) == 0:
		return fmt.Errorf("%w: the command has no choices", ErrInvalid)
	case len(choices) > MaxChoices:
		return fmt.Errorf("%w: %d choices, at most %d", ErrCap, len(choices), MaxChoices)
	}
	for i, c := range choices {
		if c.Answer != "yes" && c.Answer != "no" {
			return fmt.Errorf("%w: choice %d: answer must be yes or no", ErrInvalid, i+1)
		}
	}
	return nil
}

// lines is the set of answered lines.
type lines map[statement.LineKey]bool

// add refuses a line that was already answered.
func (s lines) add(k statement.LineKey) error {
	if s[k] {
		return fmt.Errorf("%w: %s for %s is answered twice", ErrInvalid, clip(k.Purpose), clip(k.Recipient))
	}
	s[k] = true
	return nil
}

// chooseData returns the sorted categories: the chosen ones, or all that were offered. They
// must include the required ones.
func chooseData(item OfferItem, p catalogue.Purpose, chosen []string) ([]string, error) {
	data := slices.Clone(chosen)
	if chosen == nil {
		data = slices.Clone(item.Data)
	}
	slices.Sort(data)
	data = slices.Compact(data)
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: the yes names no data; say no instead", ErrInvalid)
	}
	for _, c := range data {
		if !slices.Contains(item.Data, c) {
			return nil, fmt.Errorf("%w: data %q", ErrNotOffered, clip(c))
		}
	}
	for _, c := range item.Data {
		if p.Data[c] == catalogue.Required && !slices.Contains(data, c) {
			return nil, fmt.Errorf("%w: %s requires %s; say no to the purpose instead", ErrNotOffered, item.Purpose, c)
		}
	}
	return data, nil
}

// cleanResources checks a caller's resources, and sorts them.
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
			return nil, fmt.Errorf("%w: resource %d: type and id have 1 to %d small letters, digits and hyphens", ErrInvalid, i+1, maxID)
		}
		if !labelPattern().MatchString(r.Label) {
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

// chooseUntil parses an end. It may not exceed the limit; "" means the limit. A date includes
// the whole day in the catalogue's time zone; on the limit's own date, the end is the limit.
func chooseUntil(s string, limit time.Time, cat *catalogue.Catalogue, wider error) (time.Time, error) {
	if s == "" {
		return limit, nil
	}
	if end, err := cat.DataRequests.DayAfter(s); err == nil {
		if last := cat.DataRequests.Day(limit); s > last {
			return time.Time{}, fmt.Errorf("%w: until %s, at most %s", wider, s, last)
		}
		return earliest(end, limit), nil
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
