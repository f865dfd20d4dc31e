package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestInLine: a part takes one line, whatever separates lines in it.
func TestInLine(t *testing.T) {
	for value, want := range map[string]string{
		"{\n\t\"text\" :\r\n \"a\"\n}":            `{"text":"a"}`,
		"{\"text\":\"a\u2028b\u2029c\u0085\"}":    `{"text":"a\u2028b\u2029c\u0085"}`,
		`{"text":"a\u001b[2J\nchanges[1]"}`:       `{"text":"a\u001b[2J\nchanges[1]"}`,
		"{\"text\":\n":                            `{"text":‹U+000A›`,
		`"` + strings.Repeat("\u5b57", 200) + `"`: `"` + strings.Repeat("\u5b57", 99) + "…",
	} {
		if got := inLine(json.RawMessage(value)); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}
