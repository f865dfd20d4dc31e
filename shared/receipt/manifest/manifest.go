// Package manifest knows the signed list of what the answer to a request for data consists
// of: anybody who has it can check it offline, and compare the files they got with it.
package manifest

import (
	"encoding/json"
	"errors"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Type is the `typ` of a manifest.
const Type = "data-request-manifest+jwt"

// MaxBytes bounds a signed manifest.
const MaxBytes = 128 << 10

// Manifest is the payload of a compact JWS (RFC 7515) that a leaf key signs.
type Manifest struct {
	Issuer   string            `json:"iss"`
	Subject  string            `json:"sub"`
	IssuedAt int64             `json:"iat"` // seconds since the epoch
	Request  statement.Request `json:"request"`
	Receipts Holding           `json:"receipts"`
	Parts    []StatedPart      `json:"parts"` // in the order in which they were added
}

// Holding is what the issuer's ledger itself has about the person: their receipts.
type Holding struct {
	Count  uint64 `json:"count"`  // the newest one's number
	Newest string `json:"newest"` // its digest, on which all earlier ones hang
	Where  string `json:"where"`  // of the bundle
}

// StatedPart is a part of the answer, and the number of the receipt that states it.
type StatedPart struct {
	statement.Part
	Receipt uint64 `json:"receipt"`
}

// Time is the manifest's iat.
func (m *Manifest) Time() time.Time { return time.Unix(m.IssuedAt, 0).UTC() }

// Verify checks a signed manifest under the roots of the verifier. What is no genuine
// manifest is refused with a *receipt.Refusal.
func Verify(v *receipt.Verifier, token string) (*Manifest, error) {
	payload, err := v.VerifyToken(Type, receipt.ClaimedIssuer(token), token, MaxBytes)
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(payload, m); err != nil {
		return nil, errors.New("signed, and yet not a manifest")
	}
	return m, nil
}
