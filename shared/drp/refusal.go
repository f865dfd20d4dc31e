package drp

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Reasons of a refusal.
var (
	ErrTooLarge  = errors.New("the message is too large")
	ErrEncoding  = errors.New("not base64 of a signature and a message")
	ErrSignature = errors.New("the signature is not by the agent of the bearer token")
	ErrAgent     = errors.New("not the agent of the bearer token")
	ErrBusiness  = errors.New("meant for another business")
	ErrNotYet    = errors.New("issued in the future: see to the clock and send it again")
	ErrExpired   = errors.New("expired")
	ErrValidity  = fmt.Errorf("valid for longer than %v", MaxValidity)
	ErrKind      = errors.New("a message of another kind")
	ErrJSON      = errors.New("the message is not a JSON object without repeated members")
	ErrClaim     = errors.New("missing or not valid")
	ErrVersion   = errors.New("only version " + Version + " is spoken")
	ErrAction    = errors.New("unsupported rights action")
	ErrRegime    = errors.New("unsupported regime")
	ErrToken     = errors.New("no bearer token of an agent in the directory")
)

// answers gives each reason its HTTP status, and says whether it is of no use to send the
// same message again (section 3.06). A message that does not prove its agent or its
// business, or that comes outside its time, is forbidden; all others are answered in
// detail.
var answers = map[error]struct {
	status int
	fatal  bool
}{
	ErrTooLarge:  {413, true},
	ErrEncoding:  {400, true},
	ErrToken:     {401, false},
	ErrSignature: {403, true},
	ErrAgent:     {403, true},
	ErrBusiness:  {403, true},
	ErrNotYet:    {403, false},
	ErrExpired:   {403, true},
	ErrValidity:  {403, true},
	ErrKind:      {403, true},
	ErrJSON:      {400, true},
	ErrClaim:     {400, true},
	ErrVersion:   {400, true},
	ErrAction:    {400, true},
	ErrRegime:    {400, true},
}

// Refusal says why a message was not taken. It wraps one of the reasons.
type Refusal struct {
	Status int // of HTTP
	Fatal  bool
	Claim  string // "" for the whole message
	reason error
}

func refuse(reason error, claim string) *Refusal {
	a := answers[reason]
	return &Refusal{a.status, a.fatal, claim, reason}
}

func (r *Refusal) Error() string {
	if r.Claim == "" {
		return r.reason.Error()
	}
	return fmt.Sprintf("%s: %v", r.Claim, r.reason)
}

func (r *Refusal) Unwrap() error { return r.reason }

// Body is the body of the answer.
func (r *Refusal) Body() []byte { return ErrorBody(r.Status, r.Error(), r.Fatal) }

// ErrorBody is the body of an answer that is no success (section 3.06). The message
// is shown to the agent.
func ErrorBody(status int, message string, fatal bool) []byte {
	b, _ := json.Marshal(struct { // strings and a bool: cannot fail
		Code    string `json:"code"`
		Message string `json:"message"`
		Fatal   bool   `json:"fatal,omitempty"`
	}{strconv.Itoa(status), message, fatal})
	return b
}
