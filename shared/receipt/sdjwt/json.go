package sdjwt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Bounds of JSON: how deep it nests, and how many members an object has.
const (
	maxDepth   = 32
	maxMembers = 256
)

// StrictJSON accepts exactly one JSON value that has one reading (I-JSON, RFC
// 7493): valid UTF-8, no object member twice at any depth, no lone surrogate,
// nothing before or behind it, not nested too deep.
func StrictJSON(b []byte) error {
	if len(b) == 0 || isSpace(b[0]) || isSpace(b[len(b)-1]) {
		return fmt.Errorf("%w: empty, or white space around the value", ErrJSON)
	}
	if !utf8.Valid(b) {
		return fmt.Errorf("%w: not UTF-8", ErrJSON)
	}
	if !json.Valid(b) {
		return fmt.Errorf("%w: not one JSON value", ErrJSON)
	}
	return scan(b)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// scan walks a valid JSON text. Of an open object it keeps the names seen; a nil
// frame is an open array.
func scan(b []byte) error {
	var open [][]string
	name := false // the next string is a member's name
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			if len(open) == maxDepth {
				return fmt.Errorf("%w: nested over %d deep", ErrJSON, maxDepth)
			}
			var frame []string
			if name = b[i] == '{'; name {
				frame = make([]string, 0, 8)
			}
			open = append(open, frame)
		case '}', ']':
			open, name = open[:len(open)-1], false
		case ',':
			name = open[len(open)-1] != nil
		case ':':
			name = false
		case '"':
			end := i + 1
			for b[end] != '"' {
				if b[end] == '\\' {
					end++
				}
				end++
			}
			s, err := text(b[i : end+1])
			if err != nil {
				return err
			}
			if name {
				frame := &open[len(open)-1]
				if slices.Contains(*frame, s) {
					return fmt.Errorf("%w: %.40q", ErrDuplicateMember, s)
				}
				if len(*frame) == maxMembers {
					return fmt.Errorf("%w: an object of over %d members", ErrJSON, maxMembers)
				}
				*frame = append(*frame, s)
			}
			i = end
		}
	}
	return nil
}

// text decodes a JSON string, which must not have a lone surrogate.
func text(quoted []byte) (string, error) {
	raw := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), nil
	}
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
			return "", fmt.Errorf("%w: a lone surrogate", ErrJSON)
		}
		i += 6
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return "", fmt.Errorf("%w: %v", ErrJSON, err)
	}
	return s, nil
}

// hex4 reads the four digits of an escape, which json.Valid has seen.
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
