// Package handler turns the requests of the HTTP API into commands and answers. It
// parses, authenticates and builds; it holds no business rule. One function serves the
// routes that name it; locally one process serves them all.
//
// A person's routes take the person from the verified token alone, never from a
// body or a path. API Gateway's authorizer has checked the token and its scope;
// this package checks again that claims and scope are there and fails closed.
package handler

import (
	"fmt"
	"io"
	"log/slog"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/door"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// API has what the routes need. All fields are set.
type API struct {
	Registrar  *registrar.Registrar
	Documents  ledger.Documents
	Pseudonyms *pseudonym.Maker
	Roots      receipt.Roots // every root ever used, newest first
	Copies     *Copies       // set in the function receipts, nil in the others
	Audit      *audit.Log    // the function operator writes it; receipts and door read it
	Docket     ledger.Docket
	Identify   identity.Open // used in the function operator, which alone may

	Attachments    attachment.Store // set in the functions operator, receipts and door, nil in the others
	AttachmentDays int              // set in the function operator: how many days the files of an answer are kept
	Door           *door.Door       // set in the function door, nil in the others

	Channel string // the channel that receipts name for these routes
	Log     *slog.Logger
}

// Form writes a receipt for a person, in a language, with the roots that it may lead to, and
// in the brand that it wears.
type Form func(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string, worn brand.Brand) error

// Copies makes the copies that people keep of their receipts. Functions that make none do not
// link what it takes. All fields are set.
type Copies struct {
	Forms      map[string]Form               // html, text and pdf
	PagePolicy func(worn brand.Brand) string // the Content-Security-Policy to serve the form html with
	// FileName and BundleName return the names of the files of a receipt and of a bundle,
	// without an extension.
	FileName   func(*receipt.Receipt) string
	BundleName func(cat *catalogue.Catalogue, at time.Time, from uint64) string
	// Exports names the formats of other systems. The caller names one by ?format= alone,
	// because their media types do not tell them apart.
	Exports []string

	// Export writes a receipt in the format of another system. Where the format holds one
	// consent only, it writes the named one. The error is problem.ErrInexpressible for what
	// the format cannot say.
	Export func(format string, rec *receipt.Receipt, cat *catalogue.Catalogue, consent string) (*Exported, error)
	// Bundle writes as many receipts as fit, from a number on, with all that they cite, as a
	// ZIP file. It returns the number at which the next bundle begins, or 0.
	Bundle func(w io.Writer, of Holdings, from uint64) (next uint64, err error)
}

// Exported is a receipt in the format of another system.
type Exported struct {
	Body, Losses         []byte // Losses lists, as JSON, what the format cannot carry
	MediaType, Extension string
}

// Holdings has the content of a bundle.
type Holdings struct {
	Roots     receipt.Roots
	Catalogue *catalogue.Catalogue // the current catalogue
	Language  string
	Receipts  func(from uint64, limit int) ([]*receipt.Receipt, error)
	Document  func(digest string) ([]byte, error) // notices and catalogues
	Logo      func(digest string) []byte          // a logo, or nil if it cannot be read
	Audit     func() ([]byte, error)              // the list of who of the staff looked, as JSON; its size is bounded. nil: the bundle has none
}

// noSuch returns a not-found problem that says what was looked for.
func noSuch(what string) error { return fmt.Errorf("%w: %s", gateway.ErrNotFound, what) }
