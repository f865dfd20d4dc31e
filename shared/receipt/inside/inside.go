// Package inside finds the signed receipt in a file that shows one: in a page that
// was saved, or in a PDF. What it finds is not verified, and what the file displays is
// not looked at.
package inside

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"net/url"
	"regexp"

	"consent-receipts/shared/receipt"
)

// MaxFile is the size of the largest file that is searched, in bytes.
const MaxFile = 8 << 20

// Bounds on a PDF's streams.
const (
	maxStreams  = 4096
	maxInflated = 32 << 20 // of all streams together
)

var (
	// ErrNone: there is no receipt in the file.
	ErrNone = errors.New("there is no signed receipt in this file")
	// ErrSeveral: there are different ones, and nobody can say which one it shows.
	ErrSeveral = errors.New("there are several different receipts in this file")
	// ErrTooLarge: the file, or what is compressed in it, is over the bounds.
	ErrTooLarge = errors.New("the file is too large to be a receipt's")
)

// Kind is what a file is.
type Kind string

// The kinds of file.
const (
	HTML Kind = "HTML"
	PDF  Kind = "PDF"
)

// KindOf tells a file by its first bytes; "" is neither.
func KindOf(file []byte) Kind {
	head := bytes.ToLower(bytes.TrimLeft(file[:min(len(file), 1024)], "\ufeff \t\r\n"))
	switch {
	case bytes.HasPrefix(head, []byte("%pdf-")):
		return PDF
	case isMHTML(head), bytes.HasPrefix(head, []byte("<!doctype html")), bytes.HasPrefix(head, []byte("<html")), bytes.HasPrefix(head, []byte("<!--")):
		return HTML
	}
	return ""
}

// compact is an SD-JWT with what follows it (RFC 9901, 4): a JWS in its compact form
// and disclosures, each ended by a tilde.
var compact = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{80,}~(?:[A-Za-z0-9_-]+~)*`)

// Find returns the one receipt in a page or a PDF.
func Find(file []byte) (string, error) {
	if len(file) > MaxFile {
		return "", ErrTooLarge
	}
	if KindOf(file) == PDF {
		return findInPDF(file)
	}
	if isMHTML(bytes.ToLower(file[:min(len(file), 64)])) {
		file = softBreak.ReplaceAll(file, nil)
	}
	found := candidates(nil, file)
	if len(found) == 0 { // a browser may have escaped the tildes
		if text, err := url.PathUnescape(escapedTilde.ReplaceAllString(string(file), "~")); err == nil {
			found = candidates(nil, []byte(text))
		} else {
			found = candidates(nil, escapedTilde.ReplaceAll(file, []byte("~")))
		}
	}
	return only(found)
}

// isMHTML reports whether a file is a page as browsers of one family save it whole: in
// quoted-printable (RFC 2045, 6.7), whose soft line breaks cut what is long.
func isMHTML(head []byte) bool { return bytes.HasPrefix(head, []byte("from: <saved by ")) }

var softBreak = regexp.MustCompile(`=\r?\n`)

var escapedTilde = regexp.MustCompile(`(?i)%7e`)

// candidates adds what looks like a receipt to those found, each once.
func candidates(found []string, text []byte) []string {
next:
	for _, m := range compact.FindAll(text, 64) {
		if len(m) > receipt.MaxBytes {
			continue
		}
		for _, f := range found {
			if f == string(m) {
				continue next
			}
		}
		found = append(found, string(m))
	}
	return found
}

func only(found []string) (string, error) {
	switch len(found) {
	case 0:
		return "", ErrNone
	case 1:
		return found[0], nil
	}
	return "", ErrSeveral
}

// findInPDF looks into every stream, as it is and inflated. It does not read the
// document's structure: a file that hides its attachment has none.
func findInPDF(file []byte) (string, error) {
	var found []string
	if err := streams(file, func(text []byte) { found = candidates(found, text) }); err != nil {
		return "", err
	}
	return only(found)
}

// streams hands over what is in the streams of a PDF, as it is and inflated.
func streams(file []byte, take func(text []byte)) error {
	left := int64(maxInflated)
	rest := file
	for range maxStreams {
		_, after, ok := bytes.Cut(rest, []byte("stream"))
		if !ok {
			return nil
		}
		body, next, ok := bytes.Cut(bytes.TrimPrefix(bytes.TrimPrefix(after, []byte("\r")), []byte("\n")), []byte("endstream"))
		if !ok {
			return nil
		}
		rest = next
		take(body)
		z, err := zlib.NewReader(bytes.NewReader(body))
		if err != nil {
			continue // it is not compressed this way
		}
		plain, _ := io.ReadAll(io.LimitReader(z, left+1)) // as far as it goes
		if left -= int64(len(plain)); left < 0 {
			return ErrTooLarge
		}
		take(plain)
	}
	return ErrTooLarge
}
