package sdjwt_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"consent-receipts/shared/receipt/sdjwt"
	"consent-receipts/shared/strictjson"
)

// disclosed parses disclosures given as JSON.
func disclosed(t testing.TB, contents ...string) []sdjwt.Disclosure {
	t.Helper()
	s := jwt + "~"
	for _, c := range contents {
		s += encode(c) + "~"
	}
	parsed, err := sdjwt.Parse(s, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Disclosures
}

// digest of a disclosure given as JSON.
func digest(content string) string { return sdjwt.Digest(encode(content)) }

// hidden is the placeholder of an array element.
func hidden(content string) string { return `{"...":"` + digest(content) + `"}` }

func parse(t interface{ Fatal(...any) }, text string) strictjson.Value {
	v, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// plain is a value as encoding/json reads it, with numbers as they are written.
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
	}
	return json.RawMessage(v.Raw())
}

// object conceals members under _sd.
func object(contents ...string) string {
	for i, c := range contents {
		contents[i] = `"` + digest(c) + `"`
	}
	return `{"_sd":[` + strings.Join(contents, ",") + `]}`
}

// TestProcess: flat, structured and recursive (RFC 9901, section 6).
func TestProcess(t *testing.T) {
	const street, country, element = `["s1","street","Main St"]`, `["s2","country",1.50]`, `["s3",[2e400]]`
	address := `["s4","address",` + object(street, country) + `]`
	list := `["s5",[` + hidden(element) + `]]`
	for name, c := range map[string]struct {
		payload     string
		disclosures []string
		want, kept  string // kept: with the withheld elements
	}{
		"nothing":         {`{"a":[1,{"b":null}],"n":1.50}`, nil, `{"a":[1,{"b":null}],"n":1.50}`, ""},
		"flat":            {`{"_sd_alg":"sha-256","_sd":["` + digest(street) + `"]}`, []string{street}, `{"street":"Main St"}`, `{"_sd_alg":"sha-256","street":"Main St"}`},
		"structured":      {`{"address":` + object(street, country) + `}`, []string{country}, `{"address":{"country":1.50}}`, ""},
		"recursive":       {object(address), []string{street, address, country}, `{"address":{"country":1.50,"street":"Main St"}}`, ""},
		"recursive, part": {object(address), []string{address}, `{"address":{}}`, ""},
		"elements":        {`{"l":[0,` + hidden(list) + `]}`, []string{element, list}, `{"l":[0,[[2e400]]]}`, ""},
		"withheld":        {`{"l":[0,` + hidden(list) + `,1]}`, nil, `{"l":[0,1]}`, `{"l":[0,` + hidden(list) + `,1]}`},
		"alg inside":      {`{"a":{"_sd_alg":1,"_sd":[]}}`, nil, `{"a":{"_sd_alg":1}}`, ""},
		"withheld inside": {`{"l":[` + hidden(list) + `]}`, []string{list}, `{"l":[[]]}`, `{"l":[[` + hidden(element) + `]]}`},
	} {
		if c.kept == "" {
			c.kept = c.want
		}
		for keep, want := range map[bool]string{false: c.want, true: c.kept} {
			tree, err := sdjwt.Process(parse(t, c.payload), disclosed(t, c.disclosures...), keep)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got, err := json.Marshal(plain(tree)); err != nil || string(got) != want {
				t.Errorf("%s, keep %t: got %s, %v, want %s", name, keep, got, err, want)
			}
		}
	}
}

// TestProcessRefuses: what RFC 9901, section 7.1, has rejected.
func TestProcessRefuses(t *testing.T) {
	const member, element = `["s","a",1]`, `["s",1]`
	deep := strings.Repeat("[", 20) + `%s` + strings.Repeat("]", 20)
	inner := fmt.Sprintf(`["s",`+deep+`]`, "1")
	for name, c := range map[string]struct {
		payload     string
		disclosures []string
	}{
		"unknown _sd_alg":          {`{"_sd_alg":"sha-512"}`, nil},
		"_sd_alg not a string":     {`{"_sd_alg":null}`, nil},
		"stray disclosure":         {`{}`, []string{element}},
		"disclosure twice":         {`{"l":[` + hidden(element) + `]}`, []string{element, element}},
		"digest twice":             {`{"l":[` + hidden(element) + `,` + hidden(element) + `]}`, nil},
		"digest twice in _sd":      {object(member, member), nil},
		"digest in _sd and list":   {`{"o":` + object(element) + `,"l":[` + hidden(element) + `]}`, nil},
		"digest in its disclosure": {`{"l":[` + hidden(`["s",[{"...":"x"}]]`) + `,{"...":"x"}]}`, []string{`["s",[{"...":"x"}]]`}},
		"_sd not an array":         {`{"_sd":"x"}`, nil},
		"_sd of a number":          {`{"_sd":[1]}`, nil},
		"_sd of an empty string":   {`{"_sd":[""]}`, nil},
		"element in _sd":           {object(element), []string{element}},
		"member in a list":         {`{"l":[` + hidden(member) + `]}`, []string{member}},
		"name is there":            {`{"a":0,"_sd":["` + digest(member) + `"]}`, []string{member}},
		"name disclosed twice":     {object(member, `["t","a",2]`), []string{member, `["t","a",2]`}},
		"placeholder not alone":    {`{"l":[{"...":"x","a":1}]}`, nil},
		"placeholder of a number":  {`{"l":[{"...":1}]}`, nil},
		"placeholder not in list":  {`{"a":{"...":"x"}}`, nil},
		"placeholder as member":    {`{"...":"x"}`, nil},
		"bad inside a list":        {`{"l":[{"_sd":1}]}`, nil},
		"bad inside an element":    {`{"l":[` + hidden(`["s",{"_sd":1}]`) + `]}`, []string{`["s",{"_sd":1}]`}},
		"bad inside a member":      {object(`["s","a",{"_sd":1}]`), []string{`["s","a",{"_sd":1}]`}},
		"too deep together":        {fmt.Sprintf(`{"l":`+deep+`}`, hidden(inner)), []string{inner}},
	} {
		for _, keep := range []bool{false, true} {
			if _, err := sdjwt.Process(parse(t, c.payload), disclosed(t, c.disclosures...), keep); !errors.Is(err, sdjwt.ErrDisclosure) {
				t.Errorf("%s, keep %t: %v", name, keep, err)
			}
		}
	}
	if _, err := sdjwt.Process(parse(t, `[]`), nil, false); !errors.Is(err, sdjwt.ErrFormat) {
		t.Errorf("payload not an object: %v", err)
	}
}

// TestProcessDepth: payload and disclosures together have the bound that each text has, of values
// that disclose nothing, and of a chain of disclosures whose last part is withheld.
func TestProcessDepth(t *testing.T) {
	for levels, want := range map[int]error{strictjson.MaxDepth: nil, strictjson.MaxDepth + 1: sdjwt.ErrDisclosure} {
		deep := `["s",` + strings.Repeat("[", levels-2) + "1" + strings.Repeat("]", levels-2) + `]`
		chain := []string{`["s",[{"...":"x"}]]`}
		for len(chain) < levels-1 {
			chain = append(chain, `["s",[`+hidden(chain[len(chain)-1])+`]]`)
		}
		for _, contents := range [][]string{{deep}, chain} {
			payload := `{"l":[` + hidden(contents[len(contents)-1]) + `]}`
			if _, err := sdjwt.Process(parse(t, payload), disclosed(t, contents...), true); !errors.Is(err, want) {
				t.Errorf("%d levels in %d disclosures: %v, want %v", levels, len(contents), err, want)
			}
		}
	}
}

func TestNewElementNeedsRandomness(t *testing.T) {
	if _, err := sdjwt.NewElement(bytes.NewReader(make([]byte, 15)), parse(t, `1`)); err == nil {
		t.Error("made a salt of 15 bytes")
	}
}

// FuzzProcess: payloads and disclosures as Parse lets them through. The result
// has no digest left, and is the same a second time.
func FuzzProcess(f *testing.F) {
	const inner = `["s","b",{"c":[1.0,null]}]`
	list := `["s",` + object(inner) + `]`
	f.Add(`{"l":[`+hidden(list)+`,1]}`, list, inner)
	f.Add(object(`["s","a",1]`), `["s","a",1]`, `["s",1]`)
	f.Add(`{"_sd_alg":"sha-256","l":[{"...":"x"}]}`, `["s",1]`, `["s","a",1]`)
	f.Fuzz(func(t *testing.T, payload, first, second string) {
		for _, contents := range [][]string{nil, {first}, {first, second}} {
			s := encode(`{}`) + "." + encode(payload) + ".AA~"
			for _, c := range contents {
				s += encode(c) + "~"
			}
			parsed, err := sdjwt.Parse(s, maxBytes)
			if err != nil {
				continue
			}
			if again(parsed) != s {
				t.Fatalf("reassembled otherwise: %q", s)
			}
			out := process(t, parsed.Payload, parsed.Disclosures)
			if out == nil {
				continue
			}
			if again := process(t, parse(t, string(out)), nil); !bytes.Equal(again, out) {
				t.Fatalf("%s, processed again, is %s", out, again)
			}
		}
	})
}

// process returns the processed payload as JSON, or nil if it is refused.
func process(t testing.TB, payload strictjson.Value, disclosures []sdjwt.Disclosure) []byte {
	tree, err := sdjwt.Process(payload, disclosures, false)
	if err != nil {
		return nil
	}
	out, err := json.Marshal(plain(tree))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// BenchmarkParseProcess reads an SD-JWT of the size of a large receipt: 14 KB,
// most of it in ten disclosed elements.
func BenchmarkParseProcess(b *testing.B) {
	var list, disclosures []string
	for i := range 10 {
		item := fmt.Sprintf(`{"id":"item-%d","count":%d,"text":[%s]}`, i, i, strings.TrimSuffix(strings.Repeat(`{"lang":"en","text":"what the person was told"},`, 20), ","))
		content := fmt.Sprintf(`["salt-of-element-%d",%s]`, i, item)
		list = append(list, hidden(content))
		disclosures = append(disclosures, encode(content))
	}
	payload := `{"iss":"https://issuer.example","iat":1,"_sd_alg":"sha-256","list":[` + strings.Join(list, ",") + `]}`
	s := encode(`{"alg":"ES256"}`) + "." + encode(payload) + "." + strings.Repeat("A", 86) + "~" + strings.Join(disclosures, "~") + "~"
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		parsed, err := sdjwt.Parse(s, maxBytes)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sdjwt.Process(parsed.Payload, parsed.Disclosures, true); err != nil {
			b.Fatal(err)
		}
	}
}
