package catalogue_test

import (
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/statement"
)

// TestServices: a record names the services in its own language, or by a name that is the same in
// all; and a catalogue is read as it was written.
func TestServices(t *testing.T) {
	for file, want := range map[string]map[string]string{
		"sample-street-shop.yaml": {"en": "Online shop", "es": "Tienda en línea"},
		"first-example-bank.yaml": {"en": "Customer conversations in Parley Messenger", "es": "Customer conversations in Parley Messenger"},
	} {
		compiled, problems := source.Compile(sample.FS, file)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		b, err := compiled.Catalogue.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		cat, err := catalogue.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		for id, p := range cat.Purposes {
			for language, name := range want {
				mark := statement.Mark{Seq: 1}
				r := consent.NewRecord(&statement.Line{
					Kind: statement.KindConsent, Purpose: id, Recipient: p.Recipients[0], State: statement.Given,
					Terms: &statement.Terms{Language: language}, Granted: &mark, Latest: mark,
				}, cat, "s")
				if got := r.Purposes[0].Services; len(got) != 1 || got[0] != name {
					t.Errorf("%s in %s: %q, want %q", file, language, got, name)
				}
			}
		}
	}
}
