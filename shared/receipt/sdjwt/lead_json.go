package sdjwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxDepth bounds the nesting of JSON.
const maxDepth = 32

// StrictJSON accepts exactly one JSON value in valid UTF-8, with no object
// member twice at any depth (RFC 7493, section 2.3) and nothing behind it.
func StrictJSON(b []byte) error {
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrJSON)
	}
	if len(b) == 0 || bytes.TrimSpace(b)[0] != b[0] {
		return fmt.Errorf("%w: empty, or begins with white space", ErrJSON)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := value(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the value", ErrJSON)
	}
	return nil
}

func value(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested over %d deep", ErrJSON, maxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return fmt.Errorf("%w: %v", ErrJSON, err)
	}
	switch t {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return fmt.Errorf("%w: %v", ErrJSON, err)
			}
			if seen[name.(string)] {
				return fmt.Errorf("%w: %.40q", ErrDuplicateMember, name)
			}
			seen[name.(string)] = true
			if err := value(d, depth+1); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for d.More() {
			if err := value(d, depth+1); err != nil {
				return err
			}
		}
	default:
		return nil
	}
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: %v", ErrJSON, err)
	}
	return nil
}
