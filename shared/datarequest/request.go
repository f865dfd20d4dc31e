// Package datarequest is the pure domain of data requests: how a
// request lives until it is answered, and by when the law wants
// that. It reads no clock. The rules are a reading of public texts, each with its
// source; they are not legal advice.
//
// Transitions is the one table of states. Apply carries a step out, or refuses it with one of the errors of this package. A rule is data: the built-in
// ones are in rules, an operator writes further ones in the catalogue.
package datarequest

import (
	"slices"

	"consent-receipts/shared/statement"
)

// Lapse returns the act that time alone causes, and the date after whose end it does. A
// request whose receipt nobody confirms, or that nobody answers, becomes overdue; one whose
// person does not prove their identity expires. A request that is overdue already, was granted, or has ended does not
// lapse; nor does one without a date, or whose clock stands still.
func Lapse(r statement.Request) (act Act, after string, ok bool) {
	switch {
	case slices.Contains(atWork, r.State):
		return Miss, r.NextDate(), Awaited(r) != ""
	case r.State == statement.WantsIdentity:
		return Expire, r.NextDate(), r.NextDate() != ""
	}
	return "", "", false
}

// Appealable reports whether the answer may be appealed against on the given date.
func Appealable(r statement.Request, today string) bool {
	return (r.State == statement.Denied || r.State == statement.PartlyCompleted) && r.Next != "" && today <= r.Next
}
