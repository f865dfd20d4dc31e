// Package looks reads the signed records of the staff's acts on a person's data. The person
// has these records, and anybody can check them offline, as receipts.
//
// A record is a compact JWS (RFC 7515) of typ consent-audit+jwt, signed by a leaf key as a
// receipt is. Each record names the digest of the one before it, in a ledger of the staff's
// acts beside the person's own. Package audit writes these ledgers.
package looks

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
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
	ErrBroken = errors.New("the record of who looked is damaged")
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
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // of the ledger that has the record, see Of and OfDay
	Seq      uint64 `json:"seq"` // 1, 2, 3 ...
	Prev     string `json:"prev,omitempty"`
	IssuedAt int64  `json:"iat"` // seconds since the epoch
	Act

	Raw  string `json:"-"` // the signed record
	Root string `json:"-"` // fingerprint of the root that certified its signer
}

// Time returns when the act was recorded.
func (r *Record) Time() time.Time { return time.Unix(r.IssuedAt, 0).UTC() }

// Digest returns the digest of a record, over the ASCII of header.payload as for receipts.
func (r *Record) Digest() string {
	return statement.Digest([]byte(r.Raw[:strings.LastIndexByte(r.Raw, '.')]))
}

// Of returns the name of a person's audit ledger, from their pseudonym.
func Of(person string) string { return name("person", person) }

// OfDay returns the name of the audit ledger of a day in UTC, for acts that concern no person
// in particular.
func OfDay(at time.Time) string { return name("day", at.UTC().Format(time.DateOnly)) }

func name(kind, of string) string {
	sum := sha256.Sum256([]byte("consent-receipts/audit/1\x00" + kind + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Open verifies the record that a ledger returned for a place: its signature, and that it is
// the record of this place. Every error wraps ErrBroken.
func Open(v *receipt.Verifier, raw string, in receipt.Place) (*Record, error) {
	r, err := parse(v, raw)
	if err == nil {
		err = in.Check(r.Issuer, r.Subject, r.Seq)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, in.Seq, err)
	}
	return r, nil
}
