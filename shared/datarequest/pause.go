package datarequest

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Values of statement.Pause.Why.
const (
	pauseIdentity      = "identity"
	pauseClarification = "clarification"
)

// MaxPauses is how often the clock of one request is stopped at most.
const MaxPauses = 16

// Stopped reports whether the clock of a request stands still.
func Stopped(r statement.Request) bool {
	return len(r.Pauses) > 0 && r.Pauses[len(r.Pauses)-1].Until == ""
}

// Deadline is the date by which the answer is due, or "" if the rule sets none or the clock
// stands still.
func Deadline(r statement.Request) string {
	if Stopped(r) {
		return ""
	}
	return r.Due
}

// Awaited is the date by which an open request needs its next step: first that its receipt is
// confirmed, where the rule sets a date for that, then the answer. It is "" if there is no
// date, or the clock stands still.
func Awaited(r statement.Request) string {
	if !r.Open() || Stopped(r) {
		return ""
	}
	return r.NextDate()
}

// DaysLeft counts the days from a date to a deadline, both written 2006-01-02: 0 on the last
// day, and less than 0 when it is over. It is not ok without a deadline.
func DaysLeft(due, today string) (days int, ok bool) {
	end, err := time.Parse(time.DateOnly, due)
	from, err2 := time.Parse(time.DateOnly, today)
	return int(end.Sub(from).Hours() / 24), err == nil && err2 == nil
}

// askIdentity asks the person who they are.
func askIdentity(r statement.Request, clause Clause, today time.Time, c *Calendar) (statement.Request, error) {
	switch {
	case clause.Identity == IdentityNever:
		return r, fmt.Errorf("%w: %s lets nobody ask for proof", ErrIdentity, r.Rule)
	case r.Identity != "":
		return r, fmt.Errorf("%w: it was %s before", ErrIdentity, r.Identity)
	}
	r.Identity = statement.IdentityWanted
	if r.Due == "" || clause.Identity == IdentityRuns {
		return r, nil
	}
	date := Date{today}.String()
	r.Due, r.DueSet = clause.Answer.after(today, 0, c).String(), nil // the person gets as much time as the controller
	if clause.Identity == IdentityPauses {
		return pause(r, date, pauseIdentity)
	}
	r.CountedFrom = date
	return r, nil
}

// answer records that the person proved who they are, or said what they mean. The clock goes
// by the day on which their answer was received.
func answer(r statement.Request, s Step, clause Clause, today time.Time, c *Calendar) (statement.Request, error) {
	day := today
	if s.Received != "" {
		if err := span(r, s.Act, clause, today, c).check(s.Received); err != nil {
			return r, err
		}
		day, _ = civil(s.Received) // the span has it
	}
	if s.Act == GiveIdentity {
		return giveIdentity(r, clause, day, c), nil
	}
	return giveClarification(r, clause, day, c)
}

// giveIdentity records that the proof was good. It was received on a day.
func giveIdentity(r statement.Request, clause Clause, day time.Time, c *Calendar) statement.Request {
	r.Identity = statement.IdentityGiven
	if r.CountedFrom != "" {
		r.CountedFrom, r.Due = Date{day}.String(), clause.Answer.after(day, 0, c).String()
	}
	if Stopped(r) {
		r = resume(r, clause, day, c)
	}
	return r
}

// askClarification asks the person what they mean, and stops the clock.
func askClarification(r statement.Request, clause Clause, date string) (statement.Request, error) {
	if !clause.Clarify {
		return r, fmt.Errorf("%w: %s does not stop it for a question", ErrPause, r.Rule)
	}
	return pause(r, date, pauseClarification)
}

// giveClarification records the person's answer, which was received on a day, and starts the
// clock again.
func giveClarification(r statement.Request, clause Clause, day time.Time, c *Calendar) (statement.Request, error) {
	if !Stopped(r) {
		return r, fmt.Errorf("%w: it runs", ErrPause)
	}
	return resume(r, clause, day, c), nil
}

// pause stops the clock of a request.
func pause(r statement.Request, date, why string) (statement.Request, error) {
	if Stopped(r) || len(r.Pauses) >= MaxPauses {
		return r, fmt.Errorf("%w: it is stopped, or was %d times", ErrPause, len(r.Pauses))
	}
	r.Pauses = append(slices.Clone(r.Pauses), statement.Pause{From: date, Why: why})
	return r, nil
}

// resume starts the clock again, as of a day. A deadline that was set by hand stays.
func resume(r statement.Request, clause Clause, day time.Time, c *Calendar) statement.Request {
	r.Pauses = ended(r.Pauses, Date{day}.String())
	if r.DueSet == nil {
		r.Due = deadline(r, clause, day, c)
	}
	return r
}

// ended ends the last pause on a date, if it lasts.
func ended(pauses []statement.Pause, date string) []statement.Pause {
	if n := len(pauses); n > 0 && pauses[n-1].Until == "" {
		pauses = slices.Clone(pauses)
		pauses[n-1].Until = date
	}
	return pauses
}

// paused counts the days of all pauses. Both days of a pause are part of it; a day that is in
// two of them counts once. A pause that lasts is counted until today.
func paused(pauses []statement.Pause, today string) (days int) {
	last := ""
	for _, p := range ended(pauses, today) {
		n, _ := DaysLeft(p.Until, p.From)
		days += n + 1
		if p.From == last {
			days--
		}
		last = p.Until
	}
	return days
}
