package ledger

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/statement"
)

// Every store must be able to hold this much. A DynamoDB item may have 400 KB.
const (
	// MaxSeq is the last slot: ten decimal digits, so that slots sort as text.
	MaxSeq = 9_999_999_999
	// MaxReceipt is the size of the largest receipt, in bytes.
	MaxReceipt = 64 << 10
	// MaxDocument is the size of the largest document body, in bytes.
	MaxDocument = 384 << 10

	// MaxSealed is the size of the largest sealed identity, in bytes.
	MaxSealed = 2 << 10

	maxMediaType = 255
	maxListing   = 1 << 10
)

// Entry is one slot of one subject's ledger. Two entries are the same if == says
// so. Key, Command, Due, Listing and Sealed are not signed. Due and Listing are nothing
// but indexes: an entry keeps them when others follow, so whoever finds an entry by them
// looks at the newest.
type Entry struct {
	Subject Subject  // whose ledger it is in
	Seq     uint64   // the slot: 1, 2, 3 ...
	Receipt string   // SD-JWT in its compact form with all disclosures
	Key     [32]byte // SHA-256 of operation and idempotency key
	Command [32]byte // digest of the command the receipt answers
	Due     string   // YYYY-MM-DD: when something in the standing falls due, if anything does
	Listing Listing  // in the docket, if the entry has one. Due is for people and contacts only, this for their cases too
	Sealed  string   // who the person is, as package identity seals it: bytes, in no index and in no Change. For people and contacts only
}

// Listing is what the docket of a month says of an entry. All entries about the same thing
// have their listings in one month, so that whoever reads that month knows all of it.
type Listing struct {
	Month string // YYYY-MM
	Text  string // at most 1 KB; the ledger does not read it
}

// Validate returns ErrInvalid with a reason unless the entry has the shape of
// one. It does not look into the receipt.
func (e Entry) Validate() error {
	if err := e.Subject.Validate(); err != nil {
		return err
	}
	switch {
	case e.Seq < 1 || e.Seq > MaxSeq:
		return fmt.Errorf("%w: seq %d is not in 1 to %d", ErrInvalid, e.Seq, uint64(MaxSeq))
	case e.Receipt == "":
		return fmt.Errorf("%w: the entry has no receipt", ErrInvalid)
	case len(e.Receipt) > MaxReceipt:
		return fmt.Errorf("%w: the receipt has %d bytes, more than %d", ErrInvalid, len(e.Receipt), MaxReceipt)
	case !utf8.ValidString(e.Receipt): // a store of text would not give it back byte for byte
		return fmt.Errorf("%w: the receipt is not text", ErrInvalid)
	case e.Key == [32]byte{}: // the caller forgot it; all such entries would share one key
		return fmt.Errorf("%w: the entry has no key", ErrInvalid)
	case e.Command == [32]byte{}:
		return fmt.Errorf("%w: the entry has no digest of its command", ErrInvalid)
	case e.Due != "" && e.Subject.Pseudonym() == "":
		return fmt.Errorf("%w: only the entry of a person or contact has a due date", ErrInvalid)
	case e.Listing != Listing{} && !e.Subject.HasListings():
		return fmt.Errorf("%w: only the entry of a person or contact, or of a case, has a listing", ErrInvalid)
	case e.Subject.Pseudonym() == "" && e.Sealed != "":
		return fmt.Errorf("%w: only the entry of a person or contact has a sealed identity", ErrInvalid)
	case len(e.Sealed) > MaxSealed:
		return fmt.Errorf("%w: the sealed identity has %d bytes, more than %d", ErrInvalid, len(e.Sealed), MaxSealed)
	case e.Due != "" && CheckDay(e.Due) != nil:
		return CheckDay(e.Due)
	}
	return e.Listing.validate()
}

func (l Listing) validate() error {
	switch {
	case l == Listing{}:
		return nil
	case CheckMonth(l.Month) != nil:
		return CheckMonth(l.Month)
	case l.Text == "" || len(l.Text) > maxListing || !utf8.ValidString(l.Text):
		return fmt.Errorf("%w: a listing has 1 to %d bytes of text", ErrInvalid, maxListing)
	}
	return nil
}

// CheckMonth returns ErrInvalid unless s is YYYY-MM of a month that there is.
func CheckMonth(s string) error {
	if CheckDay(s+"-01") != nil {
		return fmt.Errorf("%w: %.20q is not a month", ErrInvalid, s)
	}
	return nil
}

// CheckLimit returns ErrInvalid unless this can be how many a list has at most.
func CheckLimit(n int) error {
	if n < 1 {
		return fmt.Errorf("%w: a limit of %d", ErrInvalid, n)
	}
	return nil
}

// MaxTicket bounds the body of a ticket, in bytes.
const MaxTicket = 32 << 10

// CheckTicket returns ErrInvalid unless this can be a ticket.
func CheckTicket(key string, body []byte) error {
	if len(body) == 0 || len(body) > MaxTicket {
		return fmt.Errorf("%w: the ticket has %d bytes, and 1 to %d are allowed", ErrInvalid, len(body), MaxTicket)
	}
	return CheckTicketKey(key)
}

// CheckTicketKey returns ErrInvalid unless this can be the key of a ticket.
func CheckTicketKey(key string) error {
	if key == "" || len(key) > 200 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%w: the key of a ticket has 1 to 200 printable ASCII characters", ErrInvalid)
	}
	return nil
}

// CheckDay returns ErrInvalid unless s is YYYY-MM-DD of a day that there is.
func CheckDay(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return fmt.Errorf("%w: %.20q is not a date", ErrInvalid, s)
	}
	return nil
}

// Document is something a receipt cites by its digest.
type Document struct {
	Digest    string // see statement.Digest
	MediaType string
	Body      []byte
}

// Validate returns ErrInvalid with a reason unless the document has the shape of
// one and its digest is that of its body.
func (d Document) Validate() error {
	switch {
	case len(d.Body) == 0:
		return fmt.Errorf("%w: the document is empty", ErrInvalid)
	case len(d.Body) > MaxDocument:
		return fmt.Errorf("%w: the document has %d bytes, more than %d", ErrInvalid, len(d.Body), MaxDocument)
	case d.MediaType == "" || len(d.MediaType) > maxMediaType || !utf8.ValidString(d.MediaType):
		return fmt.Errorf("%w: a document's media type has 1 to %d bytes of text", ErrInvalid, maxMediaType)
	case d.Digest != statement.Digest(d.Body):
		return fmt.Errorf("%w: %.80q is not the digest of the document", ErrInvalid, d.Digest)
	}
	return nil
}
