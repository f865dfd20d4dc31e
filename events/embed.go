// Package events contains the public contracts: the JSON Schemas of the published formats,
// and the OpenAPI description of the HTTP API.
//
// The schemas have no absolute addresses. They refer to each other by relative address, and
// are served side by side below the issuer's /schema.
package events

import "embed"

// FS holds openapi.yaml, protocols.yaml and, below schema/, a file <name>/<version>.json per
// schema. Paths are the same as on the wire.
//
//go:embed openapi.yaml protocols.yaml schema
var FS embed.FS

// These are the names of the events about receipts on the bus. The schema published/1
// describes their details.
const (
	Source     = "consent-receipts"
	DetailType = "consent-receipts.receipt.v1"
)

// Schema returns a published JSON Schema by name and version, such as "receipt/1". For an
// unknown name the error wraps fs.ErrNotExist.
func Schema(name string) ([]byte, error) { return FS.ReadFile("schema/" + name + ".json") }
