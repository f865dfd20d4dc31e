package consent

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

// casePattern is what a case reference looks like: a reference, not a text.
var casePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$`)

// keptText is a text as a receipt keeps it. One that holds what none may hold, or is too
// long, is refused under its name.
func keptText(name, text string) (string, error) {
	text, err := freetext.Check(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %s: %w", ErrInvalid, name, err)
	case utf8.RuneCountInString(text) > MaxText:
		return "", fmt.Errorf("%w: %s: over %d characters", ErrCap, name, MaxText)
	}
	return text, nil
}

// ValidCase reports whether a text can be a case reference.
func ValidCase(s string) bool { return casePattern.MatchString(s) }

func (d *decision) requestData(cmd RequestData) error {
	kind := statement.RequestType(cmd.Type)
	if kind == statement.Withdrawal && cmd.About != "" {
		return d.takeBack(TakeBack{ID: cmd.About})
	}
	d.forgetAnswered()
	details, err := keptText("details", cmd.Details)
	switch {
	case err != nil:
		return err
	case !kind.Valid():
		return fmt.Errorf("%w: unknown type %q", ErrInvalid, clip(cmd.Type))
	case kind.Follows() != (cmd.About != ""):
		return fmt.Errorf("%w: an appeal and a withdrawal, and nothing else, are about an earlier request", ErrInvalid)
	case len(cmd.Scope.Purposes)+len(cmd.Scope.Data) > MaxChoices:
		return fmt.Errorf("%w: scope names over %d things", ErrCap, MaxChoices)
	}
	for _, id := range slices.Concat(cmd.Scope.Purposes, cmd.Scope.Data) {
		if !ValidID(id) {
			return fmt.Errorf("%w: an id must match %s", ErrInvalid, idPattern)
		}
	}
	calendar, err := d.current.DataRequests.Calendar()
	if err != nil {
		return err
	}
	rule := statement.Rule(d.current.DataRequests.RuleFor(cmd.Type))
	if kind == statement.Appeal {
		if rule, err = d.appealed(cmd.About); err != nil {
			return err
		}
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
	d.stop(kind, cmd.Scope)
	return nil
}

// admit puts a request into the standing. An answer that could still be appealed against
// gives way to it, the oldest first. With MaxRequests open no further one is taken, but
// for one that stops something: that joins an open one of its type, and is the first of
// its type otherwise, so that there is an end to them too.
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
	i := slices.IndexFunc(d.after.Requests, func(r statement.Request) bool { return r.ID == id })
	if i < 0 {
		return "", fmt.Errorf("%w: no answer that can be appealed against has this id", ErrNotFound)
	}
	r := d.after.Requests[i]
	if r.Open() {
		return "", fmt.Errorf("%w: %w: it has not been answered", ErrRequest, datarequest.ErrForbidden)
	}
	d.after.Requests = slices.Delete(d.after.Requests, i, i+1)
	return r.Rule, nil
}

func (d *decision) takeBack(cmd TakeBack) error {
	return d.move(cmd.ID, datarequest.Step{Act: datarequest.Withdraw, By: party(d.c.Actor.Role)}, statement.RequestStatement{})
}

func (d *decision) advance(cmd AdvanceRequest) error {
	by := party(d.c.Actor.Role)
	note, err := keptText("note", cmd.Note)
	switch {
	case err != nil:
		return err
	case cmd.Act == datarequest.Erase:
		return fmt.Errorf("%w: erasing is a command of its own", ErrInvalid)
	case by == datarequest.Staff && cmd.Case == "":
		return fmt.Errorf("%w: staff give a case reference", ErrInvalid)
	case cmd.Case != "" && !ValidCase(cmd.Case):
		return fmt.Errorf("%w: a case reference must match %s", ErrInvalid, casePattern)
	}
	step := datarequest.Step{Act: cmd.Act, By: by, Reason: cmd.Reason}
	if err := d.move(cmd.ID, step, statement.RequestStatement{Reason: cmd.Reason, Case: cmd.Case}); err != nil {
		return err
	}
	if note != "" {
		d.event.Notes = append(d.event.Notes, statement.Note{By: d.c.Actor.Role, Text: note})
	}
	return nil
}

// addPart states one more part of the answer. The request stands as it stood.
func (d *decision) addPart(cmd AddPart) error {
	switch {
	case party(d.c.Actor.Role) == datarequest.Person:
		return fmt.Errorf("%w: %w", ErrRequest, datarequest.ErrParty)
	case party(d.c.Actor.Role) == datarequest.Staff && cmd.Case == "":
		return fmt.Errorf("%w: staff give a case reference", ErrInvalid)
	case cmd.Case != "" && !ValidCase(cmd.Case):
		return fmt.Errorf("%w: a case reference must match %s", ErrInvalid, casePattern)
	}
	i := slices.IndexFunc(d.after.Requests, func(r statement.Request) bool { return r.ID == cmd.ID })
	if i < 0 {
		return fmt.Errorf("%w: no open data request has this id", ErrNotFound)
	}
	r, err := datarequest.AddPart(d.after.Requests[i], cmd.Part)
	switch {
	case errors.Is(err, statement.ErrPart):
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	d.after.Requests[i] = r
	d.event.Type = statement.EventRequestPart
	d.event.Requests = []statement.RequestStatement{{Request: r, Part: &cmd.Part, Case: cmd.Case}}
	return nil
}

// party is the side on which a role acts.
func party(role statement.Role) datarequest.Party {
	switch role {
	case statement.RoleSubject, statement.RoleGuardian, statement.RoleAttorney:
		return datarequest.Person
	case statement.RoleAgent:
		return datarequest.Staff
	}
	return datarequest.System
}

// move takes one request a step on, and states it.
func (d *decision) move(id string, step datarequest.Step, s statement.RequestStatement) error {
	i := slices.IndexFunc(d.after.Requests, func(r statement.Request) bool { return r.ID == id })
	if i < 0 {
		return fmt.Errorf("%w: no open data request has this id", ErrNotFound)
	}
	if err := d.step(i, step); err != nil {
		return err
	}
	s.Request = d.after.Requests[i]
	d.event.Type = statement.RequestEvent(s.State)
	own := d.current.DataRequests.Own
	if clause, err := own.Clause(s.Rule, s.Type); err == nil {
		s.Source = clause.Source
	}
	s.Complaint = d.complaint(s.Request)
	d.event.Requests = []statement.RequestStatement{s}
	if !s.Open() && s.Next == "" {
		d.after.Requests = slices.Delete(d.after.Requests, i, i+1)
	}
	return nil
}

// complaint says where the person may complain of what became of a request, or nil
// where nothing went against them.
func (d *decision) complaint(r statement.Request) *statement.Complaint {
	switch r.State {
	case statement.Denied, statement.PartlyCompleted, statement.Extended, statement.Overdue, statement.Lapsed:
	default:
		return nil
	}
	pack, err := d.current.DataRequests.Own.Pack(r.Rule)
	if err != nil {
		return nil // the rule is gone from the catalogue, and with it what it says
	}
	authority := d.current.AuthorityFor(string(r.Rule))
	return &statement.Complaint{Authority: authority, URL: d.current.Parties[authority].URL, Source: pack.Complaint}
}

func (d *decision) step(i int, step datarequest.Step) error {
	calendar, err := d.current.DataRequests.Calendar()
	if err != nil {
		return err
	}
	r, err := datarequest.Apply(d.after.Requests[i], step, d.w.Now, d.current.DataRequests.Own, calendar)
	switch {
	case errors.Is(err, datarequest.ErrReason), errors.Is(err, datarequest.ErrUnknownRule), errors.Is(err, datarequest.ErrNotCovered):
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	d.after.Requests[i] = r
	return nil
}

// forgetAnswered drops answers against which no appeal is possible any more.
func (d *decision) forgetAnswered() {
	if !slices.ContainsFunc(d.after.Requests, func(r statement.Request) bool { return !r.Open() }) {
		return
	}
	c, err := d.current.DataRequests.Calendar()
	if err != nil {
		return // they stay: nothing else depends on it
	}
	today := c.Today(d.w.Now).String()
	d.after.Requests = slices.DeleteFunc(d.after.Requests, func(r statement.Request) bool { return !r.Open() && !datarequest.Appealable(r, today) })
}

// stop does at once what a request asks to stop. Whatever becomes of the request,
// only a later yes of the person brings it back.
func (d *decision) stop(kind statement.RequestType, scope statement.Scope) {
	switch kind {
	case statement.Restriction:
		for _, l := range slices.Clone(d.after.Lines) {
			if l.InForce(d.w.Now) && covers(scope, l.Purpose, l.Data) {
				d.pause(l)
			}
		}
	case statement.Objection:
		for _, l := range slices.Clone(d.after.Lines) {
			if holds(&l, d.w.Now) && covers(scope, l.Purpose, l.Data) {
				d.end(l.Purpose, l.Recipient, statement.CauseObjection)
			}
		}
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

// sensitivePurposes lists the purposes in a scope that use data marked special: by the
// current catalogue, and by the consents that hold, each on its own catalogue.
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
		} else if covers(scope, l.Purpose, l.Data) { // nobody can say that none of it is special
			purposes = append(purposes, l.Purpose)
		}
	}
	return unique(purposes)
}

// covers reports whether a scope is about a purpose and data: it names the purpose, or
// none, and some of the data, or none.
func covers(s statement.Scope, purpose string, data []string) bool {
	return (len(s.Purposes) == 0 || slices.Contains(s.Purposes, purpose)) &&
		(len(s.Data) == 0 || slices.ContainsFunc(s.Data, func(id string) bool { return slices.Contains(data, id) }))
}

// pause leaves a consent as it was, but not in force.
func (d *decision) pause(l statement.Line) {
	d.event.Changes = append(d.event.Changes, statement.Change{
		ConsentID: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient,
		From: l.State, To: statement.Paused, GivenIn: l.Granted.Seq, Cause: statement.CauseRestriction,
	})
	l.State, l.Latest, l.AsOf = statement.Paused, d.mark(), latest(l.AsOf, d.w.Now)
	put(&d.after, l)
}

// quiet is how long a no lasts in which the controller may not ask again: what the rule
// says of opt-outs of sale, when it was one, or a signal, and of limits.
func (d *decision) quiet(cause string) string {
	kind := statement.OptOutOfSale
	switch cause {
	case statement.CauseGPC, statement.CauseOptOutOfSale:
	case statement.CauseLimit:
		kind = statement.LimitSensitiveUse
	default:
		return ""
	}
	terms := d.current.DataRequests
	clause, err := terms.Own.Clause(statement.Rule(terms.RuleFor(string(kind))), kind)
	if err != nil {
		return "" // no opt-out fails for want of a rule
	}
	c, err := terms.Calendar()
	if err != nil {
		return ""
	}
	return c.Quiet(clause, d.w.Now).String()
}

// Askable lists the purposes of a catalogue that a controller may put before a
// person of its own accord, sorted: none that is quiet, and none that a Global Privacy
// Control signal is about when one comes along. The person may still name any other.
func Askable(s *statement.Standing, cat *catalogue.Catalogue, now time.Time, gpc bool) []string {
	today := cat.DataRequests.Day(now.UTC())
	return slices.DeleteFunc(slices.Sorted(maps.Keys(cat.Purposes)), func(p string) bool {
		return gpc && cat.Purposes[p].GPC ||
			slices.ContainsFunc(s.Lines, func(l statement.Line) bool { return l.Purpose == p && today < l.QuietUntil })
	})
}
