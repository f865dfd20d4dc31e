package strictjson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/strictjson"
)

func TestCheck(t *testing.T) {
	for _, good := range []string{`{}`, `[1,2.50,-0e9,"a\"b",null,true]`, `{"a":{"b":[{"a":1},{"a":2}]},"c":"😀\u20ac"}`, `"x"`, `{"a":",\"a\":"}`} {
		if err := strictjson.Check([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, c := range []struct {
		in   string
		want error
	}{
		{"", strictjson.ErrSyntax}, {" {}", strictjson.ErrSyntax}, {"{}\n", strictjson.ErrSyntax}, {"{}{}", strictjson.ErrSyntax}, {`{"a":01}`, strictjson.ErrSyntax},
		{"\"\xff\"", strictjson.ErrSyntax}, {`"\ud800"`, strictjson.ErrSyntax}, {`"\ud800\u0041"`, strictjson.ErrSyntax}, {`"\udc00\ud800"`, strictjson.ErrSyntax},
		{`{"\ud800":1}`, strictjson.ErrSyntax}, {strings.Repeat("[", 33) + strings.Repeat("]", 33), strictjson.ErrSyntax},
		{`{"a":1,"b":2,"a":3}`, strictjson.ErrDuplicate}, {`{"a":1,"\u0061":3}`, strictjson.ErrDuplicate},
		{`[{"x":{"a":[],"a":1}}]`, strictjson.ErrDuplicate}, {`{"a\u0000b":1}`, strictjson.ErrSyntax}, {`{"a":1}x`, strictjson.ErrSyntax},
	} {
		if err := strictjson.Check([]byte(c.in)); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.in, err, c.want)
		}
	}
}

// FuzzCheck compares with the standard library's decoder.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `[{"a":"\u0061"},"\ud83d\ude00"]`, `{"a":{"a":1},"b":[1]}`, `1E700`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if strictjson.Check(b) != nil {
			return
		}
		var v any
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber() // 1E700 is JSON, though not a float64
		if err := d.Decode(&v); err != nil {
			t.Fatalf("strict, but the standard library says %v", err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if members(b) != members(again) {
			t.Fatalf("a member was lost: %s became %s", b, again)
		}
	})
}

// members counts the tokens of a JSON text: a member that is lost takes two away.
func members(b []byte) (n int) {
	d := json.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); err != nil {
			return n
		}
		n++
	}
}

func TestDecode(t *testing.T) {
	var v struct{ A int }
	if err := strictjson.Decode([]byte(`{"a":1}`), &v); err != nil || v.A != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	if strictjson.Decode([]byte(`{"a":1,"b":2}`), &v) == nil {
		t.Error("a member that is not known")
	}
}

// TestBuilder: what is built of values is read as if it was parsed.
func TestBuilder(t *testing.T) {
	one, err := strictjson.Parse(`[1]`)
	if err != nil {
		t.Fatal(err)
	}
	const name = "a\"\\\u2028é"
	var b strictjson.Builder
	b.Begin(strictjson.Object)
	b.Name(name)
	b.Begin(strictjson.Array)
	b.Add(one)
	b.Add(one)
	b.End()
	b.Name("b")
	b.Add(one)
	b.End()
	v := b.Value()
	if list, ok := v.Member(name); !ok || list.Len() != 2 || v.Len() != 2 || v.Depth() != 3 || !v.HasName(name) {
		t.Errorf("%d members, %d levels, %d in the list", v.Len(), v.Depth(), list.Len())
	}
	if (strictjson.Value{}).Kind() != strictjson.Absent {
		t.Error("no value is one")
	}
}
