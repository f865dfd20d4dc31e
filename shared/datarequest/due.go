package datarequest

import (
	"time"

	"consent-receipts/shared/statement"
)

// Dates are the dates that a rule sets for what was received at a moment, and how they were
// counted.
type Dates struct {
	Received Date // the day of receipt, from which days are counted; it does not count itself
	Clause   Clause
	Confirm  Counted
	Due      Counted
	Extended Counted // after the last extension
}

// Counted is a date, with the term that it is the end of. The zero Counted is no date.
type Counted struct {
	Date    Date
	Term    Term
	Skipped []Skipped // the public holidays that moved it
}

// Reckon counts the dates of a type of request, or of a withdrawal of consent, whose clock
// has an answer only: the end of processing. It wraps ErrUnknownRule and ErrNotCovered.
func Reckon(rules Rules, rule statement.Rule, t statement.RequestType, received time.Time, c *Calendar) (Dates, error) {
	clause, err := rules.clock(rule, t)
	if err != nil {
		return Dates{}, err
	}
	return clause.dates(received, c), nil
}

// dates counts the dates of a clause.
func (c Clause) dates(received time.Time, in *Calendar) Dates {
	out := Dates{Received: in.Today(received), Clause: c}
	if !c.inForce(out.Received.Time) {
		return out
	}
	count := func(t Term) Counted {
		end, skipped := t.reckon(out.Received.Time, 0, in)
		return Counted{end, t, skipped}
	}
	out.Confirm, out.Due = count(c.Confirm), count(c.Answer)
	if n := len(c.Extensions); n > 0 {
		out.Extended = count(c.Extensions[n-1].Answer)
	}
	return out
}

// clock finds the clause of a type of request, or makes one of a rule's revocation.
func (r Rules) clock(rule statement.Rule, t statement.RequestType) (Clause, error) {
	p, err := r.Pack(rule)
	if err == nil && t == statement.WithdrawalOfConsent && p.Revocation != nil {
		return Clause{Source: p.Revocation.Source, URL: p.Revocation.URL, Note: p.Revocation.Note, InForce: p.Revocation.InForce, Answer: p.Revocation.Stop}, nil
	}
	return r.Clause(rule, t)
}
