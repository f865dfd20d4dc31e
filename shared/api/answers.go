package api

import (
	"errors"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Answer is a template of the words to a person, filled in for one data request.
type Answer struct {
	ID    string            `json:"id"`
	Acts  []datarequest.Act `json:"acts"`  // the acts that are possible now, of those that it is for
	Title string            `json:"title"` // for the staff
	Text  string            `json:"text"`  // to the person, as the note of a step
}

// Preview is what the receipt of a step would state if the step were recorded now. Nobody signed
// it.
type Preview struct {
	Seq     uint64                     `json:"seq"`
	At      time.Time                  `json:"at"`
	Event   statement.EventType        `json:"event"`
	Actor   statement.Actor            `json:"actor"`
	Request statement.RequestStatement `json:"request"`
	Notes   []statement.Note           `json:"notes"`

	Controller *statement.Controller `json:"controller"`

	Language   string `json:"language"`    // as in Life
	SecondEyes bool   `json:"second_eyes"` // a second member of the staff has to approve the step
}

// Proposals, Approvals and Rejections are the paths of steps that need a second member of the staff,
// below that of the case.
const (
	Proposals  = "/proposals"
	Approvals  = "/approvals"
	Rejections = "/rejections"
)

// Verdict is the body that approves a proposal, or rejects it.
type Verdict struct {
	Of   uint64 `json:"of"`             // the number of the proposal
	Text string `json:"text,omitempty"` // of a rejection: why
}

// Proposal is a step that awaits the approval of a second member of the staff.
type Proposal struct {
	Of   uint64    `json:"of"` // its number
	At   time.Time `json:"at"`
	Mine bool      `json:"mine"` // whoever asks has proposed it, and can only take it back
	Step Step      `json:"step"`
}

// Unsigned returns the preview as the receipt of which it is one. It has no digest and no
// signature, so nothing takes it for a genuine one.
func (p *Preview) Unsigned() (*receipt.Receipt, error) {
	rec := &receipt.Receipt{Claims: receipt.Claims{
		Seq: p.Seq, IssuedAt: p.At.Unix(), Event: receipt.Event{Type: p.Event, OccurredAt: p.At}, Controller: p.Controller,
	}}
	var errs [3]error
	rec.Actor, errs[0] = receipt.Disclosed(p.Actor)
	rec.Request, errs[1] = receipt.Disclosed(p.Request)
	rec.Note, errs[2] = receipt.Disclosed(p.Notes...)
	return rec, errors.Join(errs[:]...)
}
