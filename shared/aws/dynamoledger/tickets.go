package dynamoledger

import (
	"context"

	"consent-receipts/shared/ledger"
)

// PutTicket implements ledger.Tickets: one insert, and one GetItem if the ticket is there
// already.
func (s *Store) PutTicket(ctx context.Context, key string, body []byte) ([]byte, error) {
	if err := ledger.CheckTicket(key, body); err != nil {
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
	if err := ledger.CheckTicketKey(key); err != nil {
		return nil, err
	}
	it, err := s.get(ctx, ticketPrefix+key, ticketSK)
	if err != nil {
		return nil, err
	}
	r := reader{item: it}
	return r.blob(attrBody), r.corrupt("a ticket")
}
