// Package sample embeds the sample catalogue of First Example Bank. Every example, test and
// local run uses it.
package sample

import "embed"

// FS holds the sample catalogues, and the notices and logos that they name.
//
//go:embed *.yaml notices/*.md logos/*.png
var FS embed.FS
