package statement

import (
	"encoding/json"
	"slices"
)

// EvidenceLevel is how sure the system is, or must be, of who acted.
type EvidenceLevel string

// The levels of evidence, weakest first. Claimed: a producer of events says so.
// Authenticated: this service checked the person's own token.
const (
	EvidenceNone          EvidenceLevel = "none"
	EvidenceClaimed       EvidenceLevel = "claimed"
	EvidenceAuthenticated EvidenceLevel = "authenticated"
)

var evidenceLevels = []EvidenceLevel{EvidenceNone, EvidenceClaimed, EvidenceAuthenticated}

// Meets reports whether e is at least as strong as minimum. An unknown level
// meets nothing.
func (e EvidenceLevel) Meets(minimum EvidenceLevel) bool {
	have, need := slices.Index(evidenceLevels, e), slices.Index(evidenceLevels, minimum)
	return have >= 0 && need >= 0 && have >= need
}

// Role says in which capacity somebody acts.
type Role string

// The roles of an actor.
const (
	RoleSubject  Role = "subject"
	RoleGuardian Role = "guardian"
	RoleAttorney Role = "attorney"
	RoleAgent    Role = "agent" // of the controller
	RoleSystem   Role = "system"
	RoleSignal   Role = "signal"
)

// Actor is who acted, and on what authority when it was not the person.
type Actor struct {
	Role      Role      `json:"role"`
	ID        string    `json:"id,omitempty"`
	Authority Authority `json:"authority,omitzero"`
}

// Authority is on what authority somebody acts for the person: a JSON object of short
// facts. A producer of events chooses their names, and they are kept as they came.
type Authority struct{ json.RawMessage }

// Facts are those facts of an authority that this service states itself. The members
// stand in the order of their names.
type Facts struct {
	Case     string `json:"case,omitempty"`     // the staff's reference
	Law      string `json:"law,omitempty"`      // by which another system asks
	Party    string `json:"party,omitempty"`    // that asks from another system
	Protocol string `json:"protocol,omitempty"` // by which that party asks
}

// Authority states the facts.
func (f Facts) Authority() Authority {
	b, _ := json.Marshal(f) // strings: cannot fail
	return Authority{b}
}

// Facts reads the facts that this service knows. It returns none for an authority that
// states them in another form.
func (a Authority) Facts() (f Facts) {
	if json.Unmarshal(a.RawMessage, &f) != nil {
		return Facts{}
	}
	return f
}

// Evidence is how this service knows. Channel and Producer come from the
// transport's configuration; Claimed is what a producer says of the person.
type Evidence struct {
	Level          EvidenceLevel   `json:"level"`
	Offer          string          `json:"offer,omitempty"` // the offer's id
	Authentication *Authentication `json:"authentication,omitempty"`
	Channel        string          `json:"channel"`
	Producer       string          `json:"producer,omitempty"`
	Claimed        *Authentication `json:"claimed,omitempty"`
	GPC            bool            `json:"gpc,omitempty"`    // Sec-GPC: 1 came with it
	Copied         *Copied         `json:"copied,omitempty"` // of an import: where it was copied from
}

// Authentication is how the person was authenticated (OpenID Connect Core, 2).
type Authentication struct {
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
	AuthTime int64    `json:"auth_time,omitempty"` // seconds since the epoch
}

// Copied names the record of an earlier system that an import was copied from.
type Copied struct {
	System string `json:"system"` // a configured name
	Record string `json:"record"` // its id there: opaque, never a customer number

	// Attests is what the record attests of how the person said it. Imports always state
	// it; it is absent in receipts from before they did.
	Attests Attested `json:"attests,omitempty"`
}

// Attested is what an earlier system's record attests of how a consent was expressed.
type Attested string

// What a record can attest: the kinds of consent of the Data Privacy Vocabulary 2.3, and
// where nobody looked, that the operator states that it was claimed in its own records.
const (
	AttestedExplicit   Attested = "explicit"   // by a statement about nothing but the consent
	AttestedExpressed  Attested = "expressed"  // by an act that meant it, such as a ticked box
	AttestedImplied    Attested = "implied"    // by an act that meant something else
	AttestedUninformed Attested = "uninformed" // without knowing what it was about
	AttestedClaimed    Attested = "claimed"
)
