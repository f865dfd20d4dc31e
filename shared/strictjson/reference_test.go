package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"consent-receipts/shared/strictjson"
)

// FuzzParse holds Parse against encoding/json, with the rules of RFC 7493 laid over it: the same
// texts pass, for the same reason the others do not, and the view says what encoding/json reads.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[true,false,null,-0.5e+3,"\u00e9\ud83d\ude00\/"]}`, `{"a":1,"\u0061":2}`, `["\ud83d"]`, `["\ude00\ud83d"]`, `{"\u0000":1}`, `[01]`, `[-]`, `[1.]`,
		`[1e]`, `{"a":1,}`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{a:1}`, `[1 2]`, ` 1`, `1 `, `[ 1 , { "a" : 2 } ]`, "[\"\t\"]", "[\"\xff\"]", `["\x"]`, `["\u12g4"]`,
		`"`, `[`, `tru`, `nul`, `--1`, strings.Repeat("[", 32) + strings.Repeat("]", 32), strings.Repeat("[", 33) + strings.Repeat("]", 33),
		`{"a":1,"a":2`, `{"a":{"b":1},"b":{"a":1,"a":1}}`, `[{"a":1},{"a":1}]`, `-`, `+1`, `.5`, `"\u00`, `"\ud83d\u`, `{"a":1,"a":2}` + strings.Repeat("[", 40),
		// Each form of a number, an escape and white space, and what differs from it in one character.
		`[1E5,1e-5,1e+5,0.0,-0]`, `"\"\\\/\b\f\n\r\t"`, `"\u00ff\u00FF"`, "[\t1\r,\n2 ]", `" !"`, `[1;2]`, `{"a";1}`, `{xa":1}`, `trux`, "\"\x1f\"", "\"\x80\"", `["\ude00"]`,
		`["\u0000"]`, `{"a":1,"b":2,"b":3}`, "{\"a\":1,\"a\":\"\xff\"}", "[" + strings.Repeat("[],", 40) + "[]]", named(256), named(257), named(256) + "x", strings.TrimSuffix(named(256), "}") + `,"a":0}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := strictjson.Parse(string(b))
		want := reference(b)
		if !errors.Is(err, want) {
			t.Fatalf("%q: %v, want %v", b, err, want)
		}
		if err != nil {
			return
		}
		if v.Raw() != string(b) {
			t.Fatalf("%q is read as %q", b, v.Raw())
		}
		var a any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(plain(v))
		if err != nil {
			t.Fatal(err)
		}
		if first, err := json.Marshal(a); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%q is read as %s, encoding/json says %s", b, again, first)
		}
		viewed(t, v, a)
	})
}

// named is an object with n members.
func named(n int) string {
	members := make([]string, n)
	for i := range members {
		members[i] = fmt.Sprintf(`"%c":0`, 'a'+i)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// viewed compares what the view says of a value, and of all that is in it, with what encoding/json
// reads. It returns the number of levels below the value.
func viewed(t *testing.T, v strictjson.Value, a any) (depth int) {
	t.Helper()
	n := 0
	switch a := a.(type) {
	case map[string]any:
		n = len(a)
		for name, want := range a {
			member, ok := v.Member(name)
			if !ok || !v.HasName("", name) {
				t.Fatalf("%s has no member %q", v.Raw(), name)
			}
			depth = max(depth, viewed(t, member, want)+1)
		}
	case []any:
		n = len(a)
		i := 0
		for element := range v.Elements() {
			depth, i = max(depth, viewed(t, element, a[i])+1), i+1
		}
	}
	const none = "\x00" // no name has it
	if _, ok := v.Member(none); ok || v.HasName(none) || v.Len() != n || v.Depth() != depth {
		t.Fatalf("%s has %d parts and %d levels, encoding/json says %d and %d", v.Raw(), v.Len(), v.Depth(), n, depth)
	}
	return depth
}

// plain is a value as encoding/json reads it.
func plain(v strictjson.Value) any {
	switch v.Kind() {
	case strictjson.Object:
		out := map[string]any{}
		for name, member := range v.Members() {
			out[name] = plain(member)
		}
		return out
	case strictjson.Array:
		out := []any{}
		for element := range v.Elements() {
			out = append(out, plain(element))
		}
		return out
	case strictjson.String:
		return v.Text()
	case strictjson.Number:
		return json.Number(v.Raw())
	}
	return json.RawMessage(v.Raw())
}

// reference returns the error that Parse wraps, or nil.
func reference(b []byte) error {
	if len(b) == 0 || len(bytes.Trim(b, " \t\r\n")) != len(b) || !utf8.Valid(b) || !json.Valid(b) {
		return strictjson.ErrSyntax
	}
	type level struct {
		names []string
		named bool // an object, whose next token is a name
		is    bool // an object
	}
	var open []level
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	for {
		begin := d.InputOffset()
		token, err := d.Token()
		if err != nil {
			return nil
		}
		text, isText := token.(string)
		if isText && lone(b[begin:d.InputOffset()]) {
			return strictjson.ErrSyntax
		}
		last := len(open) - 1
		if last >= 0 && open[last].is && token != json.Delim('}') {
			l := &open[last]
			if l.named = !l.named; l.named {
				switch {
				case strings.ContainsRune(text, 0), len(l.names) == 256 && !slices.Contains(l.names, text):
					return strictjson.ErrSyntax
				case slices.Contains(l.names, text):
					return strictjson.ErrDuplicate
				}
				l.names = append(l.names, text)
			}
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if len(open) == strictjson.MaxDepth {
				return strictjson.ErrSyntax
			}
			open = append(open, level{is: token == json.Delim('{')})
		case json.Delim('}'), json.Delim(']'):
			open = open[:last]
		}
	}
}

// lone reports whether the escapes of a valid JSON string have half a pair of surrogates.
func lone(raw []byte) bool {
	var units []uint16
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			units = append(units, 0)
			continue
		}
		if i++; raw[i] != 'u' {
			units = append(units, 0)
			continue
		}
		unit, _ := strconv.ParseUint(string(raw[i+1:i+5]), 16, 16)
		units = append(units, uint16(unit))
		i += 4
	}
	for i := 0; i < len(units); i++ {
		if !utf16.IsSurrogate(rune(units[i])) {
			continue
		}
		if i+1 == len(units) || utf16.DecodeRune(rune(units[i]), rune(units[i+1])) == utf8.RuneError {
			return true
		}
		i++
	}
	return false
}
