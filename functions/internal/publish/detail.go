package publish

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// ErrRefused: what the table holds is not what was signed. It is not published.
var ErrRefused = errors.New("entry refused")

// Issued tells what was issued, from what the table holds.
type Issued struct {
	Verifier *receipt.Verifier // trusts our own roots
	Issuer   string
}

// cloudEvent is the JSON of schema/published/1.json (CloudEvents 1.0).
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"` // the receipt's digest
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Time            time.Time `json:"time"`
	Subject         string    `json:"subject"` // pseudonym
	DataContentType string    `json:"datacontenttype"`
	DataSchema      string    `json:"dataschema"`
	Data            data      `json:"data"`
}

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
	Due   string `json:"due"` // YYYY-MM-DD
}

// Detail makes the event of an entry, after verifying its receipt and that it is
// in its own place. Its errors wrap ErrRefused.
func (s *Issued) Detail(e ledger.Entry) ([]byte, error) {
	out, err := s.event(e)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

func (s *Issued) event(e ledger.Entry) (*cloudEvent, error) {
	r, err := s.Verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: s.Issuer, Subject: e.Subject.Pseudonym(), Seq: e.Seq})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	out := &cloudEvent{
		SpecVersion: "1.0", ID: r.Digest, Source: r.Issuer, Type: contracts.DetailType, Time: r.Time(), Subject: r.Subject,
		DataContentType: "application/json", DataSchema: r.Issuer + "/schema/published/1.json",
		Data: data{
			Seq: r.Seq, Prev: r.Prev, Event: r.Event.Type, OccurredAt: r.Event.OccurredAt.UTC(), Catalogue: r.Catalogue,
			Changes: []change{}, Requests: []request{},
		},
	}
	for _, element := range r.Changes {
		var c change
		if err := json.Unmarshal(element.Value, &c); err != nil {
			return nil, fmt.Errorf("%w: a change", ErrRefused)
		}
		if c.Recipient != "" { // else an opt-out named something that nobody knows
			out.Data.Changes = append(out.Data.Changes, c)
		}
	}
	for _, element := range r.Request {
		var q request
		if err := json.Unmarshal(element.Value, &q); err != nil {
			return nil, fmt.Errorf("%w: a request", ErrRefused)
		}
		out.Data.Requests = append(out.Data.Requests, q)
	}
	return out, nil
}
