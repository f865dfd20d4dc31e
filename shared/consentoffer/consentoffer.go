// Package consentoffer contains consent-offer.js: the element <consent-offer>, by which a
// controller's own pages put an offer before a person, with that person's token. It is a
// client of the HTTP API like any other. docs/embed.md says how to use it; build.mjs makes it
// from src/.
package consentoffer

import (
	"crypto/sha512"
	"embed"
	"encoding/base64"
)

// Words has the words of an offer, in files words.<language>.json: offer.* and after.*. The
// portal puts the same offer before people, and says it in the same words.
//
//go:embed words.*.json
var Words embed.FS

// Path is where the API serves the script.
const Path = "/consent-offer.js"

// MediaType is the media type of the script (RFC 9239).
const MediaType = "text/javascript; charset=utf-8"

// Script is the whole element: it loads nothing else.
//
//go:embed consent-offer.js
var Script []byte

// Integrity returns the script's digest as the attribute integrity of a page states it
// (W3C Subresource Integrity).
func Integrity() string {
	digest := sha512.Sum384(Script)
	return "sha384-" + base64.StdEncoding.EncodeToString(digest[:])
}
