package consent

import (
	"fmt"
	"maps"
	"slices"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// RequestData exercises a right. Processing that it asks to stop, stops at once: a
// restriction pauses the consents in its scope; an objection ends them; an opt-out of sale
// says no to the purposes that the catalogue marks with gpc; and a limit does so to those
// that use data marked as special.
//
// What a contact asks to stop, the staff stops: nothing stops by itself, because nobody knows whose
// consents are meant.
type RequestData struct {
	Type    string          `json:"type"`
	About   string          `json:"about,omitempty"` // of an appeal and a withdrawal: id of the earlier request
	Scope   statement.Scope `json:"scope,omitzero"`
	Details string          `json:"details,omitempty"`
}

func (RequestData) Operation() string { return "data-request" }

func (cmd RequestData) apply(d *decision) error {
	kind := statement.RequestType(cmd.Type)
	if kind == statement.Withdrawal && cmd.About != "" {
		return TakeBack{ID: cmd.About}.apply(d)
	}
	d.forgetAnswered()
	details, err := keptText("details", cmd.Details)
	switch {
	case err != nil:
		return err
	case !kind.Valid():
		return fmt.Errorf("%w: unknown type %q", ErrInvalid, clip(cmd.Type))
	case kind.Follows() != (cmd.About != ""):
		return fmt.Errorf("%w: an appeal or a withdrawal must name an earlier request, and no other type may", ErrInvalid)
	case len(cmd.Scope.Purposes)+len(cmd.Scope.Data) > MaxChoices:
		return fmt.Errorf("%w: the scope names more than %d purposes and categories", ErrCap, MaxChoices)
	}
	if err := checkIDs(slices.Concat(cmd.Scope.Purposes, cmd.Scope.Data)...); err != nil {
		return err
	}
	rule := statement.Rule(d.current.DataRequests.RuleFor(cmd.Type))
	if kind == statement.Appeal {
		if rule, err = d.appealed(cmd.About); err != nil {
			return err
		}
	}
	calendar, err := d.current.DataRequests.Calendar(rule)
	if err != nil {
		return err
	}
	r, clause, err := datarequest.Open(d.w.NewID(), kind, rule, cmd.About, d.occurred, d.current.DataRequests.Own, calendar)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	if r, err = d.admit(r); err != nil {
		return err
	}
	d.event.Type = statement.EventRequestReceived
	d.event.Requests = []statement.RequestStatement{{Request: r, Scope: cmd.Scope, Details: details, Source: clause.Source}}
	if !d.w.Contact {
		d.stop(kind, cmd.Scope)
	}
	return nil
}

// admit adds a request to the standing. If necessary it removes answered requests that could
// still be appealed, the oldest first. With MaxRequests open, it takes no further one, except
// one that stops processing: such a request joins an open one of its type if there is one, so
// their number is bounded too.
func (d *decision) admit(r statement.Request) (statement.Request, error) {
	requests := d.after.Requests
	for len(requests) >= MaxRequests {
		i := slices.IndexFunc(requests, func(r statement.Request) bool { return !r.Open() })
		if i < 0 {
			break
		}
		requests = slices.Delete(requests, i, i+1)
	}
	if len(requests) >= MaxRequests {
		if !r.Type.Stops() {
			return r, fmt.Errorf("%w: %d data requests are open", ErrCap, len(requests))
		}
		if i := slices.IndexFunc(requests, func(o statement.Request) bool { return o.Type == r.Type }); i >= 0 {
			return requests[i], nil
		}
	}
	d.after.Requests = append(requests, r)
	return r, nil
}

// appealed ends the wait for an appeal, and returns the rule of the request.
func (d *decision) appealed(id string) (statement.Rule, error) {
	i := d.after.RequestIndex(id)
	if i < 0 {
		return "", fmt.Errorf("%w: no request with this id has an answer that can be appealed", ErrNotFound)
	}
	r := d.after.Requests[i]
	if r.Open() {
		return "", fmt.Errorf("%w: %w: it has not been answered", ErrRequest, datarequest.ErrForbidden)
	}
	d.after.Requests = slices.Delete(d.after.Requests, i, i+1)
	return r.Rule, nil
}

// stop stops at once the processing that a request asks to stop. Whatever the outcome of the
// request, only a later yes of the person undoes this.
func (d *decision) stop(kind statement.RequestType, scope statement.Scope) {
	switch kind {
	case statement.Restriction:
		for _, l := range slices.Clone(d.after.Lines) {
			if l.InForce(d.w.Now) && covers(scope, l.Purpose, l.Data) {
				d.pause(l)
			}
		}
	case statement.Objection:
		d.endAll(statement.CauseObjection, func(l *statement.Line) bool {
			return holds(l, d.w.Now) && covers(scope, l.Purpose, l.Data)
		})
	case statement.OptOutOfSale:
		for _, p := range d.gpcPurposes() {
			d.endPurpose(p, statement.CauseOptOutOfSale)
		}
	case statement.LimitSensitiveUse:
		for _, p := range d.sensitivePurposes(scope) {
			d.endPurpose(p, statement.CauseLimit)
		}
	}
}

// sensitivePurposes lists the purposes in a scope that use data marked special: in the
// current catalogue, and in the consents that hold, each by its own catalogue.
func (d *decision) sensitivePurposes(scope statement.Scope) (purposes []string) {
	add := func(cat *catalogue.Catalogue, purpose string, data []string) {
		data = slices.DeleteFunc(data, func(id string) bool { return cat.Data[id].Special == "" })
		if len(data) > 0 && covers(scope, purpose, data) {
			purposes = append(purposes, purpose)
		}
	}
	for id, p := range d.current.Purposes {
		add(d.current, id, slices.Collect(maps.Keys(p.Data)))
	}
	for _, l := range d.after.Lines {
		if !holds(&l, d.w.Now) {
			continue
		}
		if cat, ok := d.w.Catalogues[l.Catalogue]; ok {
			add(cat, l.Purpose, slices.Clone(l.Data))
		} else if covers(scope, l.Purpose, l.Data) { // without its catalogue, the data may be special
			purposes = append(purposes, l.Purpose)
		}
	}
	return unique(purposes)
}

// covers reports whether a scope includes a purpose and data: it names the purpose or none,
// and some of the data or none.
func covers(s statement.Scope, purpose string, data []string) bool {
	return (len(s.Purposes) == 0 || slices.Contains(s.Purposes, purpose)) &&
		(len(s.Data) == 0 || slices.ContainsFunc(s.Data, func(id string) bool { return slices.Contains(data, id) }))
}

// pause takes a consent out of force, and changes nothing else.
func (d *decision) pause(l statement.Line) {
	d.event.Changes = append(d.event.Changes, statement.Change{
		ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient,
		From: l.State, To: statement.Paused, GivenIn: l.Granted.Seq, Cause: statement.CauseRestriction,
	})
	l.State, l.Latest, l.AsOf = statement.Paused, d.attested(l.Latest.Attests), latest(l.AsOf, d.w.Now)
	put(&d.after, l)
}
