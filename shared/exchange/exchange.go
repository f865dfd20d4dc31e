// Package exchange writes what a receipt states in the formats of other systems,
// and says of every field what became of it.
//
// An export is a copy without the receipt's signature. It states one event, as the receipt
// does. The loss report names what a format cannot carry. Where a format cannot express
// something truthfully, the export is an error, and never a document that says something
// else.
//
// | Format  | Standard                                                         |
// |---------|------------------------------------------------------------------|
// | dpv     | ISO/IEC TS 27560:2023 in DPV 2.3, as JSON-LD 1.1                 |
// | kantara | Kantara Consent Receipt 1.1.0                                    |
// | fdx     | FDX Consent API 6.3: ConsentGrant, ConsentRevocationList         |
// | rebit   | ReBIT Account Aggregator 1.1.2: ConsentDetail, status notification |
// | uk-ob   | UK Open Banking 4.0: OBReadConsentResponse1                      |
package exchange

import (
	"bytes"
	"encoding/json"
	"errors"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
)

// Errors of an export. Each is wrapped with the details.
var (
	// ErrWithheld: parts of the receipt are withheld; an export needs them all.
	ErrWithheld = errors.New("parts of the receipt are withheld")
	// ErrNothing: the event is about no consent, a data request for example.
	ErrNothing = errors.New("the receipt states no consent")
	// ErrSeveral: the format holds one consent and the receipt states several;
	// name one. The error lists them.
	ErrSeveral = errors.New("the receipt states several consents")
	// ErrUnknown: the receipt states no consent with the id that was named.
	ErrUnknown = errors.New("the receipt states no such consent")
	// ErrInexpressible: the format has no way to say this.
	ErrInexpressible = errors.New("the format cannot express this")
)

// Document is a receipt in another format.
type Document struct {
	Body     []byte // JSON, indented
	Resource string // the path in the target's API at which it keeps the document; "" if the target defines none
	Report   Report
}

// Format is a format of other systems.
type Format struct {
	Name      string // as `receipt export --to` and `?format=` take it
	Title     string
	MediaType string
	Extension string // of a file, with its dot

	// Export writes a verified receipt. The catalogue is the one that the receipt cites,
	// or nil; without it, a purpose or recipient that has neither words nor a full record
	// in the receipt is written by its id. Formats that hold one consent take its id,
	// which may be "" where there is only one; formats that hold the whole receipt ignore
	// the id. The errors are those of this package.
	Export func(rec *receipt.Receipt, cat *catalogue.Catalogue, consentID string) (*Document, error)
}

// Formats lists all targets, in the order of the documentation.
var Formats = []Format{
	{"dpv", "ISO/IEC TS 27560 in DPV 2.3, JSON-LD", "application/ld+json", ".jsonld", exportDPV},
	{"kantara", "Kantara Consent Receipt 1.1", "application/json", ".json", exportKantara},
	{"fdx", "FDX Consent API 6.3", "application/json", ".json", exportFDX},
	{"rebit", "ReBIT Account Aggregator 1.1.2", "application/json", ".json", exportReBIT},
	{"uk-ob", "UK Open Banking 4.0 account access consent", "application/json", ".json", exportUKOB},
}

// Names lists their names.
func Names() (names []string) {
	for _, f := range Formats {
		names = append(names, f.Name)
	}
	return names
}

// Find returns the format of that name.
func Find(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// document finishes an export: the body as JSON, and the report.
func document(s *reading, format, resource string, body any, rules []Rule) (*Document, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(body); err != nil {
		return nil, err
	}
	claims, err := json.Marshal(s.rec.Claims)
	if err != nil {
		return nil, err
	}
	report, err := ReportOf(format, s.rec.Digest, claims, rules)
	if err != nil {
		return nil, err
	}
	return &Document{Body: b.Bytes(), Resource: resource, Report: *report}, nil
}
