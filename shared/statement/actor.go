package statement

import (
	"encoding/json"
	"slices"
)

// EvidenceLevel is the strength of the evidence for the actor's identity.
type EvidenceLevel string

// These are the levels of evidence, weakest first. Claimed: a producer of events states the
// identity. Email: this service sent a link to an address, and somebody who reads mails to it opened
// the link; who that is, nobody checked. Authenticated: this service checked the person's own token.
const (
	EvidenceNone          EvidenceLevel = "none"
	EvidenceClaimed       EvidenceLevel = "claimed"
	EvidenceEmail         EvidenceLevel = "email"
	EvidenceAuthenticated EvidenceLevel = "authenticated"
)

var evidenceLevels = []EvidenceLevel{EvidenceNone, EvidenceClaimed, EvidenceEmail, EvidenceAuthenticated}

// Meets reports whether e is at least as strong as minimum. An unknown level
// meets nothing.
func (e EvidenceLevel) Meets(minimum EvidenceLevel) bool {
	have, need := slices.Index(evidenceLevels, e), slices.Index(evidenceLevels, minimum)
	return need >= 0 && have >= need
}

// Role is the capacity in which somebody acts.
type Role string

// The roles of an actor.
const (
	RoleSubject  Role = "subject"
	RoleGuardian Role = "guardian"
	RoleAttorney Role = "attorney"
	RoleAgent    Role = "agent" // an agent of the controller
	RoleSystem   Role = "system"
	RoleSignal   Role = "signal"
)

// Actor is the actor of an event, with the authority if it was not the person.
type Actor struct {
	Role      Role      `json:"role"`
	ID        string    `json:"id,omitempty"`
	Authority Authority `json:"authority,omitzero"`
}

// Authority is the authority on which somebody acts for the person: a JSON object of short
// facts. A producer of events chooses their names, and they are kept unchanged.
type Authority struct{ json.RawMessage }

// Facts are the facts of an authority that this service itself states. The members are in
// alphabetical order.
type Facts struct {
	Case     string `json:"case,omitempty"`     // the case reference of the staff
	Law      string `json:"law,omitempty"`      // the law to which another system refers
	Party    string `json:"party,omitempty"`    // the party that asks, from another system
	Protocol string `json:"protocol,omitempty"` // the protocol of that party
}

// Authority returns the facts as an authority.
func (f Facts) Authority() Authority {
	b, _ := json.Marshal(f) // strings only: cannot fail
	return Authority{b}
}

// Facts returns the facts that this service knows. It returns none for an authority in
// another format.
func (a Authority) Facts() (f Facts) {
	if json.Unmarshal(a.RawMessage, &f) != nil {
		return Facts{}
	}
	return f
}

// Evidence is the evidence for an event. Channel and Producer come from the transport's
// configuration; Claimed is what a producer claims about the person.
type Evidence struct {
	Level          EvidenceLevel   `json:"level"`
	Offer          string          `json:"offer,omitempty"` // id of the offer
	Authentication *Authentication `json:"authentication,omitempty"`
	Channel        string          `json:"channel"`
	Producer       string          `json:"producer,omitempty"`
	Claimed        *Authentication `json:"claimed,omitempty"`
	GPC            bool            `json:"gpc,omitempty"`    // the request had the header Sec-GPC: 1
	Copied         *Copied         `json:"copied,omitempty"` // of an import: its origin
}

// Authentication is how the person was authenticated (OpenID Connect Core, 2).
type Authentication struct {
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"` // seconds since the epoch
}

// Copied names the earlier system's record from which an import was copied.
type Copied struct {
	System string `json:"system"` // a configured name
	Record string `json:"record"` // its id in that system: opaque, never a customer number

	// Attests states what the record attests of how the person expressed the consent. Every
	// import states it; receipts issued before this member existed lack it.
	Attests Attested `json:"attests,omitempty"`
}

// Attested is what an earlier system's record attests of how a consent was expressed.
type Attested string

// These are the kinds of consent of the Data Privacy Vocabulary 2.3, and claimed: nobody
// examined the record, and the operator states that its records claim the consent.
const (
	AttestedExplicit   Attested = "explicit"   // a statement about nothing but the consent
	AttestedExpressed  Attested = "expressed"  // an act that meant it, such as ticking a box
	AttestedImplied    Attested = "implied"    // an act that meant something else
	AttestedUninformed Attested = "uninformed" // without knowing what the consent was for
	AttestedClaimed    Attested = "claimed"
)
