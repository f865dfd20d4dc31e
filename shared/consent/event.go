package consent

import (
	"time"

	"consent-receipts/shared/statement"
)

// Event is the result of a command: everything that the receipt will state.
type Event struct {
	Type       statement.EventType
	OccurredAt time.Time
	Late       bool               // it happened before a consent that it ended was given
	Catalogue  string             // digest of the catalogue that the decision used
	Changes    []statement.Change // one for each changed line
	Records    []statement.Record // full records of the consents that were given, amended, ended or refused
	Standing   statement.Standing // after the event
	Requests   []statement.RequestStatement
	Notes      []statement.Note
	Corrects   *statement.Correction // of an annulment
}
