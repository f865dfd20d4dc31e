package looks

import (
	"errors"
	"fmt"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/strictjson"
)

// Shown is a record for display: in clear members, and signed.
type Shown struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	Act
	Record string `json:"record"` // the signed record
}

// Shown returns the record for display.
func (r *Record) Shown() Shown { return Shown{r.Seq, r.Time(), r.Act, r.Raw} }

// Verify checks displayed records offline. The issuer that the first record names must have
// signed each; each signed record must match its display, and follow the one before in the
// same ledger. Records before the first and after the last may be missing. Every error wraps
// ErrBroken.
func Verify(v *receipt.Verifier, shown []Shown) ([]*Record, error) {
	var records []*Record
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
			return nil, fmt.Errorf("%w: record %d differs from its display", ErrBroken, s.Seq)
		}
		records = append(records, r)
	}
	if err := Chain(records); err != nil {
		return nil, err
	}
	return records, nil
}

// parse verifies a record that the issuer signed.
func parse(v *receipt.Verifier, issuer, raw string) (*Record, error) {
	payload, err := v.VerifyToken(Type, issuer, raw, maxRecord)
	if err != nil {
		return nil, err
	}
	r := &Record{Raw: raw}
	if err := strictjson.Decode(payload, r); err != nil {
		return nil, errors.New("the signed text is not a record")
	}
	return r, nil
}
