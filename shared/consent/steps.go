package consent

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TakeBack withdraws an open data request.
type TakeBack struct {
	ID string `json:"id"`
}

func (TakeBack) Operation() string { return "data-request-withdrawal" }

func (cmd TakeBack) apply(d *decision) error {
	return d.move(cmd.ID, datarequest.Step{Act: datarequest.Withdraw, By: party(d.c.Actor.Role)}, statement.RequestStatement{})
}

// AdvanceRequest takes an open data request one step further, by the controller's staff (role
// agent) or by the system. Staff give a case reference.
type AdvanceRequest struct {
	ID     string          `json:"id"`
	Act    datarequest.Act `json:"act"`
	Reason string          `json:"reason,omitempty"` // an id of the rule's list
	Due    string          `json:"due,omitempty"`    // of set-due: the deadline, 2006-01-02
	Note   string          `json:"note,omitempty"`   // to the person, plain text; of set-due: the reason
	Case   string          `json:"case,omitempty"`

	NothingHeld bool                 `json:"nothing_held,omitempty"` // of complete: there are no data to answer with
	Withheld    []statement.Withheld `json:"withheld,omitempty"`     // of complete-partly: what the answer leaves out, and why

	// Of complete and complete-partly, by this service and not by whoever sent the step: the files
	// that are ready for the person, and the last day on which they can be downloaded, 2006-01-02.
	Ready      statement.Attached `json:"-"`
	FilesUntil string             `json:"-"`

	// Received, of an answer of the person, is the date on which it was received, 2006-01-02;
	// "" is today.
	Received string `json:"received,omitempty"`

	// Stood, unless it is nil, is how the request stood when the step was proposed. A request that
	// stands otherwise has moved on, and the step is refused.
	Stood *statement.Request `json:"-"`
}

func (AdvanceRequest) Operation() string { return "data-request-step" }

func (cmd AdvanceRequest) apply(d *decision) error {
	note, err := keptText("note", cmd.Note)
	switch {
	case err != nil:
		return err
	case cmd.Act == datarequest.Erase:
		return fmt.Errorf("%w: erasure has its own command", ErrInvalid)
	}
	if err := d.checkCase(cmd.Case); err != nil {
		return err
	}
	withheld, err := keptWithheld(cmd.Withheld)
	if err != nil {
		return err
	}
	if i := d.after.RequestIndex(cmd.ID); cmd.Stood != nil && i >= 0 && !reflect.DeepEqual(d.after.Requests[i], *cmd.Stood) {
		return fmt.Errorf("%w: it has moved on since the step was proposed", ErrRequest)
	}
	step := datarequest.Step{
		Act: cmd.Act, By: party(d.c.Actor.Role), Reason: cmd.Reason, Due: cmd.Due, Received: cmd.Received,
		NothingHeld: cmd.NothingHeld, Withheld: withheld, Ready: cmd.Ready, FilesUntil: cmd.FilesUntil,
	}
	if cmd.Act == datarequest.SetDue { // the request itself states the reason
		step.Why, note = note, ""
	}
	states := statement.RequestStatement{Reason: cmd.Reason, Case: cmd.Case, NothingHeld: cmd.NothingHeld, Withheld: withheld}
	if err := d.move(cmd.ID, step, states); err != nil {
		return err
	}
	d.note(d.c.Actor.Role, note)
	return nil
}

// keptWithheld returns what a partial answer leaves out, as a receipt keeps it: each in one line
// of plain text.
func keptWithheld(withheld []statement.Withheld) ([]statement.Withheld, error) {
	kept := slices.Clone(withheld)
	for i := range kept {
		what, err := keptText("withheld", kept[i].What)
		if err != nil {
			return nil, err
		}
		kept[i].What = strings.Join(strings.Fields(what), " ")
	}
	return kept, nil
}

// AddPart adds a part to the answer to an open data request: data about the person from one
// of the controller's systems. Staff give a case reference.
type AddPart struct {
	ID   string         `json:"id"`
	Part statement.Part `json:"part"`
	Case string         `json:"case,omitempty"`
}

func (AddPart) Operation() string { return "data-request-part" }

// apply states one more part of the answer. The state of the request does not change.
func (cmd AddPart) apply(d *decision) error {
	d.event.Type = statement.EventRequestPart
	return d.part(cmd, datarequest.AddPart, func(s *statement.RequestStatement) { s.Part = &cmd.Part })
}

// RemoveFile takes a file out of the answer to an open data request. Staff give a case reference.
// The caller has made sure that the answer has the file, and that the key of the command belongs to
// the receipt that added it, so that a file is taken out once.
type RemoveFile AddPart

func (RemoveFile) Operation() string { return "data-request-part-removal" }

// apply states which part the answer has no longer. The state of the request does not change.
func (cmd RemoveFile) apply(d *decision) error {
	d.event.Type = statement.EventPartRemoved
	return d.part(AddPart(cmd), datarequest.RemoveFile, func(s *statement.RequestStatement) { s.Out = &cmd.Part })
}

// part changes the parts of an answer by one, and states it.
func (d *decision) part(cmd AddPart, change func(statement.Request, statement.Part) (statement.Request, error), state func(*statement.RequestStatement)) error {
	if party(d.c.Actor.Role) == datarequest.Person {
		return fmt.Errorf("%w: %w", ErrRequest, datarequest.ErrParty)
	}
	if err := d.checkCase(cmd.Case); err != nil {
		return err
	}
	i, err := d.request(cmd.ID)
	if err != nil {
		return err
	}
	r, err := change(d.after.Requests[i], cmd.Part)
	switch {
	case errors.Is(err, statement.ErrPart):
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	stated := statement.RequestStatement{Request: r, Case: cmd.Case}
	state(&stated)
	d.after.Requests[i], d.event.Requests = r, []statement.RequestStatement{stated}
	return nil
}

// party returns the party for which a role acts.
func party(role statement.Role) datarequest.Party {
	switch role {
	case statement.RoleSubject, statement.RoleGuardian, statement.RoleAttorney:
		return datarequest.Person
	case statement.RoleAgent:
		return datarequest.Staff
	}
	return datarequest.System
}

// checkCase refuses a malformed case reference, and staff who give none.
func (d *decision) checkCase(reference string) error {
	switch {
	case party(d.c.Actor.Role) == datarequest.Staff && reference == "":
		return fmt.Errorf("%w: staff must give a case reference", ErrInvalid)
	case reference != "" && !ValidCase(reference):
		return fmt.Errorf("%w: a case reference has 1 to %d letters, digits and ._/-, and begins with a letter or a digit", ErrInvalid, maxID)
	}
	return nil
}

// request returns the index of a data request in the standing.
func (d *decision) request(id string) (int, error) {
	i := d.after.RequestIndex(id)
	if i < 0 {
		return i, fmt.Errorf("%w: no open data request has this id", ErrNotFound)
	}
	return i, nil
}

// move takes one request a step further, and states it.
func (d *decision) move(id string, step datarequest.Step, s statement.RequestStatement) error {
	i, err := d.request(id)
	if err != nil {
		return err
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

// complaint returns where the person may complain about the outcome of a request, or nil if
// the outcome is not against the person.
func (d *decision) complaint(r statement.Request) *statement.Complaint {
	switch r.State {
	case statement.Denied, statement.PartlyCompleted, statement.Extended, statement.Overdue, statement.Lapsed:
	default:
		return nil
	}
	pack, err := d.current.DataRequests.Own.Pack(r.Rule)
	if err != nil {
		return nil // the catalogue no longer has the rule
	}
	authority := d.current.AuthorityFor(string(r.Rule))
	return &statement.Complaint{Authority: authority, URL: d.current.Parties[authority].URL, Source: pack.Complaint}
}

func (d *decision) step(i int, step datarequest.Step) error {
	calendar, err := d.current.DataRequests.Calendar(d.after.Requests[i].Rule)
	if err != nil {
		return err
	}
	r, err := datarequest.Apply(d.after.Requests[i], step, d.w.Now, d.current.DataRequests.Own, calendar)
	switch {
	case errors.Is(err, datarequest.ErrReason), errors.Is(err, datarequest.ErrDate), errors.Is(err, datarequest.ErrAnswer), errors.Is(err, datarequest.ErrUnknownRule), errors.Is(err, datarequest.ErrNotCovered):
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrRequest, err)
	}
	d.after.Requests[i] = r
	return nil
}

// forgetAnswered removes ended requests against which no appeal is possible any more.
func (d *decision) forgetAnswered() {
	if !slices.ContainsFunc(d.after.Requests, func(r statement.Request) bool { return !r.Open() }) {
		return
	}
	d.after.Requests = slices.DeleteFunc(d.after.Requests, func(r statement.Request) bool {
		return !r.Open() && !datarequest.Appealable(r, d.current.DataRequests.Today(r.Rule, d.w.Now))
	})
}
