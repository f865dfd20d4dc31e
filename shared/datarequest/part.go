package datarequest

import (
	"errors"
	"fmt"
	"mime"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// MaxParts is how many parts the answer to one request has at most.
const MaxParts = 64

// ErrPart is wrapped by what is wrong with a part.
var ErrPart = errors.New("not a part of an answer")

// Part is something that one of the controller's systems gives in answer to a request
// for data: a file, by its digest, and where the person finds it.
type Part struct {
	Name      string `json:"name"`           // of the file: 1 to 128 characters, no path
	MediaType string `json:"media_type"`     // RFC 6838: text/csv
	Digest    string `json:"digest"`         // of its bytes: sha256:<hexadecimal>
	Size      int64  `json:"size,omitempty"` // bytes
	Where     string `json:"where"`          // an address, or words: 1 to 300 characters
}

// What a part's name and digest look like.
var (
	partName   = regexp.MustCompile(`^[^/\\.][^/\\]{0,127}$`)
	partDigest = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// Check returns ErrPart unless the part can be kept as it is.
func (p Part) Check() error {
	media, _, err := mime.ParseMediaType(p.MediaType)
	switch {
	case !partName.MatchString(p.Name) || !plain(p.Name):
		return fmt.Errorf("%w: name: 1 to 128 printable characters without slashes, not beginning with a full stop", ErrPart)
	case err != nil || len(p.MediaType) > 128 || media == "":
		return fmt.Errorf("%w: media_type: such as text/csv", ErrPart)
	case !partDigest.MatchString(p.Digest):
		return fmt.Errorf("%w: digest: sha256: and 64 hexadecimal digits", ErrPart)
	case p.Size < 0 || p.Size > 1<<50:
		return fmt.Errorf("%w: size", ErrPart)
	case p.Where == "" || utf8.RuneCountInString(p.Where) > 300 || !plain(p.Where):
		return fmt.Errorf("%w: where: 1 to 300 printable characters", ErrPart)
	}
	return nil
}

func plain(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// HasParts reports whether requests of this type are answered with data.
func (t Type) HasParts() bool {
	return slices.Contains([]Type{Access, AccessCategories, AccessSpecific, Portability}, t)
}

// AddPart counts a part of the answer to a request that is still at work.
func AddPart(r Request, p Part) (Request, error) {
	switch {
	case r.State.Ended():
		return r, fmt.Errorf("%w: it is %s", ErrEnded, r.State)
	case !r.Type.HasParts():
		return r, fmt.Errorf("%w: a request of type %s is not answered with data", ErrForbidden, r.Type)
	case !slices.Contains(working, r.State):
		return r, fmt.Errorf("%w: no part while it is %s", ErrForbidden, r.State)
	case r.Parts >= MaxParts:
		return r, fmt.Errorf("%w: it has %d parts", ErrForbidden, r.Parts)
	}
	if err := p.Check(); err != nil {
		return r, err
	}
	r.Parts++
	return r, nil
}
