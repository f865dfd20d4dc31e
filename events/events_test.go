package events

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// names are the published schemas.
var names = []string{
	"annulment/1", "catalogue/1", "data-request/1", "earlier-consent/1", "envelope/1", "manifest/1", "offer/1", "opt-in/1", "opt-out/1", "person/1", "presentation/1",
	"problem/1", "published/1",
	"receipt/1", "request-part/1", "request-step/1", "signal/1",
}

// served compiles schemas at the address where a deployment serves them, with
// nothing else at hand.
func served(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := compiler(t).Compile(schemas + name + ".json")
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

func loadOpenAPI(t *testing.T) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(_ *openapi3.Loader, u *url.URL) ([]byte, error) { return FS.ReadFile(u.Path) }
	doc, err := loader.LoadFromURI(&url.URL{Path: "openapi.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestOpenAPIIsValid(t *testing.T) {
	doc := loadOpenAPI(t)
	// It loses the references between $defs; TestOpenAPIExamples does not.
	if err := doc.Validate(t.Context(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
}

// Every example is what its schema says, and every schema in the document
// compiles.
func TestOpenAPIExamples(t *testing.T) {
	const address = "https://consent.first-example-bank.example/openapi.yaml"
	raw, err := FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if raw, err = yaml.YAMLToJSON(raw); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := compiler(t)
	if err := c.AddResource(address, doc); err != nil {
		t.Fatal(err)
	}
	checked := 0
	var walk func(at any, pointer string)
	walk = func(at any, pointer string) {
		switch at := at.(type) {
		case []any:
			for i, v := range at {
				walk(v, pointer+"/"+strconv.Itoa(i))
			}
		case map[string]any:
			if at["schema"] != nil && !strings.HasSuffix(pointer, "/properties") {
				schema, err := c.Compile(address + "#" + pointer + "/schema")
				if err != nil {
					t.Errorf("%s: %v", pointer, err)
					return
				}
				examples := []any{}
				if v, ok := at["example"]; ok {
					examples = append(examples, v)
				}
				named, _ := at["examples"].(map[string]any)
				for _, v := range named {
					examples = append(examples, v.(map[string]any)["value"])
				}
				for _, v := range examples {
					checked++
					if err := schema.Validate(v); err != nil {
						t.Errorf("%s: %v", pointer, err)
					}
				}
			}
			for k, v := range at {
				if k != "examples" && k != "example" {
					walk(v, pointer+"/"+url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(k)))
				}
			}
		}
	}
	walk(doc, "")
	if checked < 40 {
		t.Errorf("only %d examples", checked)
	}
}

// Every operation says which function serves it and, unless it is public, which
// scope it needs; and it owns up to the answers that every one can give.
func TestOperations(t *testing.T) {
	doc := loadOpenAPI(t)
	functions := []string{"optin", "optout", "datarequest", "operator", "receipts"}
	ids := map[string]string{}
	for p, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + p
			if op.OperationID == "" || op.Summary == "" || ids[op.OperationID] != "" {
				t.Errorf("%s: operationId %q (also of %q), summary %q", where, op.OperationID, ids[op.OperationID], op.Summary)
			}
			ids[op.OperationID] = where
			if f, _ := op.Extensions["x-function"].(string); !slices.Contains(functions, f) {
				t.Errorf("%s: x-function is %v", where, op.Extensions["x-function"])
			}
			want := []string{"400", "429", "500", "503"}
			if op.Security == nil {
				t.Fatalf("%s: security is not said", where)
			}
			if public := slices.Contains(op.Tags, "public"); public != (len(*op.Security) == 0) {
				t.Errorf("%s: public is %t, security is %v", where, public, *op.Security)
			} else if !public {
				want = append(want, "401", "403")
				for _, s := range *op.Security {
					staff := slices.Equal(s["identity"], []string{"consent-receipts/operator"}) || slices.Equal(s["identity"], []string{"consent-receipts/auditor"})
					self := slices.Equal(s["identity"], []string{"consent-receipts/self"})
					if staff != strings.HasPrefix(p, "/v1/operator/") || self == staff {
						t.Errorf("%s: security is %v", where, s)
					}
				}
			}
			if strings.Contains(p, "{") {
				want = append(want, "404")
			}
			if op.RequestBody != nil {
				want = append(want, "406", "413", "415", "422")
			}
			for _, status := range want {
				if op.Responses.Value(status) == nil {
					t.Errorf("%s: no %s", where, status)
				}
			}
			problems(t, where, op)
		}
	}
}

// problems checks that what our functions refuse, they refuse as a problem.
func problems(t *testing.T, where string, op *openapi3.Operation) {
	for status, response := range op.Responses.Map() {
		if status < "400" || status == "429" { // 429 is the gateway's alone
			continue
		}
		if response.Value.Content["application/problem+json"] == nil {
			t.Errorf("%s: %s is no problem", where, status)
		}
	}
}

// Every $ref, in the schemas and in the OpenAPI document, leads somewhere.
func TestRefsResolve(t *testing.T) {
	docs := map[string]any{}
	read := func(p string) (any, error) {
		if v, ok := docs[p]; ok {
			return v, nil
		}
		b, err := FS.ReadFile(p)
		if err != nil {
			return nil, err
		}
		var v any
		err = yaml.Unmarshal(b, &v) // JSON is YAML
		docs[p] = v
		return v, err
	}
	files := []string{"openapi.yaml"}
	for _, n := range names {
		files = append(files, "schema/"+n+".json")
	}
	for _, file := range files {
		doc, err := read(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range refs(doc) {
			target, pointer, _ := strings.Cut(ref, "#")
			if target = path.Join(path.Dir(file), target); strings.HasPrefix(ref, "#") {
				target = file
			}
			at, err := read(target)
			if err != nil {
				t.Errorf("%s: %s: %v", file, ref, err)
				continue
			}
			for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
				if token == "" {
					continue
				}
				m, _ := at.(map[string]any)
				if at = m[token]; at == nil {
					t.Errorf("%s: %s leads nowhere", file, ref)
					break
				}
			}
		}
	}
}

func refs(v any) (out []string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if s, ok := x.(string); ok && k == "$ref" {
				out = append(out, s)
			}
			out = append(out, refs(x)...)
		}
	case []any:
		for _, x := range v {
			out = append(out, refs(x)...)
		}
	}
	return out
}

// optIn is a receipt of the story: yes to account alerts from balances alone,
// no to card offers.
const optIn = `{
 "iss": "https://consent.first-example-bank.example",
 "sub": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
 "jti": "8f14e45f-ceea-467f-a1d5-9b2c3d4e5f60",
 "iat": 1795442400,
 "nonce": "AAECAwQFBgcICQoLDA0ODw",
 "schema_version": "https://consent.first-example-bank.example/schema/receipt/1.json",
 "seq": 2,
 "prev": "sha256:3c2b1a09f8e7d6c5b4a392817065f4e3d2c1b0a9988776655443322110ffeedd",
 "event": {"type": "opt-in", "occurred_at": "2026-11-23T14:00:00Z", "channel": "web"},
 "catalogue": "sha256:6f1c2a0d9be34c5f8a7b6e5d4c3b2a190817263544536271809fabcdeffedcba",
 "_sd_alg": "sha-256",
 "changes": [
  {"consent_id": "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f", "purpose": "account-alerts", "recipient": "parley", "from": "none", "to": "given",
   "added": {"data": ["balances"], "resources": [{"type": "account", "id": "a1", "label": "••••4321"}], "until": "2027-11-23T00:00:00Z"}, "removed": {}},
  {"purpose": "card-offers", "recipient": "parley", "from": "none", "to": "refused", "added": {}, "removed": {}}],
 "records": [{
  "schema_version": "https://consent.first-example-bank.example/schema/receipt/1.json",
  "record_id": "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f",
  "pii_principal_id": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "privacy_notice": {"digest": "sha256:1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60",
   "url": "https://consent.first-example-bank.example/v1/notices/sha256:1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60"},
  "language": "en",
  "purposes": [{
   "purpose": "account-alerts", "title": "Answer me in Messenger",
   "description": "Parley Messenger may read your balances to answer your questions.",
   "purpose_type": ["dpv:CommunicationForCustomerCare"], "lawful_basis": "eu-gdpr:A6-1-a",
   "pii_information": [{"pii_type": "pd:BankAccount", "pii_attribute_id": "balances", "label": "Checking-account balances", "pii_optional": false}],
   "pii_controllers": ["bank"], "collection_method": "From your accounts with us.",
   "processing_method": "By machine, to answer a question that you ask.",
   "storage_locations": ["ES"],
   "retention_period": {"recipient": "P90D", "after_end": "P30D", "evidence": "P6Y", "backups": "P35D"},
   "after_withdrawal": {"what": "delete", "within": "P30D"},
   "processing_locations": ["ES", "US-CA"], "geographic_restrictions": "Spain and California only.",
   "services": ["Parley Messenger"], "jurisdiction": ["US-CA", "ES"], "recipient_third_parties": ["parley"],
   "withdrawal_method": {"url": "https://consent.first-example-bank.example/", "alternative": "Call +34 900 000 000."},
   "review_method": {"url": "https://consent.first-example-bank.example/", "alternative": "Call +34 900 000 000."},
   "privacy_rights": [{"right": "erasure", "dpv": "eu-gdpr:A17", "url": "https://consent.first-example-bank.example/"}],
   "authority_party": "authority"}],
  "party_identification": [
   {"party_id": "bank", "party_address": {"streetAddress": "1 Example Street", "addressLocality": "Example City", "addressRegion": "CA", "postalCode": "90000", "addressCountry": "US"},
    "party_email": "privacy@first-example-bank.example", "party_url": "https://first-example-bank.example", "party_phone": "+1 555 0100",
    "party_name": "First Example Bank", "party_role": "controller", "party_contact": "Data Protection Officer <dpo@first-example-bank.example>", "party_type": "controller"},
   {"party_id": "parley", "party_address": {"streetAddress": "2 Example Street", "addressLocality": "Example City", "addressCountry": "US"},
    "party_email": "privacy@parley.example", "party_name": "Parley Messenger", "party_role": "recipient", "party_contact": "privacy@parley.example", "party_type": "recipient"}],
  "events": [{"event_time": "2026-11-23T14:00:00Z", "validity_duration": "2027-11-23T00:00:00Z", "entity_id": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
   "event_type": "dpv:ExplicitlyExpressedConsent", "event_state": "dpv:ConsentGiven", "receipt": 2}],
  "access": {"kind": "recurring", "lookback": "P90D", "every": "P1D"},
  "resources": [{"type": "account", "id": "a1", "label": "••••4321"}]}],
 "standing": [
  {"kind": "consent", "purpose": "account-alerts", "recipient": "parley", "consent_id": "5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f", "state": "given",
   "data": ["balances"], "resources": [{"type": "account", "id": "a1", "label": "••••4321"}],
   "access": {"kind": "recurring", "lookback": "P90D", "every": "P1D"}, "from": "2026-11-23T14:00:00Z", "until": "2027-11-23T00:00:00Z",
   "retention": {"recipient": "P90D", "after_end": "P30D", "evidence": "P6Y", "backups": "P35D"},
   "catalogue": "sha256:6f1c2a0d9be34c5f8a7b6e5d4c3b2a190817263544536271809fabcdeffedcba",
   "notice": "sha256:1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60", "language": "en",
   "granted": {"seq": 2, "at": "2026-11-23T14:00:00Z", "by": "subject"}, "latest": {"seq": 2, "at": "2026-11-23T14:00:00Z", "by": "subject"},
   "as_of": "2026-11-23T14:00:00Z"},
  {"kind": "no", "purpose": "card-offers", "recipient": "parley", "state": "refused",
   "latest": {"seq": 2, "at": "2026-11-23T14:00:00Z", "by": "subject"}, "as_of": "2026-11-23T14:00:00Z"},
  {"kind": "request", "id": "e3f1b6a2-7d54-4c19-9b3e-2a6d8c5f4e10", "type": "access", "state": "received",
   "received": "2026-11-22T09:00:00Z", "due": "2026-12-22", "rule": "gdpr"},
  {"kind": "fence", "cause": "opt-out", "seq": 1, "at": "2026-11-22T09:00:00Z"}],
 "actor": [{"role": "subject"}],
 "evidence": [{"level": "authenticated", "offer": "0b8f4a55-3c8e-4a51-9d0e-6a4e8f0c2b17",
  "authentication": {"acr": "urn:example:sca", "amr": ["pwd", "otp"], "auth_time": 1795442300}, "channel": "web"}],
 "request": [{"kind": "request", "id": "e3f1b6a2-7d54-4c19-9b3e-2a6d8c5f4e10", "type": "access", "state": "received",
  "received": "2026-11-22T09:00:00Z", "confirm": "2026-12-04", "due": "2026-12-22", "rule": "gdpr",
  "scope": {"purposes": ["account-alerts"]}, "details": "A copy, please.", "source": "GDPR Art. 12(3)"}],
 "note": [{"by": "system", "text": "A remark."}]
}`

const withheld = `{"...": "dGhlIGRpZ2VzdCBvZiBhIHdpdGhoZWxkIGVsZW1lbnQ"}`

// mutation replaces the value at a place ("a/0/b") by another; "" removes it.
type mutation struct{ at, to string }

func mutate(t *testing.T, doc string, mutations ...mutation) string {
	t.Helper()
	var root any
	if err := json.Unmarshal([]byte(doc), &root); err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		tokens := strings.Split(m.at, "/")
		at := root
		for _, token := range tokens[:len(tokens)-1] {
			at = child(t, at, token)
		}
		last := tokens[len(tokens)-1]
		var to any
		if m.to != "" {
			if err := json.Unmarshal([]byte(m.to), &to); err != nil {
				t.Fatalf("%s: %v", m.to, err)
			}
		}
		switch at := at.(type) {
		case map[string]any:
			if m.to == "" {
				if _, ok := at[last]; !ok {
					t.Fatalf("nothing to remove at %s", m.at)
				}
				delete(at, last)
			} else {
				at[last] = to
			}
		case []any:
			at[index(t, last)] = to
		default:
			t.Fatalf("no place %s", m.at)
		}
	}
	return sprint(t, root)
}

func child(t *testing.T, at any, token string) any {
	t.Helper()
	switch at := at.(type) {
	case map[string]any:
		return at[token]
	case []any:
		return at[index(t, token)]
	}
	t.Fatalf("no place %s", token)
	return nil
}

func index(t *testing.T, token string) int {
	t.Helper()
	i, err := strconv.Atoi(token)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// good holds what a receipt may say.
var good = map[string][]mutation{
	"the story":            nil,
	"the first receipt":    {{"seq", `1`}, {"prev", ``}},
	"the last receipt":     {{"seq", `9999999999`}},
	"on a developer's own": {{"iss", `"http://localhost:8080"`}, {"schema_version", `"http://localhost:8080/schema/receipt/1.json"`}},
	"nothing unnecessary":  {{"records", `[]`}, {"standing", `[]`}, {"request", `[]`}, {"note", `[]`}},
	"an unknown consent":   {{"event/type", `"opt-out"`}, {"changes/0", `{"consent_id": "not-a-uuid", "from": "none", "to": "none", "added": {}, "removed": {}}`}},
	"an unknown purpose":   {{"event/type", `"opt-out"`}, {"changes/0", `{"purpose": "horoscopes", "from": "none", "to": "none", "added": {}, "removed": {}}`}},
	"a late opt-out":       {{"event/type", `"opt-out"`}, {"event/late", `true`}, {"changes/0/given_in", `1`}},
	"a signal":             {{"event/type", `"signal"`}, {"changes/1/cause", `"gpc"`}, {"actor/0/role", `"signal"`}, {"evidence/0/gpc", `true`}},
	"an annulment":         {{"event/type", `"annulment"`}, {"event/corrects", `{"seq": 1, "digest": "sha256:3c2b1a09f8e7d6c5b4a392817065f4e3d2c1b0a9988776655443322110ffeedd", "why": "Wrong person.", "from": "2026-11-22T09:00:00Z"}`}},
	"a guardian":           {{"actor/0", `{"role": "guardian", "id": "g-17", "authority": {"kind": "court-order", "reference": "17/2026"}}`}},
	"a producer":           {{"evidence/0", `{"level": "claimed", "channel": "queue", "producer": "crm", "claimed": {"acr": "2"}}`}},
	"despite GPC":          {{"standing/0/despite_gpc", `true`}},
	"a withdrawal":         {{"standing/1/state", `"withdrawn"`}, {"standing/1/consent_id", `"5d2c1f0e-9b8a-4c7d-8e6f-3a2b1c0d9e8f"`}},
	"the bank itself":      {{"records/0/purposes/0/recipient_third_parties", `[]`}},
	"a long duration":      {{"standing/0/retention/evidence", `"P6Y6M15D"`}},
}

// bad holds what a receipt may not say.
var bad = map[string][]mutation{
	"no issuer":                     {{"iss", ``}},
	"an issuer without TLS":         {{"iss", `"http://consent.first-example-bank.example"`}},
	"an issuer with a slash":        {{"iss", `"https://consent.first-example-bank.example/"`}},
	"a raw subject":                 {{"sub", `"customer-17"`}},
	"a jti that is no v4":           {{"jti", `"8f14e45f-ceea-167f-a1d5-9b2c3d4e5f60"`}},
	"a jti in capitals":             {{"jti", `"8F14E45F-CEEA-467F-A1D5-9B2C3D4E5F60"`}},
	"iat as text":                   {{"iat", `"1795442400"`}},
	"iat with a fraction":           {{"iat", `1795442400.5`}},
	"a short nonce":                 {{"nonce", `"AAECAwQFBgcICQoLDA0OD"`}},
	"another schema":                {{"schema_version", `"https://consent.first-example-bank.example/schema/receipt/2.json"`}},
	"seq 0":                         {{"seq", `0`}, {"prev", ``}},
	"seq of eleven digits":          {{"seq", `10000000000`}},
	"prev in the first receipt":     {{"seq", `1`}},
	"no prev later":                 {{"prev", ``}},
	"a digest without its name":     {{"prev", `"3c2b1a09f8e7d6c5b4a392817065f4e3d2c1b0a9988776655443322110ffeedd"`}},
	"a digest in capitals":          {{"prev", `"sha256:3C2B1A09F8E7D6C5B4A392817065F4E3D2C1B0A9988776655443322110FFEEDD"`}},
	"another hash":                  {{"_sd_alg", `"sha-512"`}},
	"an expiry":                     {{"exp", `1795442400`}},
	"a hidden member":               {{"_sd", `[]`}},
	"another event":                 {{"event/type", `"consent"`}},
	"an event with a fraction":      {{"event/occurred_at", `"2026-11-23T14:00:00.5Z"`}},
	"an event in local time":        {{"event/occurred_at", `"2026-11-23T15:00:00+01:00"`}},
	"late: false":                   {{"event/late", `false`}},
	"an annulment of nothing":       {{"event/type", `"annulment"`}},
	"an opt-in that corrects":       {{"event/corrects", `{"seq": 1, "digest": "sha256:3c2b1a09f8e7d6c5b4a392817065f4e3d2c1b0a9988776655443322110ffeedd", "why": "No.", "from": "2026-11-22T09:00:00Z"}`}},
	"no changes":                    {{"changes", ``}},
	"changes that are null":         {{"changes", `null`}},
	"a change to another state":     {{"changes/0/to", `"active"`}},
	"a change without a difference": {{"changes/0/added", ``}},
	"a change of no data":           {{"changes/0/added", `{"data": []}`}},
	"a legible account number":      {{"changes/0/added/resources/0/label", `"ES9121000418"`}},
	"an id with a space":            {{"changes/0/purpose", `"account alerts"`}},
	"an id of 65 characters":        {{"changes/0/purpose", `"` + strings.Repeat("a", 65) + `"`}},
	"a record without data":         {{"records/0/purposes/0/pii_information", `null`}},
	"a record without an authority": {{"records/0/purposes/0/authority_party", ``}},
	"a record with two purposes":    {{"records/0/purposes", `[{}, {}]`}},
	"a party without a contact":     {{"records/0/party_identification/0/party_contact", `""`}},
	"an event state of our own":     {{"records/0/events/0/event_state", `"given"`}},
	"a line of another kind":        {{"standing/0/kind", `"maybe"`}},
	"a line of no kind":             {{"standing/0/kind", ``}},
	"a consent without an end":      {{"standing/0/until", ``}},
	"a consent without data":        {{"standing/0/data", `[]`}},
	"a consent that was refused":    {{"standing/0/state", `"refused"`}},
	"a no that was given":           {{"standing/1/state", `"given"`}},
	"a no with terms":               {{"standing/1/data", `["balances"]`}},
	"in_force in a receipt":         {{"standing/0/in_force", `true`}},
	"a duration in words":           {{"standing/0/retention/evidence", `"6 years"`}},
	"a duration of nothing":         {{"standing/0/retention/evidence", `"P"`}},
	"a request due at a moment":     {{"standing/2/due", `"2026-12-22T00:00:00Z"`}},
	"a fence of another cause":      {{"standing/3/cause", `"expiry"`}},
	"nobody":                        {{"actor", `[]`}},
	"two actors":                    {{"actor", `[{"role": "subject"}, {"role": "agent"}]`}},
	"another role":                  {{"actor/0/role", `"admin"`}},
	"deep authority":                {{"actor/0/authority", `{"mandate": {"kind": "court-order"}}`}},
	"no evidence":                   {{"evidence", `[]`}},
	"another level of evidence":     {{"evidence/0/level", `"certain"`}},
	"an address in the evidence":    {{"evidence/0/ip", `"192.0.2.1"`}},
	"a long note":                   {{"note/0/text", `"` + strings.Repeat("x", 501) + `"`}},
	"a note of nobody":              {{"note/0/by", ``}},
}

func TestReceiptSchema(t *testing.T) {
	schema := served(t, "receipt/1")
	for name, m := range good {
		if err := validate(t, schema, mutate(t, optIn, m...)); err != nil {
			t.Errorf("%s: refused: %v", name, err)
		}
	}
	for name, m := range bad {
		if validate(t, schema, mutate(t, optIn, m...)) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, a := range []string{"changes", "records", "standing", "actor", "evidence", "request", "note"} {
		if validate(t, schema, mutate(t, optIn, mutation{a + "/0", withheld})) == nil {
			t.Errorf("a receipt with a withheld element of %s: accepted", a)
		}
	}
}

func TestPresentationSchema(t *testing.T) {
	schema := served(t, "presentation/1")
	for name, m := range good {
		if err := validate(t, schema, mutate(t, optIn, m...)); err != nil {
			t.Errorf("%s: refused: %v", name, err)
		}
	}
	for name, m := range bad {
		if validate(t, schema, mutate(t, optIn, m...)) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	everything := []mutation{
		{"changes/0", withheld}, {"changes/1", withheld}, {"records/0", withheld}, {"standing/0", withheld}, {"standing/1", withheld},
		{"standing/2", withheld}, {"standing/3", withheld}, {"actor/0", withheld}, {"evidence/0", withheld}, {"request/0", withheld}, {"note/0", withheld},
	}
	for i, m := range everything {
		if err := validate(t, schema, mutate(t, optIn, m)); err != nil {
			t.Errorf("%s withheld: refused: %v", m.at, err)
		}
		if err := validate(t, schema, mutate(t, optIn, everything[:i+1]...)); err != nil {
			t.Errorf("withheld up to %s: refused: %v", m.at, err)
		}
	}
	for name, m := range map[string]mutation{
		"a short digest":           {"changes/0", `{"...": "dGhlIGRpZ2VzdA"}`},
		"a digest and more":        {"changes/0", `{"...": "dGhlIGRpZ2VzdCBvZiBhIHdpdGhoZWxkIGVsZW1lbnQ", "purpose": "account-alerts"}`},
		"a digest that is no text": {"changes/0", `{"...": 1}`},
		"withheld inside":          {"changes/0/added", withheld},
		"a withheld array":         {"changes", withheld},
		"a withheld event":         {"event", withheld},
		"nothing":                  {"changes/0", `{}`},
		"null":                     {"changes/0", `null`},
	} {
		if validate(t, schema, mutate(t, optIn, m)) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
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
		{"opt-out/1", `{"all": true, "reason": "` + strings.Repeat("x", 501) + `"}`, false},
		{"data-request/1", `{"type": "erasure"}`, true},
		{"data-request/1", `{"type": "access", "scope": {"purposes": ["account-alerts"]}, "details": "A copy, please."}`, true},
		{"data-request/1", `{"scope": {}}`, false},
		{"data-request/1", `{"type": "horoscope"}`, false},
		{"data-request/1", `{"type": "erasure", "rule": "ccpa"}`, false},
		{"earlier-consent/1", `{"id": "r-1", "subject": "customer-0001", "time": "2021-03-02T09:30:00Z", "answer": "yes", "purpose": "service-improvement", "claimed": {"acr": "urn:example:branch"}}`, true},
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

func BenchmarkReceiptSchema(b *testing.B) {
	c := jsonschema.NewCompiler()
	raw, err := Schema("receipt/1")
	if err != nil {
		b.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	if err := c.AddResource("https://schemas.invalid/receipt/1.json", doc); err != nil {
		b.Fatal(err)
	}
	schema := c.MustCompile("https://schemas.invalid/receipt/1.json")
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(optIn))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := schema.Validate(v); err != nil {
			b.Fatal(err)
		}
	}
}
