// Command receipts is the function that hands out what is there: a person's
// receipts, bundle and standing, and the public documents that receipts cite. It
// writes and signs nothing.
//
// Trigger: HTTP API. Output: the document asked for. Failure: a problem document
// (RFC 9457).
package main

import (
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
	"consent-receipts/functions/internal/boot/files"
	"consent-receipts/functions/internal/handler/copies"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) { return api.Reader("receipts", copies.All, files.Of(env))(env) })
}
