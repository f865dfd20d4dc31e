package dynamoledger

import (
	"context"
	"errors"
	"fmt"

	"consent-receipts/shared/ledger"
)

// PutTicket implements ledger.Tickets: one insert, and one GetItem if the ticket is there
// already.
func (s *Store) PutTicket(ctx context.Context, key string, body []byte) ([]byte, error) {
	if err := errors.Join(ledger.CheckTicket(key, body), ended(ctx)); err != nil {
		return nil, err
	}
	it := itemKey(ticketPrefix+key, ticketSK)
	it[attrBody] = blob(body)
	there := body
	err := s.insert(ctx, it, func(it item) bool {
		r := reader{item: it}
		there = r.blob(attrBody)
		return r.err == nil
	})
	if err != nil {
		return nil, err
	}
	return there, nil
}

// Ticket implements ledger.Tickets: one GetItem.
func (s *Store) Ticket(ctx context.Context, key string) ([]byte, error) {
	if err := errors.Join(ledger.CheckTicketKey(key), ended(ctx)); err != nil {
		return nil, err
	}
	it, err := s.get(ctx, ticketPrefix+key, ticketSK)
	if err != nil {
		return nil, err
	}
	r := reader{item: it}
	body := r.blob(attrBody)
	if r.err != nil {
		return nil, fmt.Errorf("%w: a ticket: %v", ledger.ErrCorrupt, r.err)
	}
	return body, nil
}
