package pseudonym_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	contracts "consent-receipts/events"
	"consent-receipts/shared/pseudonym"
)

// refusals are the words of testdata/spellings.json for the refusals of Check.
var refusals = map[string]error{
	"": nil, "empty": pseudonym.ErrEmpty, "white-space": pseudonym.ErrWhiteSpace, "invisible": pseudonym.ErrInvisible, "form": pseudonym.ErrForm,
}

// spelling is a spelling of one customer number.
type spelling struct{ Name, ID, Refused string }

func spellings(t *testing.T) (all []spelling) {
	t.Helper()
	b, err := os.ReadFile("testdata/spellings.json")
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil || len(all) < 40 {
		t.Fatalf("%d spellings: %v", len(all), err)
	}
	return all
}

// TestCheck: each spelling of a customer number is refused for its reason, or is a person
// of its own. A refusal repeats nothing of it.
func TestCheck(t *testing.T) {
	m, err := pseudonym.NewMaker(bytes.Repeat([]byte{1}, pseudonym.KeySize), "bank")
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]string{}
	for _, s := range spellings(t) {
		want, known := refusals[s.Refused]
		if !known {
			t.Fatalf("%s: no refusal is %q", s.Name, s.Refused)
		}
		for as, of := range map[string]func(string) (string, error){"person": m.Of, "staff": m.Staff} {
			got, err := of(s.ID)
			if err != pseudonym.Check(s.ID) || err != want || (err == nil) != (len(got) == 43) {
				t.Errorf("%s, as %s: %q, %v, want %v", s.Name, as, got, err, want)
			}
			if err != nil && (!errors.Is(err, pseudonym.ErrID) || strings.Contains(err.Error(), "0001")) {
				t.Errorf("%s: the error is %v", s.Name, err)
			}
			if other, taken := people[got]; taken && err == nil {
				t.Errorf("%s is the same person as %s", s.Name, other)
			}
			people[got] = s.Name + ", as " + as
		}
	}
	for id, want := range map[string]error{
		strings.Repeat("a", pseudonym.MaxID):     nil,
		strings.Repeat("a", pseudonym.MaxID+1):   pseudonym.ErrTooLong,
		strings.Repeat("é", pseudonym.MaxID/2):   nil,
		strings.Repeat("é", pseudonym.MaxID/2+1): pseudonym.ErrTooLong,
		"customer-\xff0001":                      pseudonym.ErrInvisible, // not UTF-8
		"customer-\xed\xa0\x800001":              pseudonym.ErrInvisible, // a surrogate in UTF-8's clothes
		"customer-0001\xc2":                      pseudonym.ErrInvisible, // cut off
	} {
		if err := pseudonym.Check(id); err != want {
			t.Errorf("%d bytes: %v, want %v", len(id), err, want)
		}
	}
}

// TestSchema: the published schemas say what Check says, of every character. Left out are
// the normalization form, which no pattern can say, and variation selectors beyond U+FFFF:
// readers of JSON as YAML do not know the escape of them.
func TestSchema(t *testing.T) {
	for _, s := range spellings(t) {
		if s.Name == "a supplementary variation selector" {
			continue
		}
		allowed := s.Refused == "" || s.Refused == "form"
		body, err := json.Marshal(map[string]any{"customer": s.ID})
		if err != nil {
			t.Fatal(err)
		}
		if err := contracts.CheckJSON("person/1", body); allowed != (err == nil) {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	raw, err := contracts.Schema("envelope/1")
	if err != nil {
		t.Fatal(err)
	}
	var envelope struct {
		Defs struct{ Identifier struct{ Pattern string } } `json:"$defs"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(envelope.Defs.Identifier.Pattern)
	for r := range unicode.MaxRune + 1 {
		if r > 0xffff && unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		id := "a" + string(r) + "b"
		if err := pseudonym.Check(id); pattern.MatchString(id) != (err == nil || err == pseudonym.ErrForm) {
			t.Errorf("%U: %v, and the pattern says otherwise", r, err)
		}
	}
}
