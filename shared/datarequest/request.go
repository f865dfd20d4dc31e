// Package datarequest is the pure domain of data requests: what a person may
// ask for, and by when the law wants an answer. It reads no clock. The rules are
// a reading of public texts, each with its source; they are not legal advice.
package datarequest

import "slices"

// Type is what a person asks for.
type Type string

// The types of request.
const (
	Access            Type = "access"
	Portability       Type = "portability"
	Erasure           Type = "erasure"
	Rectification     Type = "rectification"
	Restriction       Type = "restriction"
	Objection         Type = "objection"
	OptOutOfSale      Type = "opt-out-of-sale" // or of sharing
	LimitSensitiveUse Type = "limit-sensitive-use"
)

// Types lists every type.
func Types() []Type {
	return []Type{Access, Portability, Erasure, Rectification, Restriction, Objection, OptOutOfSale, LimitSensitiveUse}
}

// Valid reports whether t is a known type.
func (t Type) Valid() bool { return slices.Contains(Types(), t) }

// State is where a request stands.
type State string

// The states of a request.
const (
	Received  State = "received"
	Withdrawn State = "withdrawn" // taken back by the person
)
