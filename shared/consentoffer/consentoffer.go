// Package consentoffer contains consent-offer.js: the element <consent-offer>, by which a
// controller's own pages put an offer before a person, with that person's token. It is a
// client of the HTTP API like any other. docs/embed.md says how to use it; build.mjs makes it
// from src/.
package consentoffer

import (
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/json"

	"consent-receipts/shared/wording"
)

// Path is where the API serves the script, and WordsPath where it serves the words, in the
// language of the query.
const (
	Path      = "/consent-offer.js"
	WordsPath = "/v1/consent-offer"
)

// MediaType is the media type of the script (RFC 9239).
const MediaType = "text/javascript; charset=utf-8"

// Script is the whole element, with its words in English. It asks the API for those of other
// languages.
//
//go:embed consent-offer.js
var Script []byte

var vocabulary = wording.Load()

// Words are what the element says in one language.
type Words struct {
	Language  string          `json:"language"` // BCP 47
	Direction string          `json:"dir"`      // ltr or rtl
	Quoted    string          `json:"quoted"`   // a label amid a sentence: {text} in quotation marks
	Texts     json.RawMessage `json:"texts"`    // by key; {names} in them are replaced
}

// WordsIn returns the words in the wanted language, its base language or English.
func WordsIn(language string) Words {
	w := vocabulary.In(language)
	return Words{w.Language, w.Say("language.dir"), w.Say("quoted"), json.RawMessage(wording.Text(wording.Consentoffer, language))}
}

// Integrity returns the script's digest as the attribute integrity of a page states it
// (W3C Subresource Integrity).
func Integrity() string {
	digest := sha512.Sum384(Script)
	return "sha384-" + base64.StdEncoding.EncodeToString(digest[:])
}
