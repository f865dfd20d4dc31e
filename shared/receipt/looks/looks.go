// Package looks reads the signed records of the staff's acts on a person's data. The person
// has these records, and anybody can check them offline, as receipts.
//
// A record has the typ consent-audit+jwt. Each names the digest of the one before it, in a
// ledger of the staff's acts beside the person's own; package chained has the rule. Package
// audit writes these ledgers.
package looks

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/receipt/chained"
)

// Type is the typ of a record.
const Type = "consent-audit+jwt"

// maxRecord is the size of the largest record, in bytes.
const maxRecord = 8 << 10

// maxText is the maximum length of each text of an act, in bytes.
const maxText = 200

var (
	// ErrInvalid: the act does not state who did what in which role, or a text is too long.
	ErrInvalid = errors.New("not an act that can be recorded")

	// ErrBroken: the records are not the chain that was written.
	ErrBroken = chained.ErrBroken
)

// Act is an action of a staff member: reading a person's data, or acting for the person.
type Act struct {
	Staff string `json:"staff"`           // the staff member: a pseudonym of the identity in the access token
	Role  string `json:"role"`            // operator or auditor
	Did   string `json:"did"`             // such as standing.read or opt-out
	Case  string `json:"case,omitempty"`  // reference of the case in which the staff member acted
	About string `json:"about,omitempty"` // the request or receipt concerned

	// Reason is for what the staff member looked, where the act demands to say so; see
	// api.IdentityReasons. Records before December 2026 have none.
	Reason string `json:"reason,omitempty"`
}

// Validate returns ErrInvalid unless the act is complete and within the limits.
func (a Act) Validate() error {
	for _, text := range []string{a.Staff, a.Role, a.Did, a.Case, a.About, a.Reason} {
		if len(text) > maxText {
			return fmt.Errorf("%w: a text of %d bytes, at most %d", ErrInvalid, len(text), maxText)
		}
	}
	if a.Staff == "" || a.Role == "" || a.Did == "" {
		return fmt.Errorf("%w: it does not state actor, action and role", ErrInvalid)
	}
	return nil
}

// Record is an act as it was recorded.
type Record struct {
	chained.Head // Subject is of the ledger that has the record, see Of and OfDay
	Act
}

// Kind says how records of who looked are signed.
func (*Record) Kind() chained.Kind { return chained.Kind{Type: Type, Max: maxRecord} }

// Of returns the name of a person's audit ledger, from their pseudonym.
func Of(person string) string { return name("person", person) }

// OfDay returns the name of the audit ledger of a day in UTC, for acts that concern no person
// in particular.
func OfDay(at time.Time) string { return name("day", at.UTC().Format(time.DateOnly)) }

func name(kind, of string) string {
	sum := sha256.Sum256([]byte("consent-receipts/audit/1\x00" + kind + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
