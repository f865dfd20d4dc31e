package opendsr

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Reasons of a refusal.
var (
	ErrTooLarge    = errors.New("the request is too large")
	ErrJSON        = errors.New("not a JSON object without repeated members")
	ErrMissing     = errors.New("required")
	ErrInvalid     = errors.New("not valid")
	ErrUnsupported = errors.New("not supported; see /discovery")
	ErrAmbiguous   = errors.New("names more than one customer")
)

// reasons are the words of errors[].reason, which the specification leaves open.
var reasons = map[error]string{
	ErrTooLarge: "TooLarge", ErrJSON: "Malformed", ErrMissing: "Required", ErrInvalid: "Invalid",
	ErrUnsupported: "Unsupported", ErrAmbiguous: "Ambiguous",
}

// Refusal says why a request was not taken. It wraps one of the reasons.
type Refusal struct {
	Member string // the member of the request; "" for the whole request
	reason error
	detail error // why the member is not valid, or nil
}

func refuse(reason error, member string) *Refusal { return &Refusal{Member: member, reason: reason} }

func (r *Refusal) Error() string {
	switch {
	case r.Member == "":
		return r.reason.Error()
	case r.detail != nil:
		return fmt.Sprintf("%s: %v: %v", r.Member, r.reason, r.detail)
	}
	return fmt.Sprintf("%s: %v", r.Member, r.reason)
}

func (r *Refusal) Unwrap() error { return r.reason }

// ErrorBody is the body of an answer that is no success (section 7.6). The code is
// the HTTP status; the message is shown to the controller.
func ErrorBody(code int, message string) []byte { return errorBody(code, message, nil) }

// Body is the body of the answer to a refused request: its HTTP status is 400
// (section 7.5).
func (r *Refusal) Body() []byte {
	return errorBody(400, r.Error(), []errorDetail{{Domain: "Validation", Reason: reasons[r.reason], Message: r.Error()}})
}

type errorDetail struct {
	Domain  string `json:"domain"`
	Reason  string `json:"reason"`
	Message string `json:"message"`
}

func errorBody(code int, message string, details []errorDetail) []byte {
	type inner struct {
		Code    int           `json:"code"`
		Message string        `json:"message"`
		Errors  []errorDetail `json:"errors,omitempty"`
	}
	b, _ := json.Marshal(struct { // strings and an int: cannot fail
		Error inner `json:"error"`
	}{inner{code, message, details}})
	return b
}
