// Package api is the requests and the answers of the HTTP API as Go types: what the
// handlers read and write, and what whoever asks them sends and reads. events/openapi.yaml
// describes the same. Package client asks.
//
// A type whose name ends in Query has the parameters of an address; the tags name them.
// Package client encodes them, and leaves out what is empty.
package api

import (
	"net/url"
	"path"
	"strconv"
)

// Scopes of people who act for themselves, and of the controller's staff: an operator acts
// and reads, an auditor reads.
const (
	ScopeSelf     = "consent-receipts/self"
	ScopeOperator = "consent-receipts/operator"
	ScopeAuditor  = "consent-receipts/auditor"
)

// Ledger is the path below which the routes about one person lie.
type Ledger string

// Own is the path of the routes about whoever asks.
const Own Ledger = "/v1"

// Of is the path of the staff's routes about a person, by their pseudonym.
func Of(person string) Ledger { return Ledger("/v1/operator/people/" + url.PathEscape(person)) }

// At is the path of a route below it, such as /standing.
func (l Ledger) At(route string) string { return string(l) + route }

// Receipt is the path of a receipt, by its number.
func (l Ledger) Receipt(seq uint64) string { return l.At("/receipts/") + strconv.FormatUint(seq, 10) }

// Request is the path of a data request, by its id.
func (l Ledger) Request(id string) string {
	return l.At("/data-requests/") + url.PathEscape(id)
}

// TrailingSlash ends the key of a route of API Gateway that takes a path with a slash at its
// end. No key may end with a slash: a greedy parameter stands for what follows it, which is
// nothing (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
const (
	TrailingSlash = "/{" + AfterSlash + "+}"
	AfterSlash    = "rest" // the parameter
)

// Listing is a list about nobody in particular that the staff reads. From it the command desk
// makes a verb, whose flags are the parameters that have a help text.
type Listing struct {
	Name    string // of the verb, and of the answer's member that has the list
	Does    string // what the verb does
	Path    string
	Query   any      // the parameters, with the values of flags that are not given
	Columns []string // the members of an item that are printed
}

// Headers of requests and answers, beside those of HTTP itself.
const (
	IdempotencyKey = "Idempotency-Key" // of a command: the same again does nothing more
	CaseReference  = "Case-Reference"  // of the staff: for which case they look or act
	SecGPC         = "Sec-GPC"         // "1" is a Global Privacy Control signal
)

// ProblemMediaType is the media type of a Problem.
const ProblemMediaType = "application/problem+json"

// Problem says why something was not done (RFC 9457).
type Problem struct {
	Type     string `json:"type"` // of ours: the issuer, /problems/ and a stable name
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // urn:request:<id>, to quote when asking for help
}

// Slug is the stable name in the problem's type.
func (p *Problem) Slug() string { return path.Base(p.Type) }

func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}
