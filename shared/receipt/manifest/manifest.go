// Package manifest reads the signed list of the parts of an answer to a data request. Anybody
// who has the list can check it offline, and compare the received files with it.
package manifest

import (
	"encoding/json"
	"fmt"
	"time"

	"consent-receipts/events"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Type is the `typ` of a manifest.
const Type = "data-request-manifest+jwt"

// MaxBytes is the maximum size of a signed manifest.
const MaxBytes = 128 << 10

// Manifest is the payload of a compact JWS (RFC 7515) that a leaf key signs.
type Manifest struct {
	Issuer   string            `json:"iss"`
	Subject  string            `json:"sub"`
	IssuedAt int64             `json:"iat"` // seconds since the epoch
	Request  statement.Request `json:"request"`
	Receipts Holding           `json:"receipts"`
	Parts    []StatedPart      `json:"parts"` // in the order in which they were added

	Root string `json:"-"` // fingerprint of the root that certified its signer, or ""
}

// Holding is the issuer's own data about the person: their receipts.
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

// Verify checks a signed manifest under the roots of the verifier. It refuses any other token
// with a *receipt.Refusal.
func Verify(v *receipt.Verifier, token string) (*Manifest, error) {
	payload, root, err := v.VerifyClaimed(Type, token, MaxBytes)
	if err != nil {
		return nil, err
	}
	if err := events.Check("manifest/1", payload); err != nil {
		return nil, &receipt.Refusal{Code: receipt.CodeSchema, Reason: fmt.Sprintf("against the published schema %v", err)}
	}
	m := &Manifest{Root: root}
	if err := json.Unmarshal([]byte(payload.Raw()), m); err != nil {
		return nil, &receipt.Refusal{Code: receipt.CodeSchema, Reason: "the signed text is not a manifest"}
	}
	return m, nil
}
