package api

// IdentityReasons are the reasons for which the staff opens whose data request it is: to collect
// the data of the request, to call the person back, to check who they are.
var IdentityReasons = []string{"collect", "call-back", "check-identity"}

// OpenIdentity is the body by which an operator opens whose data request it is.
type OpenIdentity struct {
	Reason string `json:"reason"` // one of IdentityReasons; it is recorded, and the person can read it
}

// Identity says whose data request it is: a customer's, or that of somebody without an account.
type Identity struct {
	Customer string `json:"customer,omitempty"` // the number under which the controller knows the person
	Email    string `json:"email,omitempty"`    // the address that somebody without an account proved
}

// Identity is the path at which it is opened whose data request it is, by its id.
func (l Ledger) Identity(id string) string { return l.Request(id) + "/identity" }
