package gateway

import (
	"errors"
	"fmt"
)

// Errors of requests, whatever they ask for. Package problem says what each is in HTTP.
var (
	ErrInvalidBody      = errors.New("invalid body")
	ErrInvalidParameter = errors.New("invalid parameter")
	ErrUnauthenticated  = errors.New("unauthenticated")
	ErrForbidden        = errors.New("forbidden")
	ErrNotFound         = errors.New("not found")
	ErrNotAllowed       = errors.New("method not allowed")
	ErrNotAcceptable    = errors.New("not acceptable")
	ErrTooLarge         = errors.New("too large")
	ErrUnsupportedMedia = errors.New("unsupported media type")
)

// detailed is an error with a text for the caller.
type detailed struct {
	err    error
	detail string
}

func (d *detailed) Error() string { return d.err.Error() + ": " + d.detail }
func (d *detailed) Unwrap() error { return d.err }

// Errorf wraps an error with a detail that the caller may read.
func Errorf(err error, format string, args ...any) error {
	return &detailed{err, fmt.Sprintf(format, args...)}
}

// Detail returns the detail of an error that Errorf made, or "".
func Detail(err error) string {
	if d, ok := errors.AsType[*detailed](err); ok {
		return d.detail
	}
	return ""
}
