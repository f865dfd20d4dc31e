package datarequest

import (
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
	ErrIdentity  = errors.New("no identity check is allowed") // the rule allows none, or there was one before
	ErrEarly     = errors.New("the date has not passed")      // nothing is overdue or expired yet
	ErrLate      = errors.New("the deadline has passed")      // it is too late to extend the deadline, or to ask for proof of identity
	ErrExtended  = errors.New("the rule allows no further extension")
	ErrReason    = errors.New("the rule does not know that reason")
)

// Step is an act, by whom, and why.
type Step struct {
	Act    Act
	By     Party
	Reason string // of Extend, CompletePartly and Deny: an id of the rule's list
}

// Open makes the request that was received at a moment. An appeal names the
// request that it is about.
func Open(id string, t statement.RequestType, rule statement.Rule, about string, received time.Time, rules Rules, c *Calendar) (statement.Request, Clause, error) {
	clause, err := rules.Clause(rule, t)
	if err != nil {
		return statement.Request{}, clause, err
	}
	day := c.day(received)
	r := statement.Request{
		Kind: statement.KindRequest, ID: id, Type: t, State: statement.Received, Received: received, Rule: rule, AboutRequest: about,
		Confirm: clause.Confirm.after(day, c).String(), Due: clause.Answer.after(day, c).String(),
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
	}
	clause, err := clauseOf(r, s, rules)
	if err != nil {
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
	r.Next = next(r)
	if r.State == statement.Denied || r.State == statement.PartlyCompleted {
		r.Next = clause.Appeal.after(today, c).String()
	}
	return r, nil
}

// clause finds what the rule says of a request, if the step depends on it. A rule that is
// no longer in the catalogue prevents no other step.
func clauseOf(r statement.Request, s Step, rules Rules) (clause Clause, err error) {
	switch s.Act {
	case AskIdentity, GiveIdentity, Extend, CompletePartly, Deny:
		if clause, err = rules.Clause(r.Rule, r.Type); err != nil {
			return clause, err
		}
	}
	switch s.Act {
	case Extend, CompletePartly, Deny:
		if s.Act == Extend && r.Extended >= len(clause.Extensions) {
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
	case AskIdentity:
		if clause.Identity == IdentityNever {
			return r, fmt.Errorf("%w: %s lets nobody ask for proof", ErrIdentity, r.Rule)
		}
		if r.Identity != "" {
			return r, fmt.Errorf("%w: it was %s before", ErrIdentity, r.Identity)
		}
		if date > r.Due { // otherwise the person would have no time left, and pay for the controller's delay
			return r, fmt.Errorf("%w: it was due on %s", ErrLate, r.Due)
		}
		r.Identity = statement.IdentityWanted
		if clause.Identity == IdentityRestarts { // the person gets as much time as the controller
			r.CountedFrom, r.Next = date, clause.Answer.after(today, c).String()
			r.Due = r.Next
		}
	case GiveIdentity:
		r.Identity = statement.IdentityGiven
		if r.CountedFrom != "" {
			r.CountedFrom, r.Due = date, clause.Answer.after(today, c).String()
		}
	case Extend:
		if date > r.Due {
			return r, fmt.Errorf("%w: it was due on %s", ErrLate, r.Due)
		}
		r.Due = clause.Extensions[r.Extended].Answer.after(start(r, c), c).String()
		r.Extended++
	case Miss:
		if date <= r.Due {
			return r, fmt.Errorf("%w: it is due on %s", ErrEarly, r.Due)
		}
	case Expire:
		if date <= r.NextDate() {
			return r, fmt.Errorf("%w: the person has until the end of %s", ErrEarly, r.NextDate())
		}
	}
	return r, nil
}

// start is the day from which deadlines are counted.
func start(r statement.Request, c *Calendar) time.Time {
	if d, err := time.Parse(time.DateOnly, r.CountedFrom); err == nil {
		return d.Add(12 * time.Hour)
	}
	return c.day(r.Received)
}

// next is the next date of the request in its present state. It lies in the past if that
// date was missed.
func next(r statement.Request) string {
	switch {
	case r.State.Ended():
		return ""
	case r.Confirm != "" && r.Confirmed == "":
		return min(r.Confirm, r.Due)
	}
	return r.Due
}
