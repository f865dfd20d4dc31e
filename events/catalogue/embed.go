// Package sample embeds the sample catalogue of First Example Bank. Every example, test and
// local run uses it.
package sample

import "embed"

// FS holds first-example-bank.yaml and the notices it names.
//
//go:embed *.yaml notices/*.md logos/*.png
var FS embed.FS
