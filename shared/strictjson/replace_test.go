package strictjson_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"consent-receipts/shared/strictjson"
)

func TestReplace(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,"r":[1,{"x":2}],"b":"é"}`: `{"a":1,"r":0,"b":"é"}`,
		`{ "r" : {"a":1,"a":2} , "a": 1}`: `{"r":0,"a": 1}`,
		`{"r":1,"a":1,"r":2}`:             `{"r":0,"a":1}`,
		`{"\u0072":1}`:                    `{"\u0072":0}`,
		`{"a":1,"a":2}`:                   `{"a":1,"a":2}`,
		`{"a":{"r":1}}`:                   `{"a":{"r":1}}`,
		`{}`:                              `{}`,
		`{"r":1}{}`:                       `{"r":0}{}`,
		`{"r":"cut \ud83d"}`:              `{"r":0}`,
		"{\"r\":\"\xff\"}":                `{"r":0}`,
		`{"r":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: `{"r":0}`,
		`[{"r":1}]`: `[{"r":1}]`,
		`["r",1]`:   `["r",1]`,
		`{"r":`:     `{"r":`,
		``:          ``,
	} {
		got := string(strictjson.Replace([]byte(in), "r", func(json.RawMessage) json.RawMessage { return json.RawMessage("0") }))
		if got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

// FuzzReplace: what is strict stays so, and what is not among the named member neither
// comes nor goes.
func FuzzReplace(f *testing.F) {
	for _, seed := range []string{`{"r":1,"a":{"r":2}}`, `{"a":[1, 2] , "r":"x"}`, `{"r":1,"r":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(v json.RawMessage) json.RawMessage { return v }
		out := strictjson.Replace(b, "r", same)
		if strictjson.Check(b) != nil {
			return
		}
		if strictjson.Check(out) != nil || sorted(t, b) != sorted(t, out) {
			t.Fatalf("%s became %s", b, out)
		}
	})
}

// sorted is JSON with the members of its objects in order.
func sorted(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
