package events

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

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

// good has valid receipts.
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

// bad has invalid receipts.
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
