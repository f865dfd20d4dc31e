package cli

import (
	"slices"
	"strings"

	"consent-receipts/shared/statement"
)

// Scoped lists what a data request is limited to. An empty list means that it has no limit.
func Scoped(s statement.Scope) string {
	return strings.Join(append(slices.Clone(s.Purposes), s.Data...), ", ")
}

// Next says which step of a data request is due next, and when.
func Next(r statement.Request) string {
	date := r.NextDate()
	switch {
	case date == "":
		return "nothing is due"
	case !r.Open():
		return "an appeal is possible until " + date
	case r.State == statement.ToBeErased:
		return "to be erased by " + date
	case r.State == statement.WantsIdentity:
		return "the person shows who they are by " + date
	case r.Due == "":
		return "to be confirmed by " + date
	case date != r.Due:
		return "answer due " + r.Due + ", to be confirmed by " + date
	}
	return "answer due " + date
}
