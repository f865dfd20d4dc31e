package inbound_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

const example = "../testdata/kantara/kantara-consent-receipt-v1_1-example.json"

// times is a catalogue of the controller of the published example: its words for
// purposes and data are the example's.
func times(t testing.TB) (*catalogue.Catalogue, []byte) {
	t.Helper()
	en := func(s string) catalogue.Text { return catalogue.Text{"en": s} }
	long := period.Period{Years: 50}
	data := map[string]catalogue.Data{
		"d1": {Label: en("1 - Biographical"), PIIType: "pd:Name", Special: "as the receipt says"},
		"d2": {Label: en("2 - Contact"), PIIType: "pd:Contact"},
		"d4": {Label: en("4 - Communications/Social"), PIIType: "pd:Communication"},
		"d7": {Label: en("7 - Financial"), PIIType: "pd:Financial", Special: "as the receipt says"},
	}
	address := statement.Address{Street: "Gleam Street", Locality: "Ankh-Morpork", Country: "DW"}
	purpose := func(title, dpv, recipient string, categories ...string) catalogue.Purpose {
		p := catalogue.Purpose{
			Text: map[string]catalogue.PurposeText{"en": {Title: title, Description: title}}, DPV: dpv, LawfulBasis: "eu-gdpr:A6-1-a",
			Recipients: []string{recipient}, Data: map[string]catalogue.Necessity{}, Access: statement.AccessTerms{Kind: "one-time", Lookback: long},
			Valid: long, Retention: statement.Retention{Recipient: long, AfterEnd: long, Evidence: long, Backups: long},
			PurposeTerms: statement.PurposeTerms{AfterWithdrawal: statement.AfterWithdrawal{What: "delete", Within: long}}, Notice: "n",
			MinimumEvidence: catalogue.MinimumEvidence{OptIn: statement.EvidenceNone},
		}
		for _, c := range categories {
			p.Data[c] = catalogue.Optional
		}
		return p
	}
	way := catalogue.Method{URL: "https://times.example/", Alternative: en("Come to the office.")}
	cat := &catalogue.Catalogue{
		Version: 1, Issuer: "https://consent.times.example", Identity: catalogue.Identity{Namespace: "times", Claim: "sub"},
		Controller: "times", Languages: []string{"en"},
		Parties: map[string]catalogue.Party{
			"times":     {Name: "Ankh-Morpork Times", Role: "controller", Address: address, Email: "william@times.ankh-morpork.xyz", Phone: "(555) 555-DISC (3429)"},
			"debt":      {Name: "The Ankh-morpork Deadbeat Debt Collectors Society", Role: "recipient", Address: address, Email: "debt@times.example"},
			"authority": {Name: "The Patrician", Role: "authority", Address: address, Email: "palace@times.example"},
		},
		Data: data,
		Purposes: map[string]catalogue.Purpose{
			"contract":    purpose("To provide contracted services", "dpv:ServiceProvision", "debt", "d1", "d2", "d4", "d7"),
			"personalise": purpose("To personalize service experience", "dpv:ServicePersonalisation", "times", "d1", "d2", "d4"),
			"market":      purpose("To market services", "dpv:Marketing", "times", "d2"),
		},
		Notices:    map[string]map[string]catalogue.Notice{"n": {"en": {Digest: statement.Digest([]byte("n"))}}},
		Withdrawal: way, Review: way, Rights: []statement.Right{{Right: "access", DPV: "eu-gdpr:A15", URL: "https://times.example/"}},
		Jurisdictions: []string{"DW"}, Authority: "authority",
		Processing: catalogue.Processing{
			CollectionMethod: en("On paper."), ProcessingMethod: en("By imps."), StorageLocations: []string{"DW"},
			ProcessingLocations: []string{"DW"}, GeographicRestrictions: en("None."), Services: []catalogue.Service{{Name: "Digital Subscription and News Alerts"}},
		},
		DataRequests: catalogue.DataRequests{Default: "gdpr", Timezone: "UTC"},
	}
	canonical, err := cat.Canonical()
	must(t, err)
	return cat, canonical
}

// TestPublishedExample: the specification's own example is imported, as one
// receipt, and exported again. It differs only where the reports say.
func TestPublishedExample(t *testing.T) {
	original, err := os.ReadFile(example)
	must(t, err)
	cat, canonical := times(t)
	record, lost, err := inbound.Kantara(original, cat)
	must(t, err)
	if len(record.Choices) != 3 || record.ID != "c1befd3e-b7e5-4ea6-8688-e9a565aade21" {
		t.Fatalf("%+v", record)
	}
	rec := imported(t, cat, canonical, record)
	kantara, _ := exchange.Find("kantara")
	doc, err := kantara.Export(rec, cat, "")
	must(t, err)

	before, after := leaves(t, original), leaves(t, doc.Body)
	fates := map[string]exchange.Fate{}
	for _, f := range lost.Fields {
		fates[f.Path] = f.Fate
	}
	if len(fates) != len(before) {
		t.Errorf("the report names %d of %d values", len(fates), len(before))
	}
	for path, value := range before {
		switch is, there := after[path]; {
		case there && is == value:
		case fates[path] != exchange.Carried:
		default:
			t.Errorf("%s was %q and is %q, and the report says it is %s", path, value, is, fates[path])
		}
	}
	// What is new is ours: the extension, and a locality that our records must have.
	for path := range after {
		if _, was := before[path]; !was && !strings.HasPrefix(path, "/consentReceipts/") && path != "/piiControllers/0/address/addressLocality" {
			t.Errorf("%s is new", path)
		}
	}
	same := 0
	for path, value := range before {
		if after[path] == value {
			same++
		}
	}
	t.Logf("%d of %d values are the same after the round trip; %d carried, %d approximated, %d dropped by the import", same, len(before), lost.Carried, lost.Approx, lost.Dropped)
	if same < 30 {
		t.Errorf("only %d of %d values are the same", same, len(before))
	}
}

// imported records an import for real and returns its receipt.
func imported(t *testing.T, cat *catalogue.Catalogue, canonical []byte, record *inbound.Record) *receipt.Receipt {
	t.Helper()
	d := registrartest.New(t, registrartest.Setup{
		Catalogue: &source.Compiled{Catalogue: cat, Canonical: canonical, Digest: statement.Digest(canonical)},
		Now:       func() time.Time { return now },
	})
	result, err := d.Do(context.Background(), ledger.Person("cGVyc29ucGVyc29ucGVyc29ucGVyc29ucGVyc29ucGU"), "k",
		consent.Import{Language: record.Language, Choices: record.Choices},
		consent.Context{Actor: statement.Actor{Role: statement.RoleSubject}, OccurredAt: record.Time, Evidence: statement.Evidence{
			Level: statement.EvidenceNone, Channel: "import", Producer: "old-crm", Copied: &statement.Copied{System: "old-crm", Record: record.ID, Attests: record.Attests},
		}})
	must(t, err)
	rec, err := d.Verifier.Verify(result.Receipt)
	must(t, err)
	if rec.Event.Type != "import" {
		t.Fatalf("a receipt of %s", rec.Event.Type)
	}
	return rec
}

// TestKantara: what is refused, and what is left out because the catalogue does
// not know it.
func TestKantara(t *testing.T) {
	original, err := os.ReadFile(example)
	must(t, err)
	cat, _ := times(t)
	changed := func(old, new string) []byte { return []byte(strings.Replace(string(original), old, new, 1)) }
	for _, c := range []struct {
		name    string
		in      []byte
		choices int
		want    error
	}{
		{"as published", original, 3, nil},
		{"another version", changed("KI-CR-v1.1.0", "KI-CR-v1.0.0"), 0, inbound.ErrKantara},
		{"another controller", changed("Ankh-Morpork Times", "Ankh-Morpork Inquirer"), 0, inbound.ErrController},
		{"no controller", []byte(`{"version":"KI-CR-v1.1.0","jurisdiction":"ES","consentTimestamp":1790000000,"consentReceiptID":"1","piiPrincipalId":"p","piiControllers":[],"services":[]}`), 0, inbound.ErrController},
		{"no id", changed("c1befd3e-b7e5-4ea6-8688-e9a565aade21", ""), 0, inbound.ErrKantara},
		{"a principal that names nobody", changed("Bowden Jeffries", "Bowden Jeffries\u200b"), 0, inbound.ErrKantara},
		{"no JSON", original[:len(original)-4], 0, inbound.ErrKantara},
		{"a time in words", changed("1510592400", `"2017-11-13"`), 0, inbound.ErrKantara},
		{"a member twice", changed(`"version"`, `"version":"KI-CR-v1.1.0","version"`), 0, inbound.ErrKantara},
		{"too large", append(original, make([]byte, inbound.MaxKantara)...), 0, inbound.ErrKantara},
		{"a language that is none", changed(`"language": "en"`, `"language": "English, or so"`), 0, inbound.ErrKantara},
		{"an id of other letters", changed("c1befd3e", "ćefd3e"), 0, inbound.ErrKantara},
		{"an unknown purpose", changed("To market services", "To rule the world"), 2, nil},
		{"another third party", changed("Deadbeat Debt", "Cheerful Debt"), 2, nil},
		{"no data that is known", changed(`"piiCategory": [
            "2 - Contact"
          ]`, `"piiCategory": ["9 - Dreams"]`), 2, nil},
		{"a kind of consent in blanks", changed(`"EXPLICIT"`, `" explicit "`), 3, nil},
		{"a kind of consent that nobody knows", changed(`"EXPLICIT"`, `"OPT-OUT"`), 0, inbound.ErrKantara},
		{"a kind of consent that is none", changed(`"EXPLICIT"`, `"n/a"`), 2, nil},
		{"a refusal in our extension", changed(`"sensitive"`, `"consentReceipts":{"changes":[{"purpose":"other","recipient":"debt","from":"given","to":"withdrawn"}]},"sensitive"`), 4, nil},
	} {
		record, report, err := inbound.Kantara(c.in, cat)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err == nil && (len(record.Choices) != c.choices || len(report.Fields) != len(leaves(t, c.in))) {
			t.Errorf("%s: %d choices, %d fields in the report", c.name, len(record.Choices), len(report.Fields))
		}
	}
}

// TestTermination: a date, a moment or a length ends the yes; words do not; and what looks like
// a date but is none is refused, since as words it would let the yes last longer.
func TestTermination(t *testing.T) {
	cat, _ := bank(t)
	const receipt = `{"version":"KI-CR-v1.1.0","jurisdiction":"ES","consentTimestamp":"2026-09-21T12:53:20Z","consentReceiptID":"r-1","piiPrincipalId":"customer-0001",
		"piiControllers":"First Example Bank","services":[{"service":"app","purposes":[{"purpose":"service-improvement","consentType":"EXPLICIT","piiCategory":["Card transactions"],
		"termination":"END","thirdPartyDisclosure":false}]}]}`
	const at = "/services/0/purposes/0/termination"
	for text, want := range map[string]string{
		"2026-12-01": "2026-12-01", " 2026-12-01 ": "2026-12-01", "20261201": "2026-12-01",
		"2026-12-01T00:00:00+02:00": "2026-11-30T22:00:00Z", "20261201T000000Z": "2026-12-01T00:00:00Z", "1798675200": "2026-12-31T00:00:00Z",
		"P6M": "2027-03-21T12:53:20Z", "P2W": "2026-10-05T12:53:20Z",
		"": "", "1 year": "", "as long as you are a customer": "", "6 months after 2026-12-01": "", "P": "", "P9999Y": "",
		"2026-13-01": at, "2026-02-30": at, "01/12/2026": at, "1.12.2026": at, "2026-12-01 10:00": at, "2026-12-01T10:00:00": at, "2026": at,
	} {
		record, _, err := inbound.Kantara([]byte(strings.Replace(receipt, "END", text, 1)), cat)
		if want == at {
			if !errors.Is(err, inbound.ErrKantara) || !strings.Contains(err.Error(), at) {
				t.Errorf("%q: %v, want a refusal that names %s", text, err, at)
			}
			continue
		}
		if err != nil || len(record.Choices) != 1 || record.Choices[0].Until != want {
			t.Errorf("%q: %+v %v, want the end %q", text, record, err, want)
		}
	}
}

// TestOver: a receipt that says in a member of its own that the consent is over is no yes.
func TestOver(t *testing.T) {
	cat, _ := bank(t)
	const receipt = `{"version":"KI-CR-v1.1.0","jurisdiction":"ES","consentTimestamp":"2026-09-21T12:53:20Z","consentReceiptID":"r-1","piiPrincipalId":"customer-0001",RECEIPT
		"piiControllers":"First Example Bank","services":[{"service":"app","purposes":[{"purpose":"service-improvement","consentType":"EXPLICIT","piiCategory":["Card transactions"],PURPOSE
		"termination":"as long as you like","thirdPartyDisclosure":false}]}]}`
	for member, over := range map[string]bool{
		``: false, `"state":"Active",`: false, `"status":"GRANTED",`: false, `"withdrawn":false,`: false, `"revokedAt":null,`: false, `"withdrawnAt":"",`: false,
		`"state":"EXPIRED",`: true, `"status":"withdrawn",`: true, `"consentStatus":3,`: true, `"withdrawn":true,`: true, `"withdrawn":"false",`: true,
		`"withdrawnAt":"2026-10-01",`: true, `"revoked":1,`: true, `"revocationDate":"2026-10-01T10:00:00Z",`: true,
	} {
		for place, at := range map[string]string{"RECEIPT": "at /", "PURPOSE": "at /services/0/purposes/0/"} {
			text := strings.NewReplacer(place, member, "RECEIPT", "", "PURPOSE", "").Replace(receipt)
			record, _, err := inbound.Kantara([]byte(text), cat)
			switch name, _, _ := strings.Cut(strings.TrimPrefix(member, `"`), `"`); {
			case over && (!errors.Is(err, inbound.ErrKantara) || !strings.Contains(err.Error(), at+name+" (")):
				t.Errorf("%s in the %s: %v, want a refusal that names %s%s", member, place, err, at, name)
			case !over && (err != nil || len(record.Choices) != 1):
				t.Errorf("%s in the %s: %+v, %v", member, place, record, err)
			}
		}
	}
}

func FuzzKantara(f *testing.F) {
	original, err := os.ReadFile(example)
	must(f, err)
	cat, _ := times(f)
	f.Add(original)
	sample, _ := bank(f)
	for _, c := range kantaraWild {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _, _ = inbound.Kantara(b, sample)
		record, report, err := inbound.Kantara(b, cat)
		if err == nil && (record.ID == "" || record.Subject == "" || report == nil) {
			t.Fatalf("%+v", record)
		}
	})
}

// leaves lists the values of a document by their paths.
func leaves(t testing.TB, b []byte) map[string]string {
	t.Helper()
	var v any
	must(t, json.Unmarshal(b, &v))
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, e := range v {
				walk(path+"/"+name, e)
			}
		case []any:
			for i, e := range v {
				walk(path+"/"+strconv.Itoa(i), e)
			}
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", v)
	return out
}
