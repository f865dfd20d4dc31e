package api

import (
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/statement"
)

// These are the orders of a list, as ?order= names them. In either order ?cursor= is the
// number with which the list begins.
const (
	OldestFirst = "oldest"
	NewestFirst = "newest"
)

// Receipts is a list of receipts.
type Receipts struct {
	Receipts []ListedReceipt `json:"receipts"`
	Next     string          `json:"next,omitempty"` // the path of the next page
}

// ListedReceipt is a receipt in a list.
type ListedReceipt struct {
	Seq       uint64              `json:"seq"`
	Digest    string              `json:"digest"`
	IssuedAt  time.Time           `json:"issued_at"`
	EventType statement.EventType `json:"event_type"`
	Receipt   string              `json:"receipt"` // as it is signed
}

// Receipt is what a receipt says, for whoever does not verify it.
type Receipt struct {
	Digest  string         `json:"digest"`
	Receipt receipt.Claims `json:"receipt"`
}

// Looks lists who of the staff looked, or acted.
type Looks struct {
	Records []looks.Shown `json:"records"`
	Next    uint64        `json:"next_cursor,omitempty"`
}

// Find is the body that asks for a person by the number under which the controller knows
// them.
type Find struct {
	Customer string `json:"customer"`
}

// Found says where a person is found.
type Found struct {
	Person   string `json:"person"` // pseudonym
	Receipts uint64 `json:"receipts"`
}
