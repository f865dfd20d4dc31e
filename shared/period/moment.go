package period

import (
	"errors"
	"time"
)

// ErrMoment says that a text names no moment.
var ErrMoment = errors.New("not a moment in ISO 8601 with its offset from UTC")

// moments are the forms of ISO 8601 that name one moment: that of RFC 3339, the same with the
// offset in the basic form, and the basic form. All may have fractions of a second.
var moments = []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "20060102T150405Z0700"}

// ParseMoment parses a moment in one of the forms in which other systems write it.
func ParseMoment(s string) (time.Time, error) {
	for _, form := range moments {
		if t, err := time.Parse(form, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, ErrMoment
}
