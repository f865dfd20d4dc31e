package datarequest

import (
	"fmt"
	"unicode/utf8"

	"consent-receipts/shared/statement"
)

// checkAnswer checks that an answer to a request for data has contents. A full answer has at
// least one part, or it says that nothing is held, and never both. A partial answer says what it
// leaves out and why. A partial answer to another request may say so.
func checkAnswer(r statement.Request, s Step, clause Clause) error {
	switch {
	case s.NothingHeld && (s.Act != Complete || !r.Type.HasParts()):
		return fmt.Errorf("%w: only a full answer to a request for data can say that nothing is held", ErrAnswer)
	case s.NothingHeld && r.Parts > 0:
		return fmt.Errorf("%w: it says that nothing is held, and has %d parts", ErrAnswer, r.Parts)
	case wantsContents(r, s.Act) && !s.NothingHeld:
		return fmt.Errorf("%w: it has no part: add one, or say that nothing is held", ErrAnswer)
	case s.Act.Completes() && s.Ready != Files(r):
		return fmt.Errorf("%w: its files changed while it was answered", ErrForbidden)
	case len(s.Withheld) > 0 && s.Act != CompletePartly:
		return fmt.Errorf("%w: only a partial answer leaves something out", ErrAnswer)
	case wantsWithheld(r, s.Act) && len(s.Withheld) == 0:
		return fmt.Errorf("%w: a partial answer says what it leaves out", ErrAnswer)
	case len(s.Withheld) > statement.MaxWithheld:
		return fmt.Errorf("%w: it leaves out at most %d things", ErrAnswer, statement.MaxWithheld)
	}
	for _, w := range s.Withheld {
		if n := utf8.RuneCountInString(w.What); n == 0 || n > statement.MaxWithheldText {
			return fmt.Errorf("%w: what it leaves out has 1 to %d characters", ErrAnswer, statement.MaxWithheldText)
		}
		if err := knows(clause.Deny, w.Why); err != nil {
			return err
		}
	}
	return nil
}

// wantsContents reports whether an act answers a request for data that has no part yet.
func wantsContents(r statement.Request, act Act) bool {
	return act == Complete && r.Type.HasParts() && r.Parts == 0
}

// wantsWithheld reports whether an act has to say what the answer leaves out.
func wantsWithheld(r statement.Request, act Act) bool {
	return act == CompletePartly && r.Type.HasParts()
}
