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
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
)

// API is what the routes need. All fields are set.
type API struct {
	Registrar  *registrar.Registrar
	Documents  ledger.Documents
	Pseudonyms *pseudonym.Maker
	Roots      receipt.Roots // every root ever used, newest first
	Copies     *Copies       // of the function receipts; nil elsewhere
	Audit      *audit.Log    // of the functions operator, which writes it, and receipts
	Docket     ledger.Docket
	Channel    string // what receipts name as the channel of these routes
	Log        *slog.Logger
}

// Form writes a receipt for a person, in a language and with the roots that it may lead to.
type Form func(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string) error

// Copies makes what people keep of their receipts. Functions that make none do not
// carry what it takes. All fields are set.
type Copies struct {
	Forms      map[string]Form // html, text and pdf
	PagePolicy string          // the Content-Security-Policy to serve the form html with
	// FileName and BundleName are what the files of a receipt and of a bundle are called,
	// without an extension.
	FileName   func(*receipt.Receipt) string
	BundleName func(cat *catalogue.Catalogue, at time.Time, from uint64) string
	// Export writes a receipt in the format of another system: of the consent that is
	// named where the format holds one only. What the format cannot say is
	// problem.ErrInexpressible.
	Export func(format string, rec *receipt.Receipt, cat *catalogue.Catalogue, consent string) (*Exported, error)
	// Bundle writes receipts from a number on, as many as fit, and all that they
	// cite, as a ZIP file. It returns the number at which the next one begins, or 0.
	Bundle func(w io.Writer, of Holdings, from uint64) (next uint64, err error)
}

// Exported is a receipt in the format of another system.
type Exported struct {
	Body, Losses         []byte // Losses, as JSON: what the format cannot carry
	MediaType, Extension string
}

// Holdings are what a bundle is made of.
type Holdings struct {
	Roots     receipt.Roots
	Catalogue *catalogue.Catalogue // the current one
	Language  string
	Receipts  func(from uint64, limit int) ([]*receipt.Receipt, error)
	Document  func(digest string) ([]byte, error) // notices and catalogues
	Audit     func() ([]byte, error)              // who of the staff looked, as JSON; bounded
}

// noSuch is a not-found problem that says what was looked for.
func noSuch(what string) error { return fmt.Errorf("%w: %s", gateway.ErrNotFound, what) }
