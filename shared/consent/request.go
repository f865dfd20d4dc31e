package consent

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"consent-receipts/shared/datarequest"
)

func (d *decision) requestData(cmd RequestData) error {
	kind := datarequest.Type(cmd.Type)
	switch {
	case !kind.Valid():
		return fmt.Errorf("%w: unknown type %q", ErrInvalid, clip(cmd.Type))
	case utf8.RuneCountInString(cmd.Details) > MaxText:
		return fmt.Errorf("%w: details are over %d characters", ErrCap, MaxText)
	case len(cmd.Scope.Purposes)+len(cmd.Scope.Data) > MaxChoices:
		return fmt.Errorf("%w: scope names over %d things", ErrCap, MaxChoices)
	case len(d.after.Requests) >= MaxRequests:
		return fmt.Errorf("%w: %d data requests are open", ErrCap, MaxRequests)
	}
	for _, id := range slices.Concat(cmd.Scope.Purposes, cmd.Scope.Data) {
		if !ValidID(id) {
			return fmt.Errorf("%w: an id must match %s", ErrInvalid, idPattern)
		}
	}
	terms := d.current.DataRequests
	calendar, err := datarequest.NewCalendar(terms.Holidays, terms.Closed, terms.Timezone)
	if err != nil {
		return fmt.Errorf("the catalogue's calendar: %w", err)
	}
	rule := datarequest.Rule(terms.RuleFor(cmd.Type))
	deadline, err := datarequest.First(kind, rule, d.occurred, calendar)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	r := Request{
		Kind: KindRequest, ID: d.w.NewID(), Type: cmd.Type, State: string(datarequest.Received),
		Received: d.occurred, Confirm: deadline.Confirm.String(), Due: deadline.Due.String(), Rule: string(rule),
	}
	d.after.Requests = append(d.after.Requests, r)
	d.event.Type = EventRequestReceived
	d.event.Requests = []RequestStatement{{Request: r, Scope: cmd.Scope, Details: cmd.Details, Source: deadline.Source}}
	return nil
}

func (d *decision) takeBack(cmd TakeBack) error {
	i := slices.IndexFunc(d.after.Requests, func(r Request) bool { return r.ID == cmd.ID })
	if i < 0 {
		return fmt.Errorf("%w: no open data request has this id", ErrNotFound)
	}
	r := d.after.Requests[i]
	r.State = string(datarequest.Withdrawn)
	d.after.Requests = slices.Delete(d.after.Requests, i, i+1)
	d.event.Type = EventRequestWithdrawn
	d.event.Requests = []RequestStatement{{Request: r}}
	return nil
}
