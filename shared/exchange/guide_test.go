package exchange_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/exchange"
)

// The profiles that documents claim.
const (
	receiptProfile = "https://w3id.org/dpv/schema/dpv-27560#receipt"
	recordProfile  = "https://w3id.org/dpv/schema/dpv-27560#record"
)

// part is a node of a document, with the node in which it stands.
type part struct {
	node  map[string]any
	above *part
}

// requirement is a field that the guide to ISO/IEC TS 27560 with DPV
// (https://w3id.org/dpv/guides/consent-27560) says must be present, in words of ours.
type requirement struct {
	section, wants string
	met            func(p part) bool
}

// These are the requirements of sections 8 and 9. Each table is of one kind of node.
var (
	ofReceipt = []requirement{
		{"9.1.1", "one profile, that of receipts", func(p part) bool { return p.only("dct:conformsTo", receiptProfile) }},
		{"9.1.2", "an identifier of its own", func(p part) bool {
			return p.identified() && !slices.ContainsFunc(p.parts("dpv:hasRecordOfActivity"), func(r part) bool { return r.text("dct:identifier") == p.text("dct:identifier") })
		}},
		{"9.1.3", "consent records", func(p part) bool { return p.all("dpv:hasRecordOfActivity", is("dpv:ConsentRecord")) }},
		{"9.1.4", "when it was created", func(p part) bool { return p.all("dct:created", isMoment) }},
	}
	ofRecord = []requirement{
		{"8.1.1", "one profile, that of records", func(p part) bool { return p.only("dct:conformsTo", recordProfile) }},
		{"8.1.2", "an identifier", part.identified},
		{"8.1.3", "one data subject", func(p part) bool {
			return len(p.parts("dpv:hasDataSubject")) == 1 && p.all("dpv:hasDataSubject", is("dpv:DataSubject"), has("dpv:hasIdentifier"))
		}},
		{"8.2.1", "the notice of the consent, in its exact version", func(p part) bool {
			return p.all("dpv:hasNotice", is("dpv:ConsentNotice"), has("@id"), has("dct:identifier"))
		}},
		{"8.2.2", "the language of the notice", has("dct:language")},
		{"8.3.1", "processes", func(p part) bool { return p.all("dpv:hasProcess", is("dpv:Process")) }},
		{"8.4", "its parties", has("dpv:hasEntity")},
		{"8.5.2", "its states", has("dpv:hasConsentStatus")},
	}
	ofProcess = []requirement{
		{"8.3.2", "purposes, each with a category", func(p part) bool { return p.all("dpv:hasPurpose", is("dpv:Purpose"), has("skos:broader")) }},
		{"8.3.3", "personal data", func(p part) bool { return p.all("dpv:hasPersonalData", is("dpv:PersonalData")) }},
		{"8.3.3.1", "the type of each kind of data", func(p part) bool { return p.all("dpv:hasPersonalData", has("skos:broader")) }},
		{"8.3.4.2", "where data are stored, and how long", func(p part) bool {
			return p.some("dpv:hasStorageCondition", is("dpv:StorageLocation"), has("dpv:hasLocation")) &&
				p.some("dpv:hasStorageCondition", is("dpv:StorageDuration"), lasts)
		}},
		{"8.3.5", "the controller, who is a party of the record", func(p part) bool { return p.all("dpv:hasDataController", isParty) }},
		{"8.3.7", "recipients, who are parties of the record", func(p part) bool { return p.all("dpv:hasRecipient", isParty) }},
		{"8.3.8", "where to withdraw", func(p part) bool {
			return p.some("dpv:hasConsentControl", is("dpv:WithdrawConsent"), has("dpv:isExercisedAt"))
		}},
		{"8.3.9", "the jurisdiction", func(p part) bool {
			return p.all("dpv:hasJurisdiction", func(p part) bool { return strings.HasPrefix(p.text("@id"), "loc:") })
		}},
		{"8.3.10", "rights, each with a place to exercise it", func(p part) bool {
			return p.all("dpv:hasRight", is("dpv:DataSubjectRight"), has("dpv:isExercisedAt"))
		}},
		{"8.4.3", "a role for each party of the record", func(p part) bool {
			return p.above.all("dpv:hasEntity", func(e part) bool {
				return slices.ContainsFunc([]string{"dpv:hasDataController", "dpv:hasRecipient", "dpv:hasAuthority"}, func(role string) bool {
					return slices.ContainsFunc(p.parts(role), func(named part) bool { return named.text("@id") == e.text("@id") })
				})
			})
		}},
		{"8.5.1", "consent as the legal basis", func(p part) bool {
			return p.some("dpv:hasLegalBasis", func(p part) bool { return slices.Contains(consentBases, p.text("@id")) })
		}},
	}
	ofEntity = []requirement{
		{"8.4.1", "a name", has("dpv:hasName")},
		{"8.4.2", "its IRI as an explicit identifier", func(p part) bool { return p.text("@id") != "" && p.text("dpv:hasIdentifier") == p.text("@id") }},
		{"8.4.4", "a contact", func(p part) bool { return p.all("schema:contactPoint", is("schema:ContactPoint"), has("schema:name")) }},
		{"8.4.4.1", "a postal address", func(p part) bool {
			return p.all("schema:address", is("schema:PostalAddress"), has("schema:streetAddress"))
		}},
	}
	ofEvent = []requirement{
		{"8.5.1", "the kind of consent, which is no type of a refusal or an ending", func(p part) bool {
			expressed := slices.ContainsFunc(p.types(), func(t string) bool { return strings.HasSuffix(t, "Consent") })
			return !expressed && p.all("dpv:hasLegalBasis", func(p part) bool { return slices.Contains(consentBases, p.text("@id")) })
		}},
		{"8.5.2", "a state that DPV 2.3 has", func(p part) bool { return len(p.types()) == 1 && slices.Contains(consentStates, p.types()[0]) }},
		{"8.5.3", "its time, in UTC", func(p part) bool { return p.all("dpv:isIndicatedAtTime", isMoment) }},
		{"8.5.4", "how long it holds", lasts},
		{"8.5.5", "whose act it is", func(p part) bool { return p.all("dpv:isIndicatedBy", has("dct:identifier")) }},
	}
)

var (
	consentBases = strings.Fields(`dpv:ImpliedConsent dpv:ExpressedConsent dpv:ExplicitlyExpressedConsent dpv:UninformedConsent dpv:Consent
		eu-gdpr:A6-1-a eu-gdpr:A9-2-a`)
	consentStates = strings.Fields(`dpv:ConsentGiven dpv:RenewedConsentGiven dpv:ConsentUnknown dpv:ConsentRequested dpv:ConsentRequestDeferred
		dpv:ConsentRefused dpv:ConsentWithdrawn dpv:ConsentRevoked dpv:ConsentExpired dpv:ConsentInvalidated`)
)

// meetsTheGuide holds a document against every requirement, and returns how many checks there
// were. A document without whole records claims no profile, and says why.
func meetsTheGuide(t *testing.T, body []byte) (checks int) {
	t.Helper()
	var doc map[string]any
	must(t, json.Unmarshal(body, &doc))
	receipt := part{node: doc}
	if doc["dct:conformsTo"] == nil {
		if !strings.Contains(receipt.text("dct:description"), "does not claim the profile") {
			t.Error("a receipt claims no profile, and does not say why")
		}
		return 0
	}
	check := func(table []requirement, parts ...part) {
		for _, p := range parts {
			for _, r := range table {
				checks++
				if !r.met(p) {
					t.Errorf("section %s wants %s: %s %v", r.section, r.wants, p.text("@id"), slices.Sorted(maps.Keys(p.node)))
				}
			}
		}
	}
	check(ofReceipt, receipt)
	for _, record := range receipt.parts("dpv:hasRecordOfActivity") {
		check(ofRecord, record)
		check(ofProcess, record.parts("dpv:hasProcess")...)
		check(ofEvent, record.parts("dpv:hasConsentStatus")...)
		for _, entity := range record.parts("dpv:hasEntity") {
			check(ofEntity, append(entity.parts("dpv:hasRepresentative"), entity)...)
		}
	}
	return checks
}

// TestGuideCatches: without any one of the required members a document fails its table.
func TestGuideCatches(t *testing.T) {
	for name, table := range map[string][]requirement{"receipt": ofReceipt, "record": ofRecord, "process": ofProcess, "entity": ofEntity, "event": ofEvent} {
		for _, r := range table {
			if r.met(part{node: map[string]any{}, above: &part{node: map[string]any{}}}) {
				t.Errorf("an empty %s meets section %s: %s", name, r.section, r.wants)
			}
		}
	}
}

// TestStatesInDPV: the last event of each consent has the state that the receipt gave it, the
// events before it are kept, and what does not hold says where to consent.
func TestStatesInDPV(t *testing.T) {
	d, recs := story(t)
	for kind, want := range map[string][]string{
		"opt-in":     {"dpv:ConsentGiven", "dpv:ConsentRefused"},
		"amendment":  {"dpv:ConsentGiven dpv:ConsentGiven"},
		"withdrawal": {"dpv:ConsentGiven dpv:ConsentWithdrawn"},
		"refusal":    {"dpv:ConsentRefused"},
		"expired":    {"dpv:ConsentGiven dpv:ConsentExpired"},
		"annulled":   {"dpv:ConsentGiven dpv:ConsentInvalidated"},
		"objection":  {"dpv:ConsentGiven dpv:ConsentWithdrawn"},
	} {
		doc, err := dpv.Export(recs[kind], d.cat, "")
		must(t, err)
		var tree map[string]any
		must(t, json.Unmarshal(doc.Body, &tree))
		var got []string
		for _, record := range (part{node: tree}).parts("dpv:hasRecordOfActivity") {
			var states []string
			for _, event := range record.parts("dpv:hasConsentStatus") {
				states = append(states, event.types()...)
			}
			got = append(got, strings.Join(states, " "))
			holds := states[len(states)-1] == "dpv:ConsentGiven"
			for _, process := range record.parts("dpv:hasProcess") {
				if process.some("dpv:hasConsentControl", is("dpv:ProvideConsent")) == holds {
					t.Errorf("%s: where to consent: %v", kind, process.node["dpv:hasConsentControl"])
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}

// TestInShort: a receipt that states a consent without its record claims no profile, and says
// why; so do earlier receipts, which had no records of endings.
func TestInShort(t *testing.T) {
	d, recs := story(t)
	short := *recs["withdrawal"]
	short.Records = short.Records[:0]
	doc, err := dpv.Export(&short, d.cat, "")
	must(t, err)
	var tree map[string]any
	must(t, json.Unmarshal(doc.Body, &tree))
	records := part{node: tree}.parts("dpv:hasRecordOfActivity")
	if len(records) != 1 || tree["dct:conformsTo"] != nil || records[0].node["dct:conformsTo"] != nil || tree["dct:description"] == nil {
		t.Errorf("%s", doc.Body)
	}
	conformsToDPV(t, doc.Body)
	for _, name := range []string{"fdx", "uk-ob"} {
		f, _ := exchange.Find(name)
		_, err := f.Export(&short, d.cat, "")
		if inShort := errors.Is(err, exchange.ErrInexpressible); inShort != (name == "uk-ob") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPaused: a pause is said by the status that no word for an ending narrows, and by what
// became of the processing; nothing says that the consent has ended.
func TestPaused(t *testing.T) {
	d, recs := story(t)
	doc, err := dpv.Export(recs["restriction"], d.cat, "")
	must(t, err)
	var tree map[string]any
	must(t, json.Unmarshal(doc.Body, &tree))
	record := part{node: tree}.parts("dpv:hasRecordOfActivity")[0]
	if !record.all("dpv:hasConsentStatus", is("dpv:ConsentStatusInvalidForProcessing")) ||
		!record.some("dpv:hasProcess", func(p part) bool {
			return p.some("dpv:hasActivityStatus", func(s part) bool { return s.text("@id") == "dpv:ActivityHalted" })
		}) ||
		tree["dct:conformsTo"] != nil {
		t.Errorf("%s", doc.Body)
	}
}

// TestOneTime: a consent to one access says so as a duration and as a frequency, and one to
// several accesses says how often as a frequency with a value of its own.
func TestOneTime(t *testing.T) {
	d, recs := story(t)
	for kind, want := range map[string]string{"one-time": "dpv:SingularFrequency", "opt-in": "P1D"} {
		doc, err := dpv.Export(recs[kind], d.cat, "")
		must(t, err)
		var tree map[string]any
		must(t, json.Unmarshal(doc.Body, &tree))
		record := part{node: tree}.parts("dpv:hasRecordOfActivity")[0]
		event, process := record.parts("dpv:hasConsentStatus")[0], record.parts("dpv:hasProcess")[0]
		once := event.some("dpv:hasDuration", is("dpv:FixedOccurrencesDuration"))
		often := process.some("dpv:hasProcessingCondition", func(c part) bool {
			return c.some("dpv:hasFrequency", func(f part) bool {
				return f.text("@id") == want || is("dpv:Frequency")(f) && f.some("rdf:value", func(v part) bool { return v.text("@value") == want })
			})
		})
		if once != (kind == "one-time") || !often {
			t.Errorf("%s: %v, %v", kind, event.node, process.node["dpv:hasProcessingCondition"])
		}
	}
}

// TestExpiredAtItsEnd: a consent expired when it ended, not when that was recorded.
func TestExpiredAtItsEnd(t *testing.T) {
	d, recs := story(t)
	doc, err := dpv.Export(recs["expired"], d.cat, "")
	must(t, err)
	if end := issuedAt.AddDate(1, 0, 0).Format(time.RFC3339); strings.Count(string(doc.Body), end) != 2 {
		t.Errorf("want %s as the end that was given and as the time of the expiry:\n%s", end, doc.Body)
	}
}

// parts are the nodes under a property; a single one and a list are the same.
func (p part) parts(property string) (out []part) {
	values, ok := p.node[property].([]any)
	if !ok {
		values = []any{p.node[property]}
	}
	for _, v := range values {
		if n, ok := v.(map[string]any); ok {
			out = append(out, part{n, &p})
		}
	}
	return out
}

func (p part) text(property string) string {
	s, _ := p.node[property].(string)
	return s
}

func (p part) types() []string {
	if one, ok := p.node["@type"].(string); ok {
		return []string{one}
	}
	var out []string
	many, _ := p.node["@type"].([]any)
	for _, v := range many {
		out = append(out, v.(string))
	}
	return out
}

// only reports whether a property has one value, an IRI.
func (p part) only(property, iri string) bool {
	values := p.parts(property)
	return len(values) == 1 && values[0].text("@id") == iri
}

// identified reports whether a node has the identifier both of the guide's text and of its
// table.
func (p part) identified() bool {
	return p.text("dct:identifier") != "" && p.text("dpv:hasIdentifier") == p.text("dct:identifier")
}

// all reports whether a property has values, and each passes.
func (p part) all(property string, checks ...func(part) bool) bool {
	values := p.parts(property)
	return len(values) > 0 && !slices.ContainsFunc(values, func(v part) bool { return !passes(v, checks) })
}

// some reports whether a value of a property passes.
func (p part) some(property string, checks ...func(part) bool) bool {
	return slices.ContainsFunc(p.parts(property), func(v part) bool { return passes(v, checks) })
}

func passes(p part, checks []func(part) bool) bool {
	return !slices.ContainsFunc(checks, func(check func(part) bool) bool { return !check(p) })
}

func is(kind string) func(part) bool {
	return func(p part) bool { return slices.Contains(p.types(), kind) }
}

func has(property string) func(part) bool {
	return func(p part) bool { return p.node[property] != nil && p.node[property] != "" }
}

func isMoment(p part) bool {
	at, err := time.Parse(time.RFC3339, p.text("@value"))
	return err == nil && at.Location() == time.UTC && is("xsd:dateTime")(p)
}

// lasts reports whether each duration is typed, and has the value that its type wants.
func lasts(p part) bool {
	return p.all("dpv:hasDuration", func(d part) bool {
		value := d.node["rdf:value"]
		switch kinds := d.types(); {
		case len(kinds) != 1:
			return false
		case kinds[0] == "dpv:EndlessDuration":
			return value == nil
		case kinds[0] == "dpv:FixedOccurrencesDuration":
			return value == "1"
		case kinds[0] == "dpv:UntilTimeDuration":
			return d.all("rdf:value", isMoment)
		}
		return is("dpv:TemporalDuration")(d) && d.all("rdf:value", is("xsd:duration"), has("@value"))
	})
}

// isParty reports whether an IRI is that of a party of the record.
func isParty(p part) bool {
	record := p.above.above
	return record.some("dpv:hasEntity", func(e part) bool { return e.text("@id") == p.text("@id") })
}
