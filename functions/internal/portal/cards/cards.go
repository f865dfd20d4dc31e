// Package cards says a person's consents, receipts and requests in words, as the pages of the
// person and of the staff show them: one at a time, and as lists. It also has the form that
// asks for something about a person's data.
package cards

import (
	"embed"

	"consent-receipts/shared/wording"
)

// Files are the templates that both realms use.
//
//go:embed templates
var Files embed.FS

// Texts are the words in which a person reads their own receipts. A realm may have others.
var Texts = wording.Load(wording.Cards)
