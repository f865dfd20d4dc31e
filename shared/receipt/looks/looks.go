// Package looks knows the signed record of who of the staff looked at a person's data, or
// acted for them, as the person has it: anybody can check it offline, as a receipt.
//
// A record is a JWS in its compact form (RFC 7515) of typ consent-audit+jwt, signed by a
// leaf key as receipts are. Each names the digest of the one before it, in a ledger of
// the staff's acts that is kept beside the person's own. Package audit keeps those.
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

// maxText is how long each text of an act may be, in bytes.
const maxText = 200

var (
	// ErrInvalid: an act that does not say who did what in which role, or that has a
	// text that is too long.
	ErrInvalid = errors.New("not an act that can be recorded")

	// ErrBroken: the records are not the chain that was written.
	ErrBroken = errors.New("the record of who looked is damaged")
)

// Act is what somebody of the staff did, or read.
type Act struct {
	Staff string `json:"staff"`           // who: a pseudonym of what their access token names them
	Role  string `json:"role"`            // operator or auditor
	Did   string `json:"did"`             // such as standing.read or opt-out
	Case  string `json:"case,omitempty"`  // reference of the case that it was for
	About string `json:"about,omitempty"` // the request or the receipt that it was about
}

// Validate returns ErrInvalid unless the act can be recorded.
func (a Act) Validate() error {
	for _, text := range []string{a.Staff, a.Role, a.Did, a.Case, a.About} {
		if len(text) > maxText {
			return fmt.Errorf("%w: a text of %d bytes, at most %d", ErrInvalid, len(text), maxText)
		}
	}
	if a.Staff == "" || a.Role == "" || a.Did == "" {
		return fmt.Errorf("%w: it does not say who did what, and in which role", ErrInvalid)
	}
	return nil
}

// Record is an act as it was recorded.
type Record struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // of the ledger that the record is in, see Of and OfDay
	Seq      uint64 `json:"seq"` // 1, 2, 3 ...
	Prev     string `json:"prev,omitempty"`
	IssuedAt int64  `json:"iat"` // seconds since 1970
	Act

	Raw string `json:"-"` // the record as it is signed
}

// Time is when it was recorded.
func (r *Record) Time() time.Time { return time.Unix(r.IssuedAt, 0).UTC() }

// Digest is that of a record, over the ASCII of header.payload as for receipts.
func (r *Record) Digest() string {
	return statement.Digest([]byte(r.Raw[:strings.LastIndexByte(r.Raw, '.')]))
}

// Follows returns ErrBroken unless the record is the first of its ledger (before is nil),
// or the one after another.
func (r *Record) Follows(before *Record) error {
	if before == nil && r.Seq == 1 && r.Prev == "" ||
		before != nil && r.Subject == before.Subject && r.Seq == before.Seq+1 && r.Prev == before.Digest() {
		return nil
	}
	return fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, r.Seq)
}

// Chain returns ErrBroken unless each record follows the one before. What is before the
// first one may be missing.
func Chain(records []*Record) error {
	var before *Record
	for _, r := range records {
		if before != nil || r.Seq == 1 {
			if err := r.Follows(before); err != nil {
				return err
			}
		}
		before = r
	}
	return nil
}

// Of names the ledger of who looked at a person, by their pseudonym.
func Of(person string) string { return name("person", person) }

// OfDay names the ledger of a day in UTC: of acts that concern nobody in particular.
func OfDay(at time.Time) string { return name("day", at.UTC().Format(time.DateOnly)) }

func name(kind, of string) string {
	sum := sha256.Sum256([]byte("consent-receipts/audit/1\x00" + kind + "\x00" + of))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Open believes the record that a ledger has in a place, if it is signed, and for this
// place. The error wraps ErrBroken.
func Open(v *receipt.Verifier, raw string, in receipt.Place) (*Record, error) {
	r, err := parse(v, in.Issuer, raw)
	if err == nil {
		err = in.Check(r.Issuer, r.Subject, r.Seq)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, in.Seq, err)
	}
	return r, nil
}
