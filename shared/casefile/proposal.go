package casefile

import (
	"encoding/json"
	"errors"
)

// ErrSecondEyes: a step needs the approval of a second member of the staff, so it has to be
// proposed.
var ErrSecondEyes = errors.New("a second member of the staff has to approve this step: propose it")

// Proposal is what the member Step of an act of the kind Propose holds.
type Proposal struct {
	Step    json.RawMessage `json:"step"`    // the body of the step
	Receipt uint64          `json:"receipt"` // the newest receipt about the request when the step was proposed
}

// Proposed reads the proposal that awaits its approval. Without one it returns ErrMoved.
func (f *File) Proposed() (*Record, Proposal, error) {
	var p Proposal
	if f.Proposal == nil {
		return nil, p, ErrMoved
	}
	return f.Proposal, p, json.Unmarshal(f.Proposal.Step, &p)
}
