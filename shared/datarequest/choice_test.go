package datarequest_test

import (
	"slices"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TestChoices: what is offered is what would not be refused, in every state, on time and
// late, with every reason that any rule knows.
func TestChoices(t *testing.T) {
	c := calendar(t, "UTC", nil)
	received := moment(t, "2026-06-01T12:00:00Z")
	offered := 0
	for _, rule := range []statement.Rule{"gdpr", "ccpa", "uk-gdpr", "quebec"} {
		for _, kind := range []statement.RequestType{statement.Access, statement.Erasure, statement.OptOutOfSale} {
			for _, state := range statement.RequestStates() {
				for days := range 3 {
					r, clause, err := datarequest.Open("id", kind, rule, "", received, nil, c)
					if err != nil {
						continue // not covered
					}
					r.State, r.Extended = state, days%2
					at := received.AddDate(0, 0, 200*days)
					reasons := append([]string{"", "made-up"}, clause.Deny...)
					for _, e := range clause.Extensions {
						reasons = append(reasons, e.Reasons...)
					}
					for _, by := range []datarequest.Party{datarequest.Person, datarequest.Staff, datarequest.System} {
						choices := datarequest.Choices(r, by, at, nil, c)
						offered += len(choices)
						for _, choice := range choices {
							if choice.Act == datarequest.Extend && !slices.Equal(choice.Reasons, clause.Extensions[r.Extended].Reasons) {
								t.Errorf("%s: extended for one of %v", rule, choice.Reasons)
							}
						}
						for _, act := range datarequest.Acts() {
							i := slices.IndexFunc(choices, func(c datarequest.Choice) bool { return c.Act == act })
							for _, reason := range reasons {
								step := datarequest.Step{Act: act, By: by, Reason: reason}
								if i >= 0 {
									step.NothingHeld = choices[i].NothingHeld
								}
								if i >= 0 && choices[i].Withheld {
									step.Withheld = []statement.Withheld{{What: "something", Why: clause.Deny[0]}}
								}
								if act == datarequest.SetDue && i >= 0 {
									step.Due, step.Why = choices[i].Dates.From, "why"
								}
								after, err := datarequest.Apply(r, step, at, nil, c)
								takes := i >= 0 && (slices.Contains(choices[i].Reasons, reason) || reason == "" && len(choices[i].Reasons) == 0)
								if takes != (err == nil) {
									t.Errorf("%s %s %s, %s by %s for %q: offered %v, but %v", rule, kind, state, act, by, reason, takes, err)
								}
								if takes && err == nil && (choices[i].Becomes != after.State || choices[i].Due != "" && choices[i].Due != after.Due || choices[i].Due == "" && act != datarequest.SetDue && after.Due != r.Due) {
									t.Errorf("%s %s %s, %s: promised %+v, became %+v", rule, kind, state, act, choices[i], after)
								}
							}
						}
					}
				}
			}
		}
	}
	if offered == 0 {
		t.Error("nothing was ever possible")
	}
}
