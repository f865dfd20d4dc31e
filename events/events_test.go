package events

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// names are the published schemas.
var names = []string{
	"annulment/1", "attachment/1", "case-assignment/1", "case-link/1", "case-text/1", "case-verdict/1", "catalogue/1", "contact-details/1", "contact-request/1", "data-request/1", "earlier-consent/1", "entered-request/1", "envelope/1", "identity/1", "manifest/1", "offer/1", "opt-in/1", "opt-out/1", "person/1", "presentation/1",
	"problem/1", "published/1",
	"receipt/1", "request-part/1", "request-step/1", "signal/1",
}

// deployed resolves all schemas, and caches the compiled ones.
var deployed *jsonschema.Compiler

// served compiles schemas at the address where a deployment serves them, with
// nothing else at hand.
func served(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	if deployed == nil {
		deployed = compiler(t)
	}
	s, err := deployed.Compile(schemas + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const schemas = "https://consent.first-example-bank.example/schema/"

func compiler(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	c := jsonschema.NewCompiler()
	for _, n := range names {
		b, err := Schema(n)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", n, err)
		}
		if err := c.AddResource(schemas+n+".json", doc); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func validate(t *testing.T, s *jsonschema.Schema, doc string) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Fatalf("%v in %s", err, doc)
	}
	return s.Validate(v)
}

func TestSchemasCompile(t *testing.T) {
	var found []string
	err := fs.WalkDir(FS, "schema", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, strings.TrimSuffix(strings.TrimPrefix(p, "schema/"), ".json"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(found, names) {
		t.Errorf("schemas are %q, want %q", found, names)
	}
	for _, name := range names {
		served(t, name)
	}
	for _, name := range []string{"", "receipt", "receipt/2", "../openapi", "/receipt/1"} {
		if _, err := Schema(name); err == nil {
			t.Errorf("there is a schema %q", name)
		}
	}
}

// A presentation has the members of a receipt, with the same terms.
func TestPresentationFollowsReceipt(t *testing.T) {
	read := func(name string) (v map[string]any) {
		b, err := Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	receipt, presentation := read("receipt/1"), read("presentation/1")
	of, op := receipt["properties"].(map[string]any), presentation["properties"].(map[string]any)
	if len(of) != len(op) {
		t.Errorf("%d members, the receipt has %d", len(op), len(of))
	}
	for name, member := range of {
		a, b := member.(map[string]any), op[name].(map[string]any)
		if a["type"] == "array" {
			for _, k := range []string{"minItems", "maxItems", "description"} {
				if a[k] != b[k] {
					t.Errorf("%s: %s is %v, the receipt says %v", name, k, b[k], a[k])
				}
			}
			element := path.Base(a["items"].(map[string]any)["$ref"].(string))
			if got := path.Base(b["items"].(map[string]any)["$ref"].(string)); got != element {
				t.Errorf("%s: items are %s, the receipt says %s", name, got, element)
			}
			other := presentation["$defs"].(map[string]any)[element].(map[string]any)["else"].(map[string]any)["$ref"]
			if other != "../receipt/1.json#/$defs/"+element {
				t.Errorf("%s: a disclosed element is %v", name, other)
			}
		} else if b["$ref"] != "../receipt/1.json"+a["$ref"].(string) {
			t.Errorf("%s: %v, the receipt says %v", name, b["$ref"], a["$ref"])
		}
	}
	if !slices.Equal(strings.Fields(sprint(t, receipt["required"])), strings.Fields(sprint(t, presentation["required"]))) {
		t.Error("other members are required than in the receipt")
	}
}

func sprint(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Bodies that callers send, and problems that they get.
func TestOtherSchemas(t *testing.T) {
	for _, c := range []struct {
		schema, doc string
		good        bool
	}{
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "card-offers", "answer": "no"}]}`, true},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "account-alerts", "recipient": "parley", "answer": "yes", "data": ["balances"], "resources": [{"id": "a1"}], "until": "2027-11-22"}]}`, true},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "account-alerts", "answer": "yes", "until": "2027-11-22T10:00:00.25+01:00"}]}`, true},
		{"opt-in/1", `{"offer": "a.b.c", "choices": []}`, false},
		{"opt-in/1", `{"offer": "", "choices": [{"purpose": "card-offers", "answer": "no"}]}`, false},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "card-offers", "answer": "maybe"}]}`, false},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "card-offers", "answer": true}]}`, false},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "card-offers", "answer": "yes", "data": []}]}`, false},
		{"opt-in/1", `{"offer": "a.b.c", "choices": [{"purpose": "card-offers", "answer": "yes", "until": "tomorrow"}]}`, false},
		{"opt-out/1", `{"all": true, "reason": "Enough."}`, true},
		{"opt-out/1", `{"purposes": ["card-offers", "horoscopes"]}`, true},
		{"opt-out/1", `{"consents": ["not-a-uuid"]}`, true},
		{"opt-out/1", `{"narrow": [{"consent_id": "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f", "data": []}]}`, true},
		{"opt-out/1", `{}`, false},
		{"opt-out/1", `{"reason": "Enough."}`, false},
		{"opt-out/1", `{"all": false}`, false},
		{"opt-out/1", `{"all": true, "purposes": ["card-offers"]}`, false},
		{"opt-out/1", `{"purposes": []}`, false},
		{"opt-out/1", `{"narrow": [{"consent_id": "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"}]}`, false},
		{"opt-out/1", `{"all": true, "reason": "` + strings.Repeat("x", 501) + `\u0000\u001b\u202e\r"}`, true},
		{"data-request/1", `{"type": "erasure"}`, true},
		{"data-request/1", `{"type": "access", "scope": {"purposes": ["account-alerts"]}, "details": "A copy, please."}`, true},
		{"data-request/1", `{"type": "access", "details": "One.\r\nTwo.\n\tThree.\r\u00a0\u200f\u200d😀"}`, true},
		{"data-request/1", `{"type": "access", "details": "` + strings.Repeat("x", 501) + `"}`, false},
		{"data-request/1", `{"type": "access", "details": "\u001b]2;title\u0007"}`, false},
		{"data-request/1", `{"type": "access", "details": "\u0000"}`, false},
		{"data-request/1", `{"type": "access", "details": "\u007f"}`, false},
		{"data-request/1", `{"type": "access", "details": "\u009b2J"}`, false},
		{"data-request/1", `{"type": "access", "details": "\u202etxt.exe"}`, false},
		{"data-request/1", `{"type": "access", "details": "\n\u2066"}`, false},
		{"entered-request/1", `{"type": "access", "details": "\u001b"}`, false},
		{"contact-request/1", `{"type": "access", "email": "alex@example.com", "language": "en"}`, true},
		{"contact-request/1", `{"type": "access"}`, true},
		{"contact-request/1", `{"request": "5d2c1f0e", "email": "alex@example.com"}`, true},
		{"contact-request/1", `{"request": "5d2c1f0e"}`, false},
		{"contact-request/1", `{"request": "5d2c", "email": "alex@example.com"}`, false},
		{"contact-request/1", `{"type": "access", "request": "5d2c1f0e", "email": "alex@example.com"}`, false},
		{"contact-request/1", `{"email": "alex@example.com"}`, false},
		{"contact-request/1", `{"type": "appeal"}`, false},
		{"contact-request/1", `{"type": "access", "details": "words"}`, false},
		{"contact-details/1", `{"details": "\u001b"}`, false},
		{"request-step/1", `{"act": "start", "note": "Two\r\nlines."}`, true},
		{"request-step/1", `{"act": "start", "note": "\u001b"}`, false},
		{"annulment/1", `{"seq": 1, "digest": "sha256:` + strings.Repeat("0", 64) + `", "reason": "Another's form."}`, true},
		{"annulment/1", `{"seq": 1, "digest": "sha256:` + strings.Repeat("0", 64) + `", "reason": "\u0008"}`, false},
		{"annulment/1", `{"seq": 1, "digest": "sha256:` + strings.Repeat("0", 64) + `", "reason": ""}`, false},
		{"request-part/1", `{"name": "a.csv", "media_type": "text/csv", "digest": "sha256:` + strings.Repeat("0", 64) + `", "where": "At the branch"}`, true},
		{"request-part/1", `{"name": "a\u202e.csv", "media_type": "text/csv", "digest": "sha256:` + strings.Repeat("0", 64) + `", "where": "At the branch"}`, false},
		{"request-part/1", `{"name": "a.csv", "media_type": "text/csv", "digest": "sha256:` + strings.Repeat("0", 64) + `", "where": "\u001b"}`, false},
		{"data-request/1", `{"scope": {}}`, false},
		{"data-request/1", `{"type": "horoscope"}`, false},
		{"data-request/1", `{"type": "erasure", "rule": "ccpa"}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "yes", "purpose": "service-improvement", "claimed": {"acr": "urn:example:branch"}}`, true},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "no", "all": true, "claimed": {"acr": "\u001b"}}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "no", "all": true, "claimed": {"secret": "x"}}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "no", "all": true}`, true},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "yes", "all": true}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "no", "all": true, "purpose": "card-offers"}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "no", "purpose": "card-offers", "data": ["balances"]}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "answer": "no", "purpose": "card-offers"}`, false},
		{"envelope/1", `{"specversion": "1.0", "id": "e", "source": "old-crm", "type": "consent.import.v1", "time": "2021-03-02T09:30:00Z", "subject": "c", "data": {"copied": {"system": "old-crm", "record": "r-1"}, "choices": [{"purpose": "card-offers", "answer": "no"}]}}`, true},
		{"envelope/1", `{"specversion": "1.0", "id": "e", "source": "old-crm", "type": "consent.import.v1", "time": "2021-03-02T09:30:00Z", "subject": "c", "data": {"choices": [{"purpose": "card-offers", "answer": "no"}]}}`, false},
		{"problem/1", `{"type": "https://consent.first-example-bank.example/problems/busy", "title": "Try again later", "status": 503, "instance": "urn:request:c5e1a2b4="}`, true},
		{"problem/1", `{"type": "about:blank", "title": "Try again later", "status": 503}`, false},
		{"problem/1", `{"type": "https://consent.first-example-bank.example/problems/busy", "title": "Try again later", "status": 200}`, false},
		{"offer/1", offerOfTheStory, true},
		{"offer/1", mutate(t, offerOfTheStory, mutation{"seq", `0`}), true},
		{"offer/1", mutate(t, offerOfTheStory, mutation{"exp", ``}), false},
		{"offer/1", mutate(t, offerOfTheStory, mutation{"aud", `"https://parley.example"`}), false},
		{"offer/1", mutate(t, offerOfTheStory, mutation{"items/0/answer", `"yes"`}), false},
		{"catalogue/1", catalogueOfTheStory, true},
		{"catalogue/1", mutate(t, catalogueOfTheStory, mutation{"version", `2`}), false},
		{"catalogue/1", mutate(t, catalogueOfTheStory, mutation{"processing/services", `null`}), false},
		{"catalogue/1", mutate(t, catalogueOfTheStory, mutation{"purposes/account-alerts/data", `{}`}), false},
		{"catalogue/1", mutate(t, catalogueOfTheStory, mutation{"purposes/account-alerts/data/balances", `"nice to have"`}), false},
		{"catalogue/1", mutate(t, catalogueOfTheStory, mutation{"parties/parley/email", ``}), false},
	} {
		if err := validate(t, served(t, c.schema), c.doc); (err == nil) != c.good {
			t.Errorf("%s: %.200s: %v", c.schema, c.doc, err)
		}
	}
}

const offerOfTheStory = `{
 "iss": "https://consent.first-example-bank.example", "sub": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
 "aud": "https://consent.first-example-bank.example/v1/opt-in", "jti": "0b8f4a55-3c8e-4a51-9d0e-6a4e8f0c2b17",
 "iat": 1795442400, "exp": 1795444200, "seq": 4,
 "catalogue": "sha256:6f1c2a0d9be34c5f8a7b6e5d4c3b2a190817263544536271809fabcdeffedcba", "language": "es",
 "notices": ["sha256:1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"],
 "items": [{"purpose": "account-alerts", "recipient": "parley", "data": ["balances", "card-transactions"],
  "access": {"kind": "recurring", "lookback": "P90D", "every": "P1D"}, "valid": "P12M",
  "retention": {"recipient": "P90D", "after_end": "P30D", "evidence": "P6Y", "backups": "P35D"}}]
}`

const catalogueOfTheStory = `{
 "version": 1, "issuer": "https://consent.first-example-bank.example",
 "identity": {"namespace": "first-example-bank", "claim": "sub"}, "controller": "bank", "languages": ["en", "es"],
 "parties": {
  "bank": {"name": "First Example Bank", "role": "controller", "address": {"streetAddress": "1 Example Street", "addressLocality": "Example City", "addressCountry": "US"},
   "email": "privacy@first-example-bank.example", "dpo": {"name": "Data Protection Officer", "email": "dpo@first-example-bank.example"}},
  "parley": {"name": "Parley Messenger", "role": "recipient", "address": {"streetAddress": "2 Example Street", "addressLocality": "Example City", "addressCountry": "US"},
   "email": "privacy@parley.example", "client_id": "parley-api"}},
 "data": {"balances": {"label": {"en": "Checking-account balances", "es": "Saldos de la cuenta corriente"}, "pii_type": "pd:BankAccount"}},
 "purposes": {"account-alerts": {
  "text": {"en": {"title": "Answer me in Messenger", "description": "Parley Messenger may read your balances."},
           "es": {"title": "Respóndeme en Messenger", "description": "Parley Messenger puede leer sus saldos."}},
  "dpv": "dpv:CommunicationForCustomerCare", "lawful_basis": "eu-gdpr:A6-1-a", "recipients": ["parley"], "data": {"balances": "required"},
  "access": {"kind": "recurring", "lookback": "P90D", "every": "P1D"}, "valid": "P12M",
  "retention": {"recipient": "P90D", "after_end": "P30D", "evidence": "P6Y", "backups": "P35D"},
  "after_withdrawal": {"what": "delete", "within": "P30D"}, "gpc": false, "minimum_evidence": {"opt_in": "authenticated"}, "notice": "account-alerts"}},
 "notices": {"account-alerts": {"en": {"digest": "sha256:1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"}}},
 "withdrawal": {"url": "https://consent.first-example-bank.example/", "alternative": {"en": "Call +34 900 000 000."}},
 "review": {"url": "https://consent.first-example-bank.example/", "alternative": {"en": "Call +34 900 000 000."}},
 "rights": [{"right": "erasure", "dpv": "eu-gdpr:A17", "url": "https://consent.first-example-bank.example/"}],
 "jurisdictions": ["US-CA", "ES"], "authority": "bank",
 "processing": {"collection_method": {"en": "From your accounts with us."}, "processing_method": {"en": "By machine."},
  "storage_locations": ["ES"], "processing_locations": ["ES"], "geographic_restrictions": {"en": "Spain only."}, "services": ["Parley Messenger"]},
 "data_requests": {"default": "gdpr", "rules": {"opt-out-of-sale": "ccpa"}, "timezone": "Europe/Madrid", "holidays": ["ES"]}
}`
