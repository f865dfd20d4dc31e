package datarequest

import (
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// Choice is an act that is possible, what it makes of the request, and the reasons of
// which it takes one.
type Choice struct {
	Act     Act                    `json:"act"`
	Becomes statement.RequestState `json:"becomes"`
	Due     string                 `json:"due,omitempty"` // the deadline afterwards, where the act alone changes it
	Reasons []string               `json:"reasons,omitempty"`

	NothingHeld bool `json:"nothing_held,omitempty"` // of Complete: the answer has no part, so the step has to say that nothing is held
	Withheld    bool `json:"withheld,omitempty"`     // of CompletePartly: the step has to say what the answer leaves out

	Dates *Span `json:"dates,omitempty"` // of SetDue: it takes one, and a reason in plain text; of an answer of the person: it may take one
}

// Choices lists what a party may do to the request at a moment: every act that Apply would
// not refuse.
func Choices(r statement.Request, by Party, at time.Time, rules Rules, c *Calendar) (choices []Choice) {
	clause, _ := rules.Clause(r.Rule, r.Type) // without a clause no act that takes a reason is possible
	for _, act := range Acts() {
		choice := Choice{
			Act: act, Reasons: slices.Clone(reasons(r, act, clause)), Dates: span(r, act, clause, c.day(at), c),
			NothingHeld: wantsContents(r, act), Withheld: wantsWithheld(r, act),
		}
		step := Step{Act: act, By: by, NothingHeld: choice.NothingHeld, Ready: Files(r)}
		if len(choice.Reasons) > 0 {
			step.Reason = choice.Reasons[0]
		}
		if choice.Withheld {
			step.Withheld = []statement.Withheld{{What: "something", Why: step.Reason}}
		}
		if act == SetDue {
			step.Due, step.Why = choice.Dates.Until, "some reason"
		}
		after, err := Apply(r, step, at, rules, c)
		if err != nil {
			continue
		}
		choice.Becomes = after.State
		if after.Due != r.Due && act != SetDue {
			choice.Due = after.Due
		}
		choices = append(choices, choice)
	}
	return choices
}

// reasons lists the reasons of which an act takes one, as the rule's clause has them.
func reasons(r statement.Request, act Act, clause Clause) []string {
	switch {
	case act == Extend && r.Extended < len(clause.Extensions):
		return clause.Extensions[r.Extended].Reasons
	case act == CompletePartly || act == Deny:
		return clause.Deny
	}
	return nil
}
