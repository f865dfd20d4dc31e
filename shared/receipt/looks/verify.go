package looks

import (
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/strictjson"
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
	var before *Record
	issuer := ""
	if len(shown) > 0 {
		issuer = receipt.ClaimedIssuer(shown[0].Record)
	}
	for _, s := range shown {
		r, err := parse(v, issuer, s.Record)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: record %d: %w", ErrBroken, s.Seq, err)
		case s != r.Shown():
			return nil, fmt.Errorf("%w: record %d does not say what is shown of it", ErrBroken, s.Seq)
		}
		if before != nil || r.Seq == 1 { // else what is before is missing
			if err := r.Follows(before); err != nil {
				return nil, err
			}
		}
		records, before = append(records, r), r
	}
	return records, nil
}

// parse believes a record that the issuer signed.
func parse(v *receipt.Verifier, issuer, raw string) (*Record, error) {
	payload, err := v.VerifyToken(Type, issuer, raw, maxRecord)
	if err != nil {
		return nil, err
	}
	r := &Record{Raw: raw}
	if err := strictjson.Decode(payload, r); err != nil {
		return nil, errors.New("signed, and yet no record")
	}
	return r, nil
}
