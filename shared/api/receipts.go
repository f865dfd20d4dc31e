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

// ListQuery asks for a part of a person's receipts, or of who looked at them.
type ListQuery struct {
	Order  string `query:"order"`
	Limit  int    `query:"limit"`
	Cursor string `query:"cursor"` // the number to begin with
}

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

// CopyQuery says in which form, and in which language, a receipt is written.
type CopyQuery struct {
	Format   string `query:"format"`
	Language string `query:"language"`
}

// BundleQuery asks for the bundle that begins with a receipt.
type BundleQuery struct {
	Cursor   string `query:"cursor"`
	Language string `query:"language"`
}

// Receipt is what a receipt says, for whoever does not verify it.
type Receipt struct {
	Digest  string         `json:"digest"`
	Receipt receipt.Claims `json:"receipt"`
}

// DayPath is the path of what the staff did on a day that concerns nobody in particular.
const DayPath = "/v1/operator/audit"

// DayQuery says which day (YYYY-MM-DD, in UTC).
type DayQuery struct {
	Day   string `query:"day"`
	Staff string `query:"staff"` // only the acts of this member of staff
}

// Looks lists who of the staff looked, or acted.
type Looks struct {
	Records []looks.Shown `json:"records"`
	Next    uint64        `json:"next_cursor,omitempty"`
}

// FindPath is the path at which the staff finds a person.
const FindPath = "/v1/operator/people"

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
