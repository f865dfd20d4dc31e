// Package strictjson accepts JSON that has only one reading (I-JSON, RFC 7493), and refuses
// all other texts, in time linear in their size.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// These are the errors of Check. Each is wrapped with details.
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

// Check accepts exactly one JSON value that has only one reading (I-JSON, RFC 7493): valid
// UTF-8, no duplicate members at any depth, no lone surrogate, no NUL in a member's name,
// nothing before or after the value, at most MaxDepth levels.
func Check(b []byte) error {
	if len(b) == 0 || isSpace(b[0]) || isSpace(b[len(b)-1]) {
		return fmt.Errorf("%w: empty, or white space around the value", ErrSyntax)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrSyntax)
	}
	if !json.Valid(b) {
		return fmt.Errorf("%w: not one JSON value", ErrSyntax)
	}
	return scan(b)
}

// Decode decodes a JSON value into v as encoding/json does, and refuses members that v does
// not have.
func Decode(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// scan walks a valid JSON text.
func scan(b []byte) error {
	open := make([]int, 0, MaxDepth) // for an open object the index of its first name; for an open array -1
	var names [][]byte               // the names in the open objects
	name := false                    // the next string is a member's name
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if len(open) == MaxDepth {
				return fmt.Errorf("%w: nested more than %d levels deep", ErrSyntax, MaxDepth)
			}
			begin := -1
			if name = b[i] == '{'; name {
				begin = len(names)
			}
			open = append(open, begin)
		case '}', ']':
			last := len(open) - 1
			if open[last] >= 0 {
				names = names[:open[last]]
			}
			open, name = open[:last], false
		case ',':
			name = open[len(open)-1] >= 0
		case ':':
			name = false
		case '"':
			end, escaped := closing(b, i)
			if escaped {
				if err := checkSurrogates(b[i+1 : end]); err != nil {
					return err
				}
			}
			if name {
				text, err := memberName(b[i:end+1], escaped, names[open[len(open)-1]:])
				if err != nil {
					return err
				}
				names = append(names, text)
			}
			i = end
		}
	}
	return nil
}

// closing returns the index of the quote that ends the string beginning at i.
func closing(b []byte, i int) (end int, escaped bool) {
	for end = i + 1; b[end] != '"'; end++ {
		if b[end] == '\\' {
			escaped = true
			end++
		}
	}
	return end, escaped
}

// memberName decodes a name, and refuses a name that its object already has.
func memberName(quoted []byte, escaped bool, seen [][]byte) ([]byte, error) {
	name := quoted[1 : len(quoted)-1]
	if escaped {
		var s string
		if err := json.Unmarshal(quoted, &s); err != nil {
			return nil, fmt.Errorf("%w: %v", ErrSyntax, err)
		}
		name = []byte(s)
	}
	if bytes.IndexByte(name, 0) >= 0 {
		return nil, fmt.Errorf("%w: NUL in a member's name", ErrSyntax)
	}
	if slices.ContainsFunc(seen, func(s []byte) bool { return bytes.Equal(s, name) }) {
		return nil, fmt.Errorf("%w: %.40q", ErrDuplicate, name)
	}
	if len(seen) == maxMembers {
		return nil, fmt.Errorf("%w: an object has more than %d members", ErrSyntax, maxMembers)
	}
	return name, nil
}

// checkSurrogates refuses a lone surrogate among the escapes of a string.
func checkSurrogates(raw []byte) error {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' {
			continue
		}
		r := hex4(raw[i+1:])
		i += 4
		if !utf16.IsSurrogate(r) {
			continue
		}
		if len(raw) < i+7 || raw[i+1] != '\\' || raw[i+2] != 'u' || utf16.DecodeRune(r, hex4(raw[i+3:])) == utf8.RuneError {
			return fmt.Errorf("%w: a lone surrogate", ErrSyntax)
		}
		i += 6
	}
	return nil
}

// Elements splits a strict JSON text that is an array into its elements, without white space.
// It returns nil for any other text.
func Elements(b []byte) (parts []json.RawMessage) {
	if b[0] != '[' {
		return nil
	}
	depth, begin := 0, 1
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i, _ = closing(b, i)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if (b[i] == ',' && depth == 1) || depth == 0 {
			parts = append(parts, json.RawMessage(bytes.Trim(b[begin:i], " \t\r\n")))
			begin = i + 1
		}
	}
	return parts
}

// hex4 decodes the four digits of an escape. json.Valid has already checked them.
func hex4(b []byte) (r rune) {
	for _, c := range b[:4] {
		switch {
		case c <= '9':
			c -= '0'
		default:
			c = c&^0x20 - 'A' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}
