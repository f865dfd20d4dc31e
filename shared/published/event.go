// Package published says what other systems are told of a receipt: the event of the
// schema published/1, a CloudEvent (CloudEvents 1.0) in JSON. It is made from an entry of
// the ledger, the first time and every time again the same, with the receipt's digest for
// its id. Events carry a pseudonym and what changed, and no text that a person wrote.
package published

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// ErrRefused: what the ledger holds is not what was signed. It is not published.
var ErrRefused = errors.New("entry refused")

// Bus takes events. It returns an error for each that it did not take.
type Bus interface {
	Put(ctx context.Context, events [][]byte) []error
}

// Events makes events of entries. Nothing in the ledger is believed but what a root of
// ours vouches for.
type Events struct {
	Verifier *receipt.Verifier // trusts our own roots
	Issuer   string
}

// cloudEvent is the JSON of schema/published/1.json. Its id is the receipt's digest, its
// subject a pseudonym. The event of a contact, which no other system is told, has ~<id>.
type cloudEvent = contracts.CloudEvent[data]

type data struct {
	Seq        uint64              `json:"seq"`
	Prev       string              `json:"prev,omitempty"`
	Event      statement.EventType `json:"event"`
	OccurredAt time.Time           `json:"occurred_at"`
	Catalogue  string              `json:"catalogue"`
	Changes    []change            `json:"changes"`
	Requests   []request           `json:"requests"`
}

type change struct {
	Purpose   string          `json:"purpose"`
	Recipient string          `json:"recipient"`
	From      statement.State `json:"from"`
	To        statement.State `json:"to"`
}

type request struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	State string `json:"state"`
	Rule  string `json:"rule"`
	Due   string `json:"due,omitempty"` // YYYY-MM-DD; "" if the rule names no date
}

// Of makes the event of an entry, after verifying its receipt and that it is in its own
// place. Its errors wrap ErrRefused.
func (s *Events) Of(e ledger.Entry) ([]byte, error) {
	out, err := s.event(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *Events) event(e ledger.Entry) (*cloudEvent, error) {
	r, err := s.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: s.Issuer, Subject: e.Subject.Pseudonym(), Seq: e.Seq})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	changes, err := receipt.Decode[change](r.Changes)
	if err != nil {
		return nil, fmt.Errorf("%w: a change", ErrRefused)
	}
	requests, err := receipt.Decode[request](r.Request)
	if err != nil {
		return nil, fmt.Errorf("%w: a request", ErrRefused)
	}
	return &cloudEvent{
		SpecVersion: "1.0", ID: r.Digest, Source: r.Issuer, Type: contracts.DetailType, Time: r.Time(), Subject: e.Subject.Whom(),
		DataContentType: "application/json", DataSchema: r.Issuer + "/schema/published/1.json",
		Data: data{
			Seq: r.Seq, Prev: r.Prev, Event: r.Event.Type, OccurredAt: r.Event.OccurredAt.UTC(), Catalogue: r.Catalogue,
			Changes: slices.DeleteFunc(changes, func(c change) bool {
				return c.Recipient == "" // an opt-out named something that nobody knows
			}),
			Requests: requests,
		},
	}, nil
}
