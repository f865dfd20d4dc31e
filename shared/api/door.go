package api

import (
	"net/url"
	"time"

	"consent-receipts/shared/statement"
)

// DoorPath is the path of the form for people without an account. Nobody needs a token for it.
const DoorPath = "/v1/contact-requests"

// ContactFile is the path of a file of the answer to the request of a link.
func ContactFile(digest string) string { return Contact.At("/attachments/") + url.PathEscape(digest) }

// Contact is the path of the request of somebody without an account. Its routes, and those of
// its receipts below it, take a link as a bearer token (RFC 6750).
const Contact Ledger = "/v1/contact-request"

// Door says what the form can do.
type Door struct {
	Email bool `json:"email"` // mails are sent, so an address can be proved
}

// ContactRequest is the body that asks for a link.
type ContactRequest struct {
	Type     statement.RequestType `json:"type,omitempty"`     // of a request that is to be made
	Request  string                `json:"request,omitempty"`  // of one that was made: its id, or the first 8 characters of it
	Email    string                `json:"email,omitempty"`    // to which the link is sent; "": it is the answer, and proves nothing
	Language string                `json:"language,omitempty"` // BCP 47
}

// ContactLink is the answer to it.
type ContactLink struct {
	Link string `json:"link,omitempty"` // "": it was sent by mail
}

// ContactDetails is the body that sends the request of a link.
type ContactDetails struct {
	Details string `json:"details,omitempty"` // in the contact's own words
}

// ContactState says what a link is for, and how its request stands.
type ContactState struct {
	Type  statement.RequestType `json:"type"`
	Email string                `json:"email,omitempty"` // the address that opening the link proves; "": nothing is proved
	Send  time.Time             `json:"send_until"`      // until when the request can be sent, and files of its answer read
	Read  time.Time             `json:"read_until"`      // until when the link shows anything
	Life  *Life                 `json:"life,omitempty"`  // nil: it was not sent yet. The choices are the contact's
}
