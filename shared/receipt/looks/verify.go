package looks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/chained"
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

// ByCase groups records by their case, in the order of the first record of each. Records without
// a case are one group.
func ByCase(records []Shown) (cases [][]Shown) {
	at := map[string]int{}
	for _, r := range records {
		i, ok := at[r.Case]
		if !ok {
			i, cases = len(cases), append(cases, nil)
			at[r.Case] = i
		}
		cases[i] = append(cases[i], r)
	}
	return cases
}

// displayed are the members of a Shown.
var displayed = []string{"seq", "at", "staff", "role", "did", "case", "about", "reason", "record"}

// Verify checks a list of displayed records offline, in JSON: {"records": [Shown...]}. One
// issuer must have signed every record; each signed record must match its display, and follow
// the one before in the same ledger. Records before the first and after
// the last may be missing. The error wraps ErrBroken, or is a *receipt.Refusal if it is no
// such list.
func Verify(v *receipt.Verifier, list []byte) ([]*Record, error) {
	shown, ok := parseList(list)
	if !ok {
		return nil, &receipt.Refusal{Code: receipt.CodeForm, Reason: "it is not the list of who looked"}
	}
	var records []*Record
	for i, s := range shown {
		r, err := chained.Parse[Record](v, s["record"].(string))
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: entry %d: %w", ErrBroken, i+1, err)
		case !r.isDisplayed(s):
			return nil, fmt.Errorf("%w: record %d differs from its display", ErrBroken, r.Seq)
		}
		records = append(records, r)
	}
	if err := chained.Check(records); err != nil {
		return nil, err
	}
	return records, nil
}

// parseList reads a list: objects, each with the text of a record. The names of members count
// as they are written, capitals and all.
func parseList(list []byte) (shown []map[string]any, ok bool) {
	list = bytes.TrimRight(list, " \t\r\n")
	var members map[string]json.RawMessage
	if strictjson.Check(list) != nil || json.Unmarshal(list, &members) != nil || json.Unmarshal(members["records"], &shown) != nil || shown == nil {
		return nil, false
	}
	for _, s := range shown {
		if _, ok := s["record"].(string); !ok {
			return nil, false
		}
	}
	return shown, true
}

// isDisplayed reports whether the members of a display say what is signed: what is not signed
// is not there either, not even empty.
func (r *Record) isDisplayed(shown map[string]any) bool {
	var want map[string]any
	b, err := json.Marshal(r.Shown())
	if err != nil || json.Unmarshal(b, &want) != nil {
		return false
	}
	return !slices.ContainsFunc(displayed, func(name string) bool {
		value, given := shown[name]
		wanted, signed := want[name]
		return given != signed || !reflect.DeepEqual(value, wanted)
	})
}
