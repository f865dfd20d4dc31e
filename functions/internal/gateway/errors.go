package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
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

// MaxBody bounds a request's body, in bytes.
const MaxBody = 128 << 10

// Body returns the very bytes that were sent. It wraps ErrTooLarge, or ErrInvalidBody
// where API Gateway announced base64 and sent something else.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, Errorf(ErrTooLarge, "the body is over %d bytes", MaxBody)
	}
	if err != nil {
		return nil, Errorf(ErrInvalidBody, "the body cannot be read to its end")
	}
	return b, nil
}
