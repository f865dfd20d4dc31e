package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/receipt"
)

// Shown is a record as it is shown: in words, and as it is signed.
type Shown struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Staff  string    `json:"staff"`
	Role   string    `json:"role"`
	Did    string    `json:"did"`
	Case   string    `json:"case,omitempty"`
	About  string    `json:"about,omitempty"`
	Record string    `json:"record"` // as it is signed
}

// Shown returns the record as it is shown.
func (r *Record) Shown() Shown {
	return Shown{r.Seq, r.Time(), r.Staff, r.Role, r.Did, r.Case, r.About, r.Raw}
}

// Verify checks records that somebody has, offline: each is signed by the one issuer
// whom the first names, says what is shown of it, and follows the one before, in one
// ledger. Those before the first, and after the last, are not its affair. The error
// wraps ErrBroken.
func Verify(v *receipt.Verifier, shown []Shown) ([]*Record, error) {
	var records []*Record
	for i, s := range shown {
		r, err := parse(v, claimedIssuer(shown[0].Record), s.Record)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, s.Seq, err)
		case s != r.Shown():
			return nil, fmt.Errorf("%w: record %d does not say what is shown of it", ErrBroken, s.Seq)
		case i == 0 && r.Seq == 1 && r.Prev != "",
			i > 0 && (r.Subject != records[0].Subject || r.Seq != records[i-1].Seq+1 || r.Prev != records[i-1].digest()):
			return nil, fmt.Errorf("%w: record %d does not follow the one before", ErrBroken, s.Seq)
		}
		records = append(records, r)
	}
	return records, nil
}

// claimedIssuer is the issuer that a record names; whether it is, its signature says.
func claimedIssuer(raw string) string {
	var claims struct {
		Issuer string `json:"iss"`
	}
	if part := strings.Split(raw, "."); len(part) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(part[1]) // refused by parse if it is none
		_ = json.Unmarshal(payload, &claims)
	}
	return claims.Issuer
}

// parse believes a record that the issuer signed.
func parse(v *receipt.Verifier, issuer, raw string) (*Record, error) {
	payload, err := v.VerifyToken(Type, issuer, raw, maxRecord)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	r := &Record{Raw: raw}
	if err := d.Decode(r); err != nil {
		return nil, errors.New("signed, and yet no record")
	}
	return r, nil
}
