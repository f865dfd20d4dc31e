// Package opendsr is the processor's side of OpenDSR 2.0, and of OpenGDPR 1.0, the
// name it had before (https://github.com/opengdpr/OpenDSR, specification.md at
// 6c080e2; "section" in this package means one of it).
//
// A controller sends data requests of its customers; this service is the processor. The
// package reads and writes bytes; it knows no transport and reads no clock. The tables of
// mapping.go and docs/protocols.md say what one side can express and the other cannot.
//
// Where the specification is silent or contradicts itself:
//
//   - Members that it does not name are ignored, as are extensions for other
//     processors; an extension for this processor is refused: it defines none, and would
//     silently not do what the extension asks.
//   - The signature is RSASSA-PKCS1-v1_5 with SHA-256 over the bytes of the body, in
//     the header only: a body cannot hold the signature of itself, though sections
//     7.3 and 9.2 list it there.
//   - regulation is required, though its own example (7.2) lacks it. OpenGDPR did not
//     have it and meant the GDPR.
//   - The endpoint /status that section 3.1 lists is nowhere described; the status is
//     at /requests/{subject_request_id} (8.1).
package opendsr

// Dialect is the name under which a client speaks the protocol. The two differ in
// names only (section 10.1), and in the regulation.
type Dialect struct {
	Version         string // of the answers, and its major number that of the URL
	Collection      string // last segment of the path of requests
	DomainHeader    string
	SignatureHeader string

	regulation string // implied when the request does not say it
}

// The dialects.
var (
	OpenDSR = Dialect{
		Version: "2.0", Collection: "requests",
		DomainHeader: "X-OpenDSR-Processor-Domain", SignatureHeader: "X-OpenDSR-Signature",
	}
	OpenGDPR = Dialect{
		Version: "1.0", Collection: "opengdpr_requests",
		DomainHeader: "X-OpenGDPR-Processor-Domain", SignatureHeader: "X-OpenGDPR-Signature",
		regulation: RegulationGDPR,
	}
)

// Regulations that a request can be under.
const (
	RegulationGDPR = "gdpr"
	RegulationCCPA = "ccpa"
)
