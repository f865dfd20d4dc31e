// Package strictjson accepts JSON that has only one reading (I-JSON, RFC 7493), and refuses
// all other texts, in time linear in their size.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
)

// These are the errors of Parse. Each is wrapped with details.
var (
	ErrSyntax    = errors.New("not strict JSON")
	ErrDuplicate = errors.New("a JSON member appears twice")
)

// MaxDepth is the maximum nesting of a value; maxMembers is the maximum number of members of
// an object.
const (
	MaxDepth   = 32
	maxMembers = 256
)

// Check accepts what Parse accepts.
func Check(b []byte) error {
	_, err := Parse(string(b))
	return err
}

// Decode decodes a JSON value into v as encoding/json does, and refuses members that v does
// not have.
func Decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
