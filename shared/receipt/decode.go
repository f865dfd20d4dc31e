package receipt

import (
	"encoding/json"
	"fmt"

	"consent-receipts/shared/statement"
)

// Decode reads the disclosed elements of one of a receipt's arrays, such as changes as
// statement.Change.
func Decode[T any](elements []Element) ([]T, error) {
	values, _ := Values(elements)
	out := make([]T, len(values))
	for i, value := range values {
		if err := json.Unmarshal(value, &out[i]); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out, nil
}

// ReadStanding reads the standing after the receipt's event, as far as it is disclosed.
func (r *Receipt) ReadStanding() (statement.Standing, error) {
	values, _ := Values(r.Standing)
	return statement.ParseStanding(r.Seq, r.Time(), values)
}
