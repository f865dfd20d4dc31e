package exchange

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"
)

// These files list the terms of DPV 2.3; dpv/README.md says where they are from.
var (
	//go:embed dpv/dpv.txt
	dpvTerms string
	//go:embed dpv/pd.txt
	pdTerms string
	//go:embed dpv/eu-gdpr.txt
	gdprTerms string
	//go:embed dpv/loc.txt
	locTerms string
)

// vocabulary holds every term of DPV with its prefix, read when first needed.
var vocabulary = sync.OnceValue(func() map[string]bool {
	terms := map[string]bool{}
	for prefix, lines := range map[string]string{"dpv": dpvTerms, "pd": pdTerms, "eu-gdpr": gdprTerms, "loc": locTerms} {
		for line := range strings.Lines(lines) {
			terms[prefix+":"+strings.TrimSpace(line)] = true
		}
	}
	return terms
})

// dpvContext is the @context. The guide to ISO/IEC TS 27560 gives none.
var dpvContext = map[string]any{
	"dpv":     "https://w3id.org/dpv#",
	"pd":      "https://w3id.org/dpv/pd#",
	"eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
	"loc":     "https://w3id.org/dpv/loc#",
	"dct":     "http://purl.org/dc/terms/",
	"schema":  "https://schema.org/",
	"skos":    "http://www.w3.org/2004/02/skos/core#",
	"rdf":     "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
	"xsd":     "http://www.w3.org/2001/XMLSchema#",
}

// node is an object of JSON-LD.
type node = map[string]any

// dpvWriter builds nodes. A term that DPV does not have makes the whole document an error.
type dpvWriter struct{ err error }

// term refers to a term of DPV.
func (w *dpvWriter) term(name string) node {
	if !vocabulary()[name] && w.err == nil {
		w.err = fmt.Errorf("%w: DPV 2.3 has no term %q", ErrInexpressible, name)
	}
	return node{"@id": name}
}

// kind is a @type out of terms.
func (w *dpvWriter) kind(names ...string) []string {
	for _, n := range names {
		w.term(n)
	}
	return names
}

// places refers to countries and regions.
func (w *dpvWriter) places(codes []string) []node {
	out := make([]node, 0, len(codes))
	for _, c := range codes {
		out = append(out, w.term("loc:"+c))
	}
	return out
}

func literal(kind, value string) node { return node{"@type": kind, "@value": value} }

func moment(t time.Time) node { return literal("xsd:dateTime", t.UTC().Format(time.RFC3339)) }

func link(url string) node { return node{"@id": url} }

// lasting is a duration as DPV models it.
func (w *dpvWriter) lasting(p fmt.Stringer) node {
	return node{"@type": w.kind("dpv:TemporalDuration"), "rdf:value": literal("xsd:duration", p.String())}
}

// stored says how long one copy is kept.
func (w *dpvWriter) stored(kind, what string, p fmt.Stringer) node {
	return node{"@type": w.kind(kind), "dct:title": what, "dpv:hasDuration": w.lasting(p)}
}
