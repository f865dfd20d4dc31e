package api

import (
	"time"

	"consent-receipts/shared/datarequest"
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
