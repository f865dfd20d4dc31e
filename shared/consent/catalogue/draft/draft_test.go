package draft_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent/catalogue/draft"
	"consent-receipts/shared/consent/catalogue/source"
)

// good are answers to all questions.
func good() map[string]string {
	return map[string]string{
		"name": "Corner Bakery", "address": "1 Market Street, Bilbao", "contact": "privacy@bakery.example, +34 900 000 000",
		"website": "https://www.bakery.example", "country": "ES", "languages": "en, es", "purposes": "Newsletter; Offers by e-mail",
		"data": "E-mail address; What you buy", "recipients": "Parcel Service", "valid": "12 months",
	}
}

type failer interface{ Fatalf(string, ...any) }

// compiled answers all questions, and compiles what becomes of it.
func compiled(t failer, answers map[string]string) (*source.Compiled, map[string][]byte) {
	var a draft.Answers
	for _, q := range draft.Questions() {
		if wrong := q.Take(&a, answers[q.Name]); wrong != "" {
			t.Fatalf("%s: %q: %s", q.Name, answers[q.Name], wrong)
		}
	}
	files, err := a.Files("mine.yaml")
	if err != nil {
		t.Fatalf("%v", err)
	}
	fsys := fstest.MapFS{}
	for name, b := range files {
		fsys[name] = &fstest.MapFile{Data: b}
	}
	c, problems := source.Compile(fsys, "mine.yaml")
	if len(problems) > 0 {
		t.Fatalf("%v\n%s", problems, files["mine.yaml"])
	}
	return c, files
}

func TestDraft(t *testing.T) {
	c, files := compiled(t, good())
	cat := c.Catalogue
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, []string{"mine.yaml", "notices/newsletter.en.md", "notices/newsletter.es.md", "notices/offers-by-e-mail.en.md", "notices/offers-by-e-mail.es.md"}) {
		t.Errorf("files %v", got)
	}
	if cat.Issuer != "https://consent.bakery.example" || cat.Parties[cat.Controller].URL != "https://www.bakery.example" || cat.Purposes["newsletter"].Recipients[0] != "parcel-service" ||
		cat.Purposes["newsletter"].Valid.String() != "P12M" || cat.DataRequests.Default != "gdpr" || cat.DataRequests.Timezone != "Europe/Madrid" {
		t.Errorf("%s", c.Canonical)
	}
	for name, text := range files {
		if strings.HasSuffix(name, ".es.md") && !strings.Contains(string(text), "12 meses como máximo") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestPlaces: a catalogue has the rule of its place where there is one, and says where it
// guessed.
func TestPlaces(t *testing.T) {
	for place, want := range map[string]string{
		"DE": "gdpr", "NO": "gdpr", "GB": "uk-gdpr", "BR": "lgpd", "CA": "pipeda", "CA-QC": "quebec", "CA-ON": "pipeda", "KR": "kr-pipa", "es": "gdpr",
		"US-CA": "ccpa", "US-CO": "us-co", "US-CT": "us-ct", "US-TX": "us-tx", "US-VA": "us-va", "US-AK": "gdpr", "ZA": "gdpr", "AU": "gdpr",
	} {
		answers := good()
		answers["country"] = place
		c, files := compiled(t, answers)
		if got := c.Catalogue.DataRequests.Default; got != want {
			t.Errorf("%s: %s, want %s", place, got, want)
		}
		guessed := slices.Contains([]string{"US-AK", "ZA", "AU"}, place)
		if got := strings.Contains(string(files["mine.yaml"]), "EDIT: no rule of "+place); got != guessed {
			t.Errorf("%s: says that it guessed: %v", place, got)
		}
	}
}

// TestRefusedAnswers: what is wrong is said in a sentence.
func TestRefusedAnswers(t *testing.T) {
	for _, c := range []struct{ name, answer, want string }{
		{"name", "", "Write the name in 1 to 80 characters."},
		{"name", strings.Repeat("é", 81), "Write the name in 1 to 80 characters."},
		{"name", "Bakery\u202e", "Write it in one line, without control characters."},
		{"name", "Bakery\nversion: 2", "Write it in one line, without control characters."},
		{"address", "1 Market Street", "Write the street, a comma, and the town."},
		{"address", "1 Market Street,", "Write the town in 1 to 80 characters."},
		{"contact", "bakery.example, +34 900 000 000", `"bakery.example" is no e-mail address.`},
		{"contact", "privacy@bakery.example", `"" is no phone number.`},
		{"contact", "privacy@bakery.example, call us", `"call us" is no phone number.`},
		{"website", "http://bakery.example", "Write a web address that begins with https://"},
		{"website", "https://localhost", "Write a web address that begins with https://"},
		{"website", "https://bakery.example}", "Write a web address that begins with https://"},
		{"country", "Spain", "Write the two letters of ISO 3166"},
		{"country", "XX", "No country has the code XX."},
		{"country", "US", "Write the state too, such as US-CA."},
		{"languages", "en, fr", `none in "fr"`},
		{"purposes", "", "Write 1 to 8, with semicolons between them."},
		{"purposes", "a; b; c; d; e; f; g; h; i", "Write 1 to 8"},
		{"purposes", "Newsletter; Newsletter", `"Newsletter" is there twice.`},
		{"data", "; ;", "Write 1 to 8"},
		{"recipients", strings.Repeat("x", 81), "Write each recipient in 1 to 80 characters."},
		{"valid", "for ever", "Write a number and days, weeks, months or years"},
		{"valid", "0 days", "Write a number and days, weeks, months or years"},
	} {
		for _, q := range draft.Questions() {
			if q.Name != c.name {
				continue
			}
			if wrong := q.Take(new(draft.Answers), c.answer); !strings.Contains(wrong, c.want) || !strings.HasSuffix(wrong, ".") {
				t.Errorf("%s: %q: %q, want %q", c.name, c.answer, wrong, c.want)
			}
		}
	}
}

// TestFirstLanguage: ids have whole words, and what nobody asked is in the first language.
func TestFirstLanguage(t *testing.T) {
	answers := good()
	answers["languages"], answers["purposes"] = "es, en", "Ofertas por correo electrónico; "+strings.Repeat("w", 40)
	c, _ := compiled(t, answers)
	if got := slices.Sorted(maps.Keys(c.Catalogue.Purposes)); !slices.Equal(got, []string{"ofertas-por-correo", strings.Repeat("w", 28)}) {
		t.Errorf("purposes %v", got)
	}
	if who := c.Catalogue.Parties["authority"]; who.Name != "Autoridad de protección de datos" || who.Address.Locality != "Localidad desconocida" {
		t.Errorf("%+v", who)
	}
}

// TestAnyWords: whatever an answer says, if it is taken, the draft has no mistakes.
func TestAnyWords(t *testing.T) {
	words := rapid.SampledFrom([]string{"no", "Null", "2026", "1e3", "Á b", "日本", `"x" {{.}}`, "a: b", "#x", "- x", "controller", "authority", "data", "y", "%", "<b>", "'", "E-mail", strings.Repeat("w", 80), "🙂"})
	rapid.Check(t, func(t *rapid.T) {
		answers := good()
		for _, name := range []string{"purposes", "data", "recipients"} {
			answers[name] = strings.Join(rapid.SliceOfNDistinct(words, 1, 8, rapid.ID).Draw(t, name), ";")
		}
		answers["name"] = words.Draw(t, "name")
		answers["address"] = words.Draw(t, "street") + "," + words.Draw(t, "town")
		answers["country"] = rapid.SampledFrom([]string{"ES", "NO", "US-VA", "ZA"}).Draw(t, "country")
		answers["languages"] = rapid.SampledFrom([]string{"en", "es", "es en"}).Draw(t, "languages")
		compiled(t, answers)
	})
}
