package handler

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/registrar"
)

// Errors of this layer.
var (
	ErrInvalidBody      = errors.New("invalid body")
	ErrInvalidParameter = errors.New("invalid parameter")
	ErrUnauthenticated  = errors.New("unauthenticated")
	ErrForbidden        = errors.New("forbidden")
	ErrNotFound         = errors.New("not found")
	ErrNotAllowed       = errors.New("method not allowed")
	ErrNotAcceptable    = errors.New("not acceptable")
	ErrTooLarge         = errors.New("too large")
	ErrUnsupportedMedia = errors.New("unsupported media type")
	ErrInexpressible    = errors.New("the format cannot express this")
)

// ladder maps each sentinel error to a problem, once. The first that matches
// counts.
var ladder = []struct {
	err    error
	slug   string
	status int
	title  string
}{
	{registrar.ErrCorrupt, "busy", http.StatusServiceUnavailable, "Try again later"},
	{ledger.ErrBusy, "busy", http.StatusServiceUnavailable, "Try again shortly; a command with the same Idempotency-Key"},
	{looks.ErrBroken, "busy", http.StatusServiceUnavailable, "Try again later"},
	{ledger.ErrUnavailable, "busy", http.StatusServiceUnavailable, "Try again shortly"},
	{ErrInvalidBody, "invalid-body", http.StatusBadRequest, "The body is not valid"},
	{ErrInvalidParameter, "invalid-parameter", http.StatusBadRequest, "A parameter is not valid"},
	{ErrUnauthenticated, "unauthenticated", http.StatusUnauthorized, "A valid access token is needed"},
	{ErrForbidden, "forbidden", http.StatusForbidden, "The token does not allow this"},
	{ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{registrar.ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{consent.ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{ErrNotAllowed, "method-not-allowed", http.StatusMethodNotAllowed, "The method is not allowed here"},
	{ErrNotAcceptable, "not-acceptable", http.StatusNotAcceptable, "None of the accepted formats is available"},
	{ErrTooLarge, "too-large", http.StatusRequestEntityTooLarge, "The request is too large"},
	{ErrUnsupportedMedia, "unsupported-media", http.StatusUnsupportedMediaType, "The media type is not supported"},
	{ErrInexpressible, "inexpressible", http.StatusUnprocessableEntity, "The format cannot express this receipt"},
	{registrar.ErrOfferExpired, "offer-expired", http.StatusUnprocessableEntity, "The offer has expired"},
	{registrar.ErrOfferInvalid, "offer-invalid", http.StatusUnprocessableEntity, "The offer is not valid"},
	{registrar.ErrMismatch, "idempotency-mismatch", http.StatusUnprocessableEntity, "The idempotency key was used for something else"},
	{consent.ErrStale, "offer-stale", http.StatusConflict, "Something changed since the offer was made"},
	{consent.ErrRequest, "request-state", http.StatusConflict, "The data request does not allow this now"},
	{consent.ErrNotNarrower, "not-narrower", http.StatusUnprocessableEntity, "A narrowing may not widen"},
	{consent.ErrNotOffered, "not-offered", http.StatusUnprocessableEntity, "The choice goes beyond the offer"},
	{consent.ErrEvidence, "evidence-too-weak", http.StatusUnprocessableEntity, "The purpose asks for stronger evidence"},
	{consent.ErrCap, "cap-reached", http.StatusUnprocessableEntity, "A limit is reached"},
	{consent.ErrFuture, "invalid-body", http.StatusBadRequest, "The event lies in the future"},
	{consent.ErrInvalid, "invalid-body", http.StatusBadRequest, "The body is not valid"},
}

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"` // urn:request:<id>, to quote when asking for help

	slug string
}

// detailed is an error whose text was written for the caller.
type detailed struct {
	err    error
	detail string
}

func (d *detailed) Error() string { return d.err.Error() + ": " + d.detail }
func (d *detailed) Unwrap() error { return d.err }

// problemf wraps a sentinel with a detail that the caller may read.
func problemf(err error, format string, args ...any) error {
	return &detailed{err, fmt.Sprintf(format, args...)}
}

// toProblem finds the rung of an error. Nothing of the inside shows in a 5xx.
func toProblem(err error, issuer, requestID string) *Problem {
	p := &Problem{
		slug: "internal", Status: http.StatusInternalServerError, Title: "Something went wrong on our side",
	}
	for _, rung := range ladder {
		if errors.Is(err, rung.err) {
			p.slug, p.Status, p.Title = rung.slug, rung.status, rung.title
			break
		}
	}
	p.Type = issuer + "/problems/" + p.slug
	if requestID != "" {
		p.Instance = "urn:request:" + requestID
	}
	var d *detailed
	switch {
	case p.Status >= http.StatusInternalServerError:
	case errors.As(err, &d):
		p.Detail = d.detail
	case consent.IsRefusal(err), p.Status == http.StatusNotFound:
		p.Detail = err.Error()
	}
	return p
}

// NotReady is the answer of a function that could not open what it needs. Nothing
// was done, and the same request may be sent again.
func NotReady(issuer, requestID string) events.APIGatewayV2HTTPResponse {
	return toProblem(ledger.ErrBusy, issuer, requestID).response()
}

func (p *Problem) response() events.APIGatewayV2HTTPResponse {
	body, _ := json.Marshal(p) // strings and an int: cannot fail
	headers := map[string]string{"content-type": "application/problem+json", "cache-control": "no-store"}
	switch p.Status {
	case http.StatusServiceUnavailable:
		headers["retry-after"] = strconv.Itoa(1)
	case http.StatusUnauthorized:
		headers["www-authenticate"] = `Bearer realm="consent-receipts"`
	}
	return events.APIGatewayV2HTTPResponse{StatusCode: p.Status, Headers: headers, Body: string(body)}
}

// Inexpressible says of a receipt what a format cannot.
func Inexpressible(reason error) error { return problemf(ErrInexpressible, "%s", reason) }

// NewProblem renders an error as the problem document that a route would answer,
// for the transports in front of the functions.
func (a *API) NewProblem(err error, requestID string) events.APIGatewayV2HTTPResponse {
	return toProblem(err, a.Registrar.Catalogue.Issuer(), requestID).response()
}

// Unauthenticated and Forbidden are the two ways in which an authorizer refuses
// a token, with a reason that never quotes it; ForeignHost is the local server's
// refusal of a name that is not its own.
func Unauthenticated(reason error) error { return problemf(ErrUnauthenticated, "%s", reason) }
func Forbidden(reason error) error       { return problemf(ErrForbidden, "%s", reason) }
func ForeignHost() error {
	return problemf(ErrForbidden, "this server answers to its own loopback names only")
}
