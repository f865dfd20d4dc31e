// Package freetext has the rules for text that somebody wrote: the details of a person's
// request, reasons of the staff, words of a producer, names of files. It says which
// characters such a text may hold when it is taken in (this file), and how it is shown, so
// that it can neither steer a terminal nor pass for the lines around it (show.go).
//
// A text that is taken in is valid UTF-8. Its line breaks are LF: CR LF and a CR alone
// become LF. It holds no C0 control but tab and LF, not DEL, no C1 control (U+0080 to
// U+009F), and no character that embeds, overrides or isolates a direction (Unicode
// Standard Annex 9, sections 2.1, 2.2 and 2.4: U+202A to U+202E, U+2066 to U+2069).
// Directional marks (section 2.6: U+200E, U+200F, U+061C), joiners and other characters
// of no width are taken in, since people who write from right to left, in Persian or
// with emoji need them. They are made visible when the text is shown.
package freetext

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrForbidden is returned by Check for a text with a character that no text may hold.
var ErrForbidden = errors.New("a text holds control characters, or characters that change the direction of writing")

// forbidden reports whether a character is forbidden in a text that is taken in. CR is not
// among them: it is a line break, and has become LF by then.
func forbidden(r rune) bool {
	switch {
	case r == '\t', r == '\n':
		return false
	case r < ' ', 0x7f <= r && r <= 0x9f, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
		return true
	}
	return false
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Check returns a text with its line breaks as LF, or ErrForbidden.
func Check(s string) (string, error) {
	s = lineBreaks.Replace(s)
	if !utf8.ValidString(s) || strings.ContainsFunc(s, forbidden) {
		return "", ErrForbidden
	}
	return s, nil
}

// Clean returns a text with its line breaks as LF and without the characters that Check
// refuses. It is for a text that must be taken in in any case: the reason of an opt-out.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if forbidden(r) {
			return -1
		}
		return r
	}, lineBreaks.Replace(strings.ToValidUTF8(s, "")))
}
