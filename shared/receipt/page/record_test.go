package page

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// filled sets every member below v: each text and each number of days is another one. Of a
// list it makes one element.
func filled(v reflect.Value, n *int) {
	*n++
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, *n)
		return
	case *period.Period:
		*p = period.Period{Days: 1000 + *n}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("said-%d-here", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint64:
		v.SetUint(uint64(1000 + *n))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	}
}

// TestStrengthOfSigningIn: a code stands among the others as it is, and other words are marked as
// somebody's.
func TestStrengthOfSigningIn(t *testing.T) {
	for acr, want := range map[string]string{"urn:example:dev": "Strength of signing in: urn:example:dev", "aal2\nState: completed": "Strength of signing in: | aal2 | State: completed"} {
		s := newStory(t)
		rec := s.optIn("en")
		rec.Evidence = disclosed(t, []statement.Evidence{{Level: statement.EvidenceAuthenticated, Channel: "web", Authentication: &statement.Authentication{ACR: acr}}})
		contains(t, text(t, rec, nil, "en"), want)
	}
}

// TestNothingIsLeftOut: whatever a record holds is on the page, in words or among what only
// systems read.
func TestNothingIsLeftOut(t *testing.T) {
	var r statement.Record
	n := 0
	filled(reflect.ValueOf(&r).Elem(), &n)
	// what the receipt itself says, and what follows from other members
	const schema, person = "the schema", "the person"
	r.SchemaVersion, r.PrincipalID, r.Access.Kind = schema, person, "recurring"
	r.Events[0].EventTime, r.Events[0].ValidityDuration = r.Events[0].ValidityDuration, r.Events[0].EventTime.AddDate(1, 0, 0)
	rec := &receipt.Receipt{Claims: receipt.Claims{
		Subject: person, SchemaVersion: schema, Seq: 7, Event: receipt.Event{Type: "opt-in"}, Controller: &statement.Controller{Name: "Bank", Timezone: "Europe/Madrid"},
	}}
	rec.Records = disclosed(t, []statement.Record{r})
	// the terms of the consent are with its change
	rec.Changes = disclosed(t, []statement.Change{{ConsentID: r.RecordID, Purpose: r.Purposes[0].Purpose, Recipient: "parley", From: "none", To: "given"}})
	for _, role := range []string{"controller", "recipient", "processor", "authority"} {
		r.Parties[0].Role = role
		rec.Records = disclosed(t, []statement.Record{r})
		said := strings.ToLower(strings.ReplaceAll(text(t, rec, nil, "en"), " ", ""))
		var look func(v reflect.Value, path string)
		look = func(v reflect.Value, path string) {
			var want string
			switch value := v.Interface().(type) {
			case time.Time:
				want = texts.In("en").Date(value)
			case period.Period:
				want = texts.In("en").Period(value)
			}
			switch v.Kind() {
			case reflect.String:
				want = v.String()
			case reflect.Uint64:
				want = fmt.Sprint(v.Uint())
			case reflect.Slice:
				look(v.Index(0), path)
				return
			case reflect.Pointer:
				look(v.Elem(), path)
				return
			case reflect.Struct:
				for i := range v.NumField() {
					if want == "" {
						look(v.Field(i), path+"."+v.Type().Field(i).Name)
					}
				}
			}
			known := map[string]bool{".Access.Kind": true, ".Parties.Role": true} // said by how often, and by the label
			if !known[path] && !strings.Contains(said, strings.ToLower(strings.ReplaceAll(want, " ", ""))) {
				t.Errorf("%s as %s: %q is not said", path, role, want)
			}
		}
		look(reflect.ValueOf(r), "")
	}
}

// TestSpecialCategories: each special category that a catalogue may name has words.
func TestSpecialCategories(t *testing.T) {
	for _, language := range wording.Languages() {
		for _, id := range statement.SpecialCategories() {
			if texts.In(language).Term("value.special_categories", id) == id {
				t.Errorf("%s: no words for %s", language, id)
			}
		}
	}
}

// TestSampleTerms: each right, each lawful basis and each reason why data are special that a sample
// names has words.
func TestSampleTerms(t *testing.T) {
	for _, file := range []string{"first-example-bank.yaml", "sample-general-hospital.yaml", "sample-street-shop.yaml"} {
		of, problems := source.Compile(samples.FS, file)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		named := map[string]string{}
		for _, r := range of.Catalogue.Rights {
			named[r.Right] = "value.right"
		}
		for _, p := range of.Catalogue.Purposes {
			named[p.LawfulBasis] = "value.lawful_basis"
		}
		for _, d := range of.Catalogue.Data {
			if d.Special != "" {
				named[d.Special] = "value.special_pii_category"
			}
		}
		for id, kind := range named {
			for _, language := range wording.Languages() {
				if !texts.In(language).Has(kind + "." + id) {
					t.Errorf("%s, %s: no words for %s", file, language, id)
				}
			}
		}
	}
}
