// Package chained has what the signed records of the staff have in common, whatever they
// record: the records of who looked (package looks), and those of a case (package casefile).
//
// A record is a compact JWS (RFC 7515), signed by a leaf key as a receipt is. It names its
// ledger, its number there, and the digest of the record before it. So nobody can change or
// remove one unseen. Package journal writes such ledgers.
package chained

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// ErrBroken: the records are not the chain that was written.
var ErrBroken = errors.New("the records of the staff are damaged")

// Head is what every record says of its place. A record is a struct that embeds it, beside
// what it records.
type Head struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // the name of the ledger that has the record
	Seq      uint64 `json:"seq"` // 1, 2, 3 ...
	Prev     string `json:"prev,omitempty"`
	IssuedAt int64  `json:"iat"` // seconds since the epoch

	Raw  string `json:"-"` // the signed record
	Root string `json:"-"` // fingerprint of the root that certified its signer
}

// Kind says how records of a type are signed.
type Kind struct {
	Type string // the typ of the JWS
	Max  int    // the size of the largest record, in bytes
}

// Record is a pointer to a struct that embeds Head.
type Record[T any] interface {
	*T
	Place() *Head
	Kind() Kind
}

// Place returns the head of the record.
func (h *Head) Place() *Head { return h }

// Time returns when the act was recorded.
func (h *Head) Time() time.Time { return time.Unix(h.IssuedAt, 0).UTC() }

// Digest returns the digest of a record, over the ASCII of header.payload as for receipts.
func (h *Head) Digest() string {
	return statement.Digest([]byte(h.Raw[:strings.LastIndexByte(h.Raw, '.')]))
}

// Parse verifies a record that the issuer signed that it names.
func Parse[T any, R Record[T]](v *receipt.Verifier, raw string) (R, error) {
	r := R(new(T))
	payload, root, err := v.VerifyClaimed(r.Kind().Type, raw, r.Kind().Max)
	if err != nil {
		return nil, err
	}
	if err := strictjson.Decode([]byte(payload.Raw()), r); err != nil {
		return nil, errors.New("the signed text is not a record")
	}
	r.Place().Raw, r.Place().Root = raw, root
	return r, nil
}

// Open verifies the record that a ledger returned for a place: its signature, and that it is
// the record of this place. Every error wraps ErrBroken.
func Open[T any, R Record[T]](v *receipt.Verifier, raw string, in receipt.Place) (R, error) {
	r, err := Parse[T, R](v, raw)
	if err == nil {
		h := r.Place()
		err = in.Check(h.Issuer, h.Subject, h.Seq)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, in.Seq, err)
	}
	return r, nil
}

// Ledger names the ledger that has a record.
type Ledger struct{ Issuer, Subject string }

// Link holds the members of a record that determine its place.
type Link struct {
	Ledger
	Seq          uint64
	iat          int64
	digest, prev string
}

// Link returns the members that determine the place of the record.
func (h *Head) Link() Link {
	return Link{Ledger{h.Issuer, h.Subject}, h.Seq, h.IssuedAt, h.Digest(), h.Prev}
}

// Follows reports whether a link is directly after another one.
func (l Link) Follows(before Link) bool {
	return l.Ledger == before.Ledger && l.Seq == before.Seq+1 && l.prev == before.digest && l.iat >= before.iat
}

// isPlaced reports whether a link names one before it exactly if it is not the first.
func (l Link) isPlaced() bool { return (l.Seq == 1) == (l.prev == "") }

// Check returns ErrBroken unless each record follows the one before. Records before the first
// may be missing.
func Check[T any, R Record[T]](records []R) error {
	var before Link
	for i, r := range records {
		l := r.Place().Link()
		if !l.isPlaced() || i > 0 && !l.Follows(before) {
			return fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, l.Seq)
		}
		before = l
	}
	return nil
}
