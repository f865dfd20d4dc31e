// Package problem has the one table from errors to statuses of HTTP: for the API, which
// answers a problem document (RFC 9457), and for the protocols, which have documents of their
// own.
package problem

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/door"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/journal"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/chained"
	"consent-receipts/shared/registrar"
)

// ErrInexpressible: a receipt states something that the format of another system cannot
// express.
var ErrInexpressible = errors.New("the format cannot express this")

// Rung says what an error is in HTTP.
type Rung struct {
	Err    error
	Slug   string // the last part of a problem's type
	Status int
	Title  string
}

// tryAgain is the title when it is not known what became of a request. Whoever repeats a
// command finds out.
const tryAgain = "Try again shortly; a command with the same Idempotency-Key, which finds out whether it was recorded"

// ladder lists each sentinel error once. The first that matches counts.
var ladder = []Rung{
	// Only the protocols answer these, in their own words. They wrap errors of the others.
	{counter.ErrBusy, "busy", http.StatusServiceUnavailable, "Try again shortly"},
	{counter.ErrNotFound, "not-found", http.StatusNotFound, "There is no such request"},
	{counter.ErrMismatch, "idempotency-mismatch", http.StatusBadRequest, "This id was used for another request"},
	{counter.ErrNotCovered, "invalid-body", http.StatusBadRequest, "This cannot be asked for here"},
	{counter.ErrIdentifier, "invalid-body", http.StatusBadRequest, "The customer number that was found for this person is not valid"},
	{counter.ErrTooMany, "cap-reached", http.StatusBadRequest, "Too many requests of this person are open"},
	{counter.ErrEnded, "request-state", http.StatusConflict, "The request can no longer be taken back"},

	{registrar.ErrCorrupt, "busy", http.StatusServiceUnavailable, "Try again later"},
	{ledger.ErrBusy, "busy", http.StatusServiceUnavailable, tryAgain},
	{chained.ErrBroken, "busy", http.StatusServiceUnavailable, "Try again later"},
	{ledger.ErrUnavailable, "busy", http.StatusServiceUnavailable, "Try again shortly"},
	{receipt.ErrNoLeaf, "busy", http.StatusServiceUnavailable, "Try again shortly"},
	{context.DeadlineExceeded, "busy", http.StatusServiceUnavailable, tryAgain},
	{gateway.ErrInvalidBody, "invalid-body", http.StatusBadRequest, "The body is not valid"},
	{gateway.ErrInvalidParameter, "invalid-parameter", http.StatusBadRequest, "A parameter is not valid"},
	{gateway.ErrUnauthenticated, "unauthenticated", http.StatusUnauthorized, "A valid access token is needed"},
	{gateway.ErrForbidden, "forbidden", http.StatusForbidden, "The token does not allow this"},
	{gateway.ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{attachment.ErrNotUploaded, "not-found", http.StatusNotFound, "Not found"},
	{attachment.ErrGone, "not-found", http.StatusNotFound, "Not found"},
	{attachment.ErrDeclared, "file-refused", http.StatusUnprocessableEntity, "The file cannot be added to the answer"},
	{attachment.ErrContent, "file-refused", http.StatusUnprocessableEntity, "The file cannot be added to the answer"},
	{attachment.ErrUnscanned, "file-refused", http.StatusUnprocessableEntity, "The file cannot be added to the answer"},
	{registrar.ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{consent.ErrNotFound, "not-found", http.StatusNotFound, "Not found"},
	{gateway.ErrNotAllowed, "method-not-allowed", http.StatusMethodNotAllowed, "The method is not allowed here"},
	{gateway.ErrNotAcceptable, "not-acceptable", http.StatusNotAcceptable, "None of the accepted formats is available"},
	{gateway.ErrTooLarge, "too-large", http.StatusRequestEntityTooLarge, "The request is too large"},
	{gateway.ErrUnsupportedMedia, "unsupported-media", http.StatusUnsupportedMediaType, "The media type is not supported"},
	{ErrInexpressible, "inexpressible", http.StatusUnprocessableEntity, "The format cannot express this receipt"},
	{consent.ErrExpired, "offer-expired", http.StatusUnprocessableEntity, "The offer has expired"},
	{door.ErrLate, "link-expired", http.StatusUnprocessableEntity, "The link has expired"},
	{registrar.ErrOfferInvalid, "offer-invalid", http.StatusUnprocessableEntity, "The offer is not valid"},
	{registrar.ErrMismatch, "idempotency-mismatch", http.StatusUnprocessableEntity, "The idempotency key was used for something else"},
	{identity.ErrSealed, "identity-sealed", http.StatusConflict, "The customer number that was sealed with the data request does not open"},
	{journal.ErrMismatch, "idempotency-mismatch", http.StatusUnprocessableEntity, "The idempotency key was used for something else"},
	{casefile.ErrMoved, "case-moved", http.StatusConflict, "Somebody else was faster"},
	{casefile.ErrOwn, "case-own", http.StatusConflict, "Somebody else has to approve this"},
	{casefile.ErrSecondEyes, "second-eyes", http.StatusForbidden, "A second member of the staff has to approve this"},
	{casefile.ErrFull, "cap-reached", http.StatusUnprocessableEntity, "A limit is reached"},
	{casefile.ErrInvalid, "invalid-body", http.StatusBadRequest, "The body is not valid"},
	{consent.ErrStale, "offer-stale", http.StatusConflict, "Something changed since the offer was made"},
	{consent.ErrRequest, "request-state", http.StatusConflict, "The data request does not allow this now"},
	{consent.ErrNotNarrower, "not-narrower", http.StatusUnprocessableEntity, "A narrowing may not widen"},
	{consent.ErrNotOffered, "not-offered", http.StatusUnprocessableEntity, "The choice goes beyond the offer"},
	{consent.ErrEvidence, "evidence-too-weak", http.StatusUnprocessableEntity, "The purpose asks for stronger evidence"},
	{consent.ErrCap, "cap-reached", http.StatusUnprocessableEntity, "A limit is reached"},
	{consent.ErrFuture, "invalid-body", http.StatusBadRequest, "The event lies in the future"},
	{consent.ErrInvalid, "invalid-body", http.StatusBadRequest, "The body is not valid"},
}

// internal is the rung of every error that the ladder does not list. The caller learns
// nothing about such an error.
var internal = Rung{errors.New("something went wrong on our side"), "internal", http.StatusInternalServerError, "Something went wrong on our side"}

// Find returns the rung of an error.
func Find(err error) Rung {
	for _, rung := range ladder {
		if errors.Is(err, rung.Err) {
			return rung
		}
	}
	return internal
}

// Of renders an error as a problem document. Nothing of the inside shows in a 5xx.
func Of(err error, issuer, requestID string) api.Problem {
	rung := Find(err)
	p := api.Problem{Type: issuer + "/problems/" + rung.Slug, Title: rung.Title, Status: rung.Status}
	if requestID != "" {
		p.Instance = "urn:request:" + requestID
	}
	if rung.Status >= http.StatusInternalServerError {
		return p
	}
	if p.Detail = gateway.Detail(err); p.Detail == "" && (consent.IsRefusal(err) || casefile.IsRefusal(err) || rung.Status == http.StatusNotFound) {
		p.Detail = err.Error()
	}
	return p
}

// Refuse answers errors as problem documents of an issuer.
func Refuse(issuer string, log *slog.Logger) gateway.Refuse {
	return func(w http.ResponseWriter, r *http.Request, err error) []any {
		id := gateway.CallOf(r).ID
		Alarm(log, id, err)
		p := Of(err, issuer, id)
		body, _ := json.Marshal(p) // strings and an int: cannot fail
		Header(w.Header(), p.Status)
		gateway.With(p.Status, api.ProblemMediaType, body).Write(w)
		attrs := []any{"problem", p.Slug()}
		if p.Status >= http.StatusInternalServerError {
			attrs = append(attrs, "error", err)
		}
		return attrs
	}
}

// Header sets the headers that belong to the status of a refusal.
func Header(h http.Header, status int) {
	switch status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "1")
	case http.StatusUnauthorized:
		if h.Get("WWW-Authenticate") == "" {
			h.Set("WWW-Authenticate", `Bearer realm="consent-receipts"`)
		}
	}
}

// unbelievable lists the errors of reading an entry that this service did not write: an entry
// of a person's ledger, of an audit ledger, a line of the docket, or a sealed identity.
var unbelievable = []error{registrar.ErrCorrupt, chained.ErrBroken, docket.ErrItem, ledger.ErrCorrupt, identity.ErrSealed}

// Unbelievable reports whether an error means that this service did not write what it read in
// the ledger. An alarm watches for such errors.
func Unbelievable(err error) bool {
	return slices.ContainsFunc(unbelievable, func(e error) bool { return errors.Is(err, e) })
}

// Alarm writes the line that an alarm watches for, if the error is Unbelievable.
func Alarm(log *slog.Logger, requestID string, err error) {
	if Unbelievable(err) {
		log.Error(alarm.Refused, "request_id", requestID, "error", err)
	}
}
