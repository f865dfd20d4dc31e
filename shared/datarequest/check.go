package datarequest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rickar/cal/v2"

	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// ParsePack reads a pack in JSON, strictly.
func ParsePack(b []byte) (Pack, error) {
	var p Pack
	if len(b) > MaxPack {
		return p, fmt.Errorf("%w: %d bytes, at most %d", ErrPack, len(b), MaxPack)
	}
	if err := strictjson.Decode(b, &p); err != nil {
		return Pack{}, fmt.Errorf("%w: %v", ErrPack, err)
	}
	if err := p.Check(); err != nil {
		return Pack{}, err
	}
	return p, nil
}

// Check refuses a pack that says too little, too much, or something twice.
func (p Pack) Check() error {
	_, err := time.Parse(time.DateOnly, p.Read)
	switch {
	case !isText(p.Law) || !isText(p.Complaint):
		return fmt.Errorf("%w: law and complaint are texts of up to %d characters", ErrPack, maxText)
	case err != nil:
		return fmt.Errorf("%w: read is the date of this reading of the law", ErrPack)
	case p.Advice != Advice:
		return fmt.Errorf("%w: advice is %q", ErrPack, Advice)
	case len(p.Clauses) == 0 || len(p.Clauses) > maxClauses:
		return fmt.Errorf("%w: a pack has 1 to %d clauses", ErrPack, maxClauses)
	}
	if p.Calendar != nil {
		if _, err := NewCalendar(*p.Calendar); err != nil {
			return fmt.Errorf("%w: %v", ErrPack, err)
		}
	}
	if r := p.Revocation; r != nil {
		if err := r.check(); err != nil {
			return fmt.Errorf("%w: revocation: %v", ErrPack, err)
		}
	}
	seen := map[statement.RequestType]bool{}
	for i, c := range p.Clauses {
		if err := c.check(seen); err != nil {
			return fmt.Errorf("%w: clause %d: %v", ErrPack, i+1, err)
		}
	}
	for i, c := range p.Clauses {
		if c.Appeal != (Term{}) && !seen[statement.Appeal] {
			return fmt.Errorf("%w: clause %d may be appealed against, and no clause is of the type appeal", ErrPack, i+1)
		}
	}
	return nil
}

func (r Revocation) check() error {
	if err := checkSource(r.Source, r.URL, r.Note, r.InForce); err != nil {
		return err
	}
	return r.Stop.check()
}

// checkSource checks what a clause and a revocation say of their provision.
func checkSource(source, url, note, inForce string) error {
	if !isText(source) || len(url) > maxText || len([]rune(note)) > maxText {
		return fmt.Errorf("source, url and note are texts of up to %d characters", maxText)
	}
	if _, err := time.Parse(time.DateOnly, inForce); err != nil && inForce != "" {
		return errors.New("in_force is a date")
	}
	return nil
}

func (c Clause) check(seen map[statement.RequestType]bool) error {
	if len(c.Types) == 0 {
		return errors.New("it names no types")
	}
	for _, t := range c.Types {
		if !t.Valid() || t == statement.Withdrawal || seen[t] {
			return fmt.Errorf("type %.64q is unknown, never decided, or has a clause", t)
		}
		seen[t] = true
	}
	if err := checkSource(c.Source, c.URL, c.Note, c.InForce); err != nil {
		return err
	}
	if ways := []string{IdentityNever, IdentityRuns, IdentityRestarts, IdentityPauses}; !slices.Contains(ways, c.Identity) {
		return fmt.Errorf("identity is one of %v", ways)
	}
	if slices.ContainsFunc(c.Types, neverIdentity) && c.Identity != IdentityNever {
		return fmt.Errorf("nobody is asked who they are for %s and %s: identity is %s", statement.OptOutOfSale, statement.LimitSensitiveUse, IdentityNever)
	}
	if c.Answer.BusinessDays > 0 && (c.Clarify || c.Identity == IdentityPauses) {
		return errors.New("a clock of business days is never stopped")
	}
	if c.Answer.WithoutDelay && len(c.Extensions) > 0 {
		return errors.New("what is due without delay has no date to extend")
	}
	terms := []Term{c.Answer}
	lists := [][]string{c.Deny}
	for _, t := range []Term{c.Confirm, c.Appeal, c.Quiet} {
		if t != (Term{}) {
			terms = append(terms, t)
		}
	}
	for _, e := range c.Extensions {
		terms, lists = append(terms, e.Answer), append(lists, e.Reasons)
	}
	for _, t := range terms {
		if err := t.check(); err != nil {
			return err
		}
	}
	for _, reasons := range lists {
		if len(reasons) == 0 || len(reasons) > maxReasons || slices.ContainsFunc(reasons, func(id string) bool { return !validID(id) }) {
			return fmt.Errorf("deny, and each extension, has 1 to %d reasons of 1 to 64 small letters, digits and hyphens", maxReasons)
		}
	}
	return c.checkOrder()
}

// neverIdentity reports whether a type of request is carried out without proof of identity.
// Nobody is asked who they are in order to stop the sale of their data or the use of
// sensitive data, even where a law would allow it.
func neverIdentity(t statement.RequestType) bool {
	return t == statement.OptOutOfSale || t == statement.LimitSensitiveUse
}

// checkOrder compares the dates of a clause, counted from days on which months, leap
// years and weekends differ: a request is confirmed before it is answered, an extension
// shortens nothing, and the last deadline is near enough for a request to be looked for.
func (c Clause) checkOrder() error {
	calendar := &Calendar{business: cal.NewBusinessCalendar(), zone: time.UTC} // without holidays
	for n := range 24 {
		for _, day := range []int{1, 28, 31} {
			from := time.Date(2027, time.Month(1+n), day, 12, 0, 0, 0, time.UTC)
			last := c.Answer.after(from, 0, calendar)
			if !last.IsZero() && c.Confirm.after(from, 0, calendar).After(last.Time) {
				return errors.New("confirm ends after answer")
			}
			for i, e := range c.Extensions {
				next := e.Answer.after(from, 0, calendar)
				if next.Before(last.Time) {
					return fmt.Errorf("extension %d ends before what it extends", i+1)
				}
				last = next
			}
			if last.After(from.AddDate(0, MaxMonths, 0)) {
				return fmt.Errorf("the answer, extensions included, is due within %d months", MaxMonths)
			}
		}
	}
	return nil
}

func isText(s string) bool { n := len([]rune(s)); return n > 0 && n <= maxText }
