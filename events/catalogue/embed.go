// Package sample embeds the sample catalogue, that of First Example Bank: the
// one that every example, test and local run uses.
package sample

import "embed"

// FS holds first-example-bank.yaml and the notices it names.
//
//go:embed *.yaml notices/*.md
var FS embed.FS
