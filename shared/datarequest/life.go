package datarequest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Refusals of Apply. All of them leave the request as it was.
var (
	ErrEnded     = errors.New("the request has ended") // it cannot be answered twice
	ErrForbidden = errors.New("the request's state forbids it")
	ErrParty     = errors.New("this party may not do that")
	ErrIdentity  = errors.New("no identity check is allowed")           // the rule allows none, or there was one before
	ErrEarly     = errors.New("the date has not passed")                // nothing is overdue or expired yet
	ErrLate      = errors.New("the deadline has passed")                // it is too late to change the deadline, or to ask the person for something
	ErrPause     = errors.New("the clock cannot be stopped or started") // the rule does not stop it, or it is stopped already, or it runs
	ErrDate      = errors.New("the step cannot have that date")
	ErrExtended  = errors.New("the rule allows no further extension")
	ErrReason    = errors.New("the rule does not know that reason")
	ErrAnswer    = errors.New("this is not a whole answer") // it has no data and does not say so, or it does not say what it leaves out
)

// Step is an act, by whom, and why.
type Step struct {
	Act    Act
	By     Party
	Reason string // of Extend, CompletePartly and Deny: an id of the rule's list
	Due    string // of SetDue: the deadline, 2006-01-02
	Why    string // of SetDue: the reason, in plain text

	NothingHeld bool                 // of Complete: there are no data to answer with
	Withheld    []statement.Withheld // of CompletePartly: what the answer leaves out, each for a reason of the rule's list
	Ready       statement.Attached   // of both: the files that are ready for the person; the step is refused if the answer has others
	FilesUntil  string               // of both: the last day on which the person can download them, 2006-01-02

	// Received, of GiveIdentity and GiveClarification, is the date on which the person's
	// answer was received, 2006-01-02; "" is the date of the step.
	Received string
}

// Open makes the request that was received at a moment. An appeal names the
// request that it is about.
func Open(id string, t statement.RequestType, rule statement.Rule, about string, received time.Time, rules Rules, c *Calendar) (statement.Request, Clause, error) {
	clause, err := rules.Clause(rule, t)
	if err != nil {
		return statement.Request{}, clause, err
	}
	dates := clause.dates(received, c)
	r := statement.Request{
		Kind: statement.KindRequest, ID: id, Type: t, State: statement.Received, Received: received, Rule: rule, AboutRequest: about,
		Timezone: c.Timezone, Confirm: dates.Confirm.Date.String(), Due: dates.Due.Date.String(),
	}
	if clause.passesOver() {
		r.Holidays = slices.Clone(c.Holidays)
	}
	r.Next = next(r)
	return r, clause, nil
}

// Apply carries a step out at a moment, or says why it cannot be.
func Apply(r statement.Request, s Step, at time.Time, rules Rules, c *Calendar) (statement.Request, error) {
	t := transition(s.Act, r)
	switch {
	case r.State.Ended():
		return r, fmt.Errorf("%w: it is %s", ErrEnded, r.State)
	case !slices.Contains(Acts(), s.Act):
		return r, fmt.Errorf("%w: there is no act %.64q", ErrForbidden, s.Act)
	case t == nil:
		return r, fmt.Errorf("%w: %s is not possible while the request is %s", ErrForbidden, s.Act, r.State)
	case !slices.Contains(t.By, s.By):
		return r, fmt.Errorf("%w: %s is for %v", ErrParty, s.Act, t.By)
	case s.Due != "" && s.Act != SetDue, s.Received != "" && !s.Act.answers():
		return r, fmt.Errorf("%w: %s takes no such date", ErrDate, s.Act)
	}
	clause, err := clauseOf(r, s, rules)
	if err != nil {
		return r, err
	}
	if err := checkAnswer(r, s, clause); err != nil {
		return r, err
	}
	today := c.day(at)
	if s.By != Person && s.Act != Miss && r.Confirmed == "" { // the first message to the person confirms receipt
		r.Confirmed = Date{today}.String()
	}
	was := r
	if r, err = dates(r, s, clause, today, c); err != nil {
		return was, err
	}
	r.State = t.To
	if r.State.Decided() {
		r.Pauses = ended(r.Pauses, Date{today}.String())
	}
	r.Next = next(r)
	if r.State.Answered() && r.Attached != nil {
		r.FilesUntil = s.FilesUntil
	}
	if r.State == statement.Denied || r.State == statement.PartlyCompleted {
		r.Next = clause.Appeal.after(today, 0, c).String()
	}
	return r, nil
}

// clauseOf finds what the rule says of a request, if the step depends on it. A rule that is
// no longer in the catalogue prevents no other step.
func clauseOf(r statement.Request, s Step, rules Rules) (clause Clause, err error) {
	switch s.Act {
	case AskIdentity, GiveIdentity, AskClarification, GiveClarification, SetDue, Extend, CompletePartly, Deny:
		if clause, err = rules.Clause(r.Rule, r.Type); err != nil {
			return clause, err
		}
	}
	switch s.Act {
	case Extend, CompletePartly, Deny:
		if s.Act == Extend && (r.Extended >= len(clause.Extensions) || r.Due == "") {
			return clause, fmt.Errorf("%w: %s, %d before", ErrExtended, r.Rule, r.Extended)
		}
		return clause, knows(reasons(r, s.Act, clause), s.Reason)
	}
	if s.Reason != "" {
		return clause, fmt.Errorf("%w: %s takes no reason", ErrReason, s.Act)
	}
	return clause, nil
}

func knows(reasons []string, reason string) error {
	if !slices.Contains(reasons, reason) {
		return fmt.Errorf("%w: it takes one of %v", ErrReason, reasons)
	}
	return nil
}

// dates applies the effect of a step on the clock, and refuses a step that comes too early
// or too late.
func dates(r statement.Request, s Step, clause Clause, today time.Time, c *Calendar) (statement.Request, error) {
	date := Date{today}.String()
	switch s.Act {
	case AskIdentity, AskClarification, Extend, SetDue:
		// to ask the person later would leave them no time, and make them pay for the controller's delay
		if due := Deadline(r); due != "" && date > due {
			return r, fmt.Errorf("%w: it was due on %s", ErrLate, due)
		}
	case Miss, Expire:
		if _, after, ok := Lapse(r); !ok || date <= after {
			return r, fmt.Errorf("%w: the request has until the end of %s", ErrEarly, cmp.Or(after, "no date"))
		}
	}
	switch s.Act {
	case AskIdentity:
		return askIdentity(r, clause, today, c)
	case GiveIdentity, GiveClarification:
		return answer(r, s, clause, today, c)
	case AskClarification:
		return askClarification(r, clause, date)
	case Extend:
		r.Extended++
		due := deadline(r, clause, today, c)
		if due <= r.Due {
			return r, fmt.Errorf("%w: it would end on %s, and is due on %s", ErrExtended, due, r.Due)
		}
		r.Due, r.DueSet = due, nil
	case SetDue:
		if err := span(r, s.Act, clause, today, c).check(s.Due); err != nil {
			return r, err
		}
		return setDue(r, s)
	}
	return r, nil
}

// setDue sets the deadline by hand.
func setDue(r statement.Request, s Step) (statement.Request, error) {
	if s.Why == "" {
		return r, fmt.Errorf("%w: a date that is set by hand needs a reason", ErrDate)
	}
	r.Due, r.DueSet = s.Due, &statement.DueSet{By: statement.RoleAgent, Reason: s.Why}
	return r, nil
}

// deadline counts the answer, or its latest extension, from the start.
func deadline(r statement.Request, clause Clause, today time.Time, c *Calendar) string {
	from := start(r, c)
	if !clause.inForce(from) {
		return ""
	}
	term := clause.Answer
	if n := min(r.Extended, len(clause.Extensions)); n > 0 {
		term = clause.Extensions[n-1].Answer
	}
	return term.after(from, paused(r.Pauses, Date{today}.String()), c).String()
}

// start is the day from which deadlines are counted.
func start(r statement.Request, c *Calendar) time.Time {
	if day, err := civil(r.CountedFrom); err == nil {
		return day
	}
	return c.day(r.Received)
}

// next is the next date of the request in its present state. It lies in the past if that
// date was missed. A request whose rule sets no date has none.
func next(r statement.Request) string {
	switch {
	case r.State.Ended():
		return ""
	case r.Confirmed != "":
		return r.Due
	}
	return NextDate(r.Confirm, r.Due)
}

// NextDate is the first of two dates (2006-01-02, or "" for none) by which an open request needs
// something: that its receipt is confirmed, as long as it is not, and the answer.
func NextDate(confirm, due string) string {
	if confirm != "" && (due == "" || confirm < due) {
		return confirm
	}
	return due
}
