package statement

import (
	"errors"
	"fmt"
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrPart is wrapped by every error of Check.
var ErrPart = errors.New("not a part of an answer")

// Part is a part of the answer to a data request: a file from one of the controller's
// systems, with its digest and its location.
type Part struct {
	Name      string `json:"name"`               // of the file: 1 to 128 characters, no path
	MediaType string `json:"media_type"`         // RFC 6838: text/csv
	Digest    string `json:"digest"`             // of its bytes: sha256:<hexadecimal>
	Size      int64  `json:"size,omitempty"`     // bytes
	Attached  bool   `json:"attached,omitempty"` // this service keeps the file for a while
	Where     string `json:"where"`              // where the person finds the file, an address or words: 1 to 300 characters
}

// ValidName reports whether a part may have the name.
func ValidName(name string) bool {
	return name != "" && utf8.RuneCountInString(name) <= 128 && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `/\`) && plain(name)
}

// Check returns ErrPart if a member is invalid.
func (p Part) Check() error {
	media, _, err := mime.ParseMediaType(p.MediaType)
	switch {
	case !ValidName(p.Name):
		return fmt.Errorf("%w: name must have 1 to 128 printable characters without slashes, and not begin with a full stop", ErrPart)
	case err != nil || len(p.MediaType) > 128 || media == "":
		return fmt.Errorf("%w: media_type must be a media type such as text/csv", ErrPart)
	case !ValidDigest(p.Digest):
		return fmt.Errorf("%w: digest must be sha256: and 64 hexadecimal digits", ErrPart)
	case p.Size < 0 || p.Size > 1<<50:
		return fmt.Errorf("%w: size must be a number of bytes, at most 2^50", ErrPart)
	case p.Where == "" || utf8.RuneCountInString(p.Where) > 300 || !plain(p.Where):
		return fmt.Errorf("%w: where must have 1 to 300 printable characters", ErrPart)
	}
	return nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
