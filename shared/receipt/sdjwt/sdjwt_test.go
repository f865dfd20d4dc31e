package sdjwt_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/strictjson"
)

const maxBytes = 64 << 10

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

var jwt = encode(`{"alg":"ES256"}`) + "." + encode(`{"a":1}`) + ".c2ln"

func TestParseRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"empty":                  {"", sdjwt.ErrFormat},
		"no tilde":               {jwt, sdjwt.ErrFormat},
		"too large":              {jwt + "~" + strings.Repeat("a", maxBytes), sdjwt.ErrSize},
		"two segments":           {"e30.e30~", sdjwt.ErrFormat},
		"empty segment":          {"e30.e30.~", sdjwt.ErrFormat},
		"padding":                {jwt + "=~", sdjwt.ErrBase64},
		"newline":                {strings.Replace(jwt, ".", "\n.", 1) + "~", sdjwt.ErrBase64},
		"not ASCII":              {"é" + jwt + "~", sdjwt.ErrBase64},
		"trailing bits":          {"e31.e30.AA~", sdjwt.ErrBase64},
		"header not JSON":        {encode("x") + ".e30.AA~", strictjson.ErrSyntax},
		"payload not an object":  {"e30." + encode("[1]") + ".AA~", sdjwt.ErrFormat},
		"member twice":           {"e30." + encode(`{"a":1,"a":1}`) + ".AA~", strictjson.ErrDuplicate},
		"empty disclosure":       {jwt + "~~", strictjson.ErrSyntax},
		"disclosure not array":   {jwt + "~" + encode(`{}`) + "~", sdjwt.ErrDisclosure},
		"disclosure of one":      {jwt + "~" + encode(`["s"]`) + "~", sdjwt.ErrDisclosure},
		"disclosure of four":     {jwt + "~" + encode(`["s","n",1,2]`) + "~", sdjwt.ErrDisclosure},
		"salt not a string":      {jwt + "~" + encode(`[1,2]`) + "~", sdjwt.ErrDisclosure},
		"salt null":              {jwt + "~" + encode(`[null,2]`) + "~", sdjwt.ErrDisclosure},
		"name _sd":               {jwt + "~" + encode(`["s","_sd",1]`) + "~", sdjwt.ErrDisclosure},
		"name ...":               {jwt + "~" + encode(`["s","...",1]`) + "~", sdjwt.ErrDisclosure},
		"name null":              {jwt + "~" + encode(`["s",null,1]`) + "~", sdjwt.ErrDisclosure},
		"key binding not a JWT":  {jwt + "~x", sdjwt.ErrFormat},
		"key binding base64":     {jwt + "~" + jwt + "=", sdjwt.ErrBase64},
		"four segments":          {jwt + ".AA~", sdjwt.ErrFormat},
		"carriage return":        {jwt + "\r~", sdjwt.ErrBase64},
		"space":                  {jwt + " ~", sdjwt.ErrBase64},
		"standard alphabet":      {"e30.e30.+/AA~", sdjwt.ErrBase64},
		"disclosure base64":      {jwt + "~" + encode(`["s",1]`) + "=~", sdjwt.ErrBase64},
		"disclosure line break":  {jwt + "~" + encode(`["s",1]`) + "\n~", sdjwt.ErrBase64},
		"disclosure cut off":     {jwt + "~" + encode(`["s",1]`), sdjwt.ErrFormat},
		"disclosed member twice": {jwt + "~" + encode(`["s",{"a":1,"a":2}]`) + "~", strictjson.ErrDuplicate},
		"salt empty":             {jwt + "~" + encode(`["",2]`) + "~", sdjwt.ErrDisclosure},
		"name a number":          {jwt + "~" + encode(`["s",1,1]`) + "~", sdjwt.ErrDisclosure},
		"name escaped _sd":       {jwt + "~" + encode(`["s","\u005fsd",1]`) + "~", sdjwt.ErrDisclosure},
	} {
		if _, err := sdjwt.Parse(c.in, maxBytes); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for size, want := range map[int]error{len(jwt) + 1: nil, len(jwt): sdjwt.ErrSize} {
		if _, err := sdjwt.Parse(jwt+"~", size); !errors.Is(err, want) {
			t.Errorf("at most %d bytes: %v, want %v", size, err, want)
		}
	}
}

// TestConceal: concealing and disclosing again gives the same value, and withheld elements
// are named.
func TestConceal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.SampledFrom([]string{`1`, `"a"`, `{"b":[1,{"c":null}]}`, `[]`, `1.50`}), 0, 8).Draw(t, "values")
		shown := make([]bool, len(values))
		payload := `{"list":[`
		var disclosures []sdjwt.Disclosure
		want := []string{}
		for i, v := range values {
			d, err := sdjwt.NewElement(rand.Reader, parse(t, v))
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				payload += ","
			}
			payload += `{"...":"` + d.Digest + `"}`
			if shown[i] = rapid.Bool().Draw(t, "shown"); shown[i] {
				disclosures = append(disclosures, d)
				want = append(want, v)
			} else {
				want = append(want, `{"...":"`+d.Digest+`"}`)
			}
		}
		tree, err := sdjwt.Process(parse(t, payload+`]}`), disclosures, true)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(plain(tree))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != `{"list":[`+strings.Join(want, ",")+`]}` {
			t.Fatalf("got %s, want %v", got, want)
		}
	})
}

// TestRoundTrip: what NewElement makes is what Parse reads.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want []sdjwt.Disclosure
		s := jwt + "~"
		for _, v := range rapid.SliceOfN(rapid.String(), 0, 8).Draw(t, "values") {
			value, err := json.Marshal(map[string]any{"v": v, "n": json.Number("1.50")})
			if err != nil {
				t.Fatal(err)
			}
			d, err := sdjwt.NewElement(rand.Reader, parse(t, string(value)))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, d)
			s += d.Encoded + "~"
		}
		if rapid.Bool().Draw(t, "bound") {
			s += jwt
		}
		parsed, err := sdjwt.Parse(s, len(s))
		if err != nil {
			t.Fatal(err)
		}
		if again(parsed) != s || parsed.SigningInput()+".c2ln" != jwt {
			t.Fatal("reassembled otherwise")
		}
		if !slices.EqualFunc(parsed.Disclosures, want, func(a, b sdjwt.Disclosure) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("got %+v, want %+v", parsed.Disclosures, want)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		jwt + "~", jwt + "~" + encode(`["s",1]`) + "~", jwt + "~" + jwt,
		jwt + "~" + encode("[ \"a\\\"],\" ,\n\"n\" , {\"b\":[1,\"],\"]}\t]") + "~",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parsed, err := sdjwt.Parse(s, maxBytes)
		if err != nil {
			return
		}
		if again(parsed) != s {
			t.Fatalf("reassembled otherwise: %q", s)
		}
		for _, d := range parsed.Disclosures {
			compare(t, d)
		}
		_, _ = sdjwt.Process(parsed.Payload, parsed.Disclosures, false)
	})
}

// compare reads a disclosure with the standard library's decoder.
func compare(t *testing.T, d sdjwt.Disclosure) {
	b, err := base64.RawURLEncoding.DecodeString(d.Encoded)
	if err != nil {
		t.Fatal(err)
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		t.Fatal(err)
	}
	want := sdjwt.Disclosure{Encoded: d.Encoded, Digest: sdjwt.Digest(d.Encoded), IsElement: len(parts) == 2, Value: parse(t, string(parts[len(parts)-1]))}
	if err := json.Unmarshal(parts[0], &want.Salt); err != nil {
		t.Fatal(err)
	}
	if !want.IsElement {
		if err := json.Unmarshal(parts[1], &want.Name); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(d, want) {
		t.Fatalf("got %+v, want %+v", d, want)
	}
}

// Encoding the parsed SD-JWT again gives the same bytes.
func again(s *sdjwt.SDJWT) string {
	parts := []string{s.Issuer}
	for _, d := range s.Disclosures {
		parts = append(parts, d.Encoded)
	}
	return strings.Join(append(parts, s.KeyBinding), "~")
}
