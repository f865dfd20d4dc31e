package exchange_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"consent-receipts/shared/exchange"
)

// schema compiles one of testdata/schema, with formats checked.
func schema(t testing.TB, name string) *jsonschema.Schema {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "schema", name+".json"))
	must(t, err)
	return compile(t, b)
}

func compile(t testing.TB, b []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	must(t, err)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	must(t, c.AddResource("mem://schema", doc))
	compiled, err := c.Compile("mem://schema")
	must(t, err)
	return compiled
}

// kantaraSchema is the published one, without the comments at its head.
func kantaraSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	b, err := os.ReadFile("testdata/kantara/kantara-consent-receipt-v1_1-schema.json")
	must(t, err)
	return compile(t, regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAll(b, nil))
}

// conforms checks a document against what its target publishes, and returns how many checks
// of each kind there were.
func conforms(t *testing.T, format string, doc *exchange.Document) (n counts) {
	t.Helper()
	var against *jsonschema.Schema
	switch notice := strings.HasSuffix(doc.Resource, "/revocation") || strings.HasSuffix(doc.Resource, "/Notification"); {
	case format == "dpv":
		return counts{terms: conformsToDPV(t, doc.Body), musts: meetsTheGuide(t, doc.Body)}
	case format == "kantara":
		against = kantaraSchema(t)
	case format == "fdx" && notice:
		against = schema(t, "fdx-revocation")
	case format == "fdx":
		against = schema(t, "fdx-grant")
	case format == "rebit" && notice:
		against = schema(t, "rebit-notification")
	case format == "rebit":
		against = schema(t, "rebit-detail")
	default:
		against = schema(t, format)
	}
	if err := against.Validate(tree(t, doc.Body)); err != nil {
		t.Error(err)
	}
	return counts{schemas: 1}
}

// counts are how often a document was held against a schema, a list of terms, and the
// requirements of the guide of DPV.
type counts struct{ schemas, terms, musts int }

func (n counts) plus(m counts) counts {
	return counts{n.schemas + m.schemas, n.terms + m.terms, n.musts + m.musts}
}

// Namespaces of DPV 2.3, and the terms that we use of others.
var (
	namespaces = map[string]string{
		"https://w3id.org/dpv#": "dpv", "https://w3id.org/dpv/pd#": "pd",
		"https://w3id.org/dpv/legal/eu/gdpr#": "eu-gdpr", "https://w3id.org/dpv/loc#": "loc",
	}
	others = strings.Fields(`
		http://purl.org/dc/terms/audience http://purl.org/dc/terms/conformsTo http://purl.org/dc/terms/created
		http://purl.org/dc/terms/date http://purl.org/dc/terms/description http://purl.org/dc/terms/identifier
		http://purl.org/dc/terms/language http://purl.org/dc/terms/publisher http://purl.org/dc/terms/source
		http://purl.org/dc/terms/title http://purl.org/dc/terms/type
		http://www.w3.org/1999/02/22-rdf-syntax-ns#type http://www.w3.org/1999/02/22-rdf-syntax-ns#value
		http://www.w3.org/2001/XMLSchema#dateTime http://www.w3.org/2001/XMLSchema#duration
		http://www.w3.org/2004/02/skos/core#broader
		https://schema.org/ContactPoint https://schema.org/PostalAddress https://schema.org/address
		https://schema.org/addressCountry https://schema.org/addressLocality
		https://schema.org/addressRegion https://schema.org/contactPoint https://schema.org/email https://schema.org/name
		https://schema.org/postalCode https://schema.org/schemaVersion
		https://schema.org/streetAddress https://schema.org/telephone https://schema.org/url`)
)

// noLoader refuses: a document must stand alone.
type noLoader struct{}

func (noLoader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	return nil, fmt.Errorf("%s: nothing is fetched", url)
}

// conformsToDPV turns the document into triples: none of its values may get
// lost on the way, and every term must exist. It returns how many terms there are.
func conformsToDPV(t *testing.T, body []byte) int {
	t.Helper()
	var doc any
	must(t, json.Unmarshal(body, &doc))
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = noLoader{}
	options.ProcessingMode = ld.JsonLd_1_1
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, options)
	must(t, err)
	delete(doc.(map[string]any), "@context")
	if want, got := count(doc), count(expanded); want != got {
		t.Errorf("%d values, %d after expansion", want, got)
	}
	return terms(t, expanded)
}

// count counts the values of a document.
func count(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			if kind, typed := v["@value"], name == "@type"; kind != nil && typed {
				continue // of a literal
			}
			n += count(e)
		}
		return n
	case []any:
		for _, e := range v {
			n += count(e)
		}
		return n
	}
	return 1
}

// terms checks every property, class and individual of an expanded document, and counts them.
func terms(t *testing.T, v any) (n int) {
	t.Helper()
	check := func(iri string) {
		n++
		term(t, iri)
	}
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			switch {
			case !strings.HasPrefix(name, "@"):
				check(name)
			case name == "@id":
				if s := e.(string); strings.Contains(s, "w3id.org/dpv") && !strings.Contains(s, "/schema/dpv-27560#") {
					check(s)
				}
			case name == "@type":
				switch e := e.(type) {
				case string:
					check(e)
				case []any:
					for _, s := range e {
						check(s.(string))
					}
				}
			}
			n += terms(t, e)
		}
	case []any:
		for _, e := range v {
			n += terms(t, e)
		}
	}
	return n
}

func term(t *testing.T, iri string) {
	t.Helper()
	for _, known := range others {
		if iri == known {
			return
		}
	}
	at := strings.LastIndexByte(iri, '#') + 1
	if prefix := namespaces[iri[:at]]; prefix == "" || !termExists(prefix+":"+iri[at:]) {
		t.Errorf("no such term: %s", iri)
	}
}

// termExists looks a term up in the lists that are beside the code.
func termExists(name string) bool {
	prefix, local, _ := strings.Cut(name, ":")
	b, err := os.ReadFile(filepath.Join("dpv", prefix+".txt"))
	return err == nil && bytes.Contains(append([]byte("\n"), b...), []byte("\n"+local+"\n"))
}
