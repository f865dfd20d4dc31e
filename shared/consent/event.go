package consent

import (
	"time"

	"consent-receipts/shared/statement"
)

// Event is what a command comes to: everything that the receipt will state.
type Event struct {
	Type       statement.EventType
	OccurredAt time.Time
	Late       bool               // it happened before a consent that it ended was given
	Catalogue  string             // digest of the catalogue that the event was decided on
	Changes    []statement.Change // line by line
	Records    []statement.Record // in full, of each consent that was given, amended, ended or refused
	Standing   statement.Standing // after the event
	Requests   []statement.RequestStatement
	Notes      []statement.Note
	Corrects   *statement.Correction // of an annulment
}
