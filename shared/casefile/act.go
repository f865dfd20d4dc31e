package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/ledger"
)

var (
	// ErrInvalid: the act cannot be recorded in any case.
	ErrInvalid = errors.New("not an act on a case")

	// ErrMoved: somebody else changed what the act is about.
	ErrMoved = errors.New("somebody else was faster")

	// ErrOwn: a proposal needs the approval of another member of staff.
	ErrOwn = errors.New("somebody else has to approve what you proposed")

	// ErrFull: the case has as many records as a case may have.
	ErrFull = errors.New("the case has too many records")
)

// IsRefusal reports whether an error says why an act is not recorded, in words for its author.
func IsRefusal(err error) bool {
	for _, refusal := range []error{ErrInvalid, ErrMoved, ErrOwn, ErrFull, ErrSecondEyes} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// Did says what somebody did.
type Did string

// What somebody can do on a case.
const (
	Assign  Did = "assign"  // say who works on it
	Note    Did = "note"    // write something for colleagues
	Draft   Did = "draft"   // write the text of an answer to come; the newest draft counts
	Propose Did = "propose" // propose a step that needs a second pair of eyes
	Approve Did = "approve" // approve the open proposal
	Reject  Did = "reject"  // reject the open proposal, or take it back
	Link    Did = "link"    // say which customer made the request
)

// MaxName is how many characters there may be in what colleagues call somebody.
const MaxName = 64

// maxStep is the size of the largest proposed step, in bytes.
const maxStep = 4 << 10

// Act is what a member of staff did on a case.
type Act struct {
	Staff string `json:"staff"` // the member of staff: a pseudonym of the identity in the access token
	Role  string `json:"role"`
	Did   Did    `json:"did"`
	Case  string `json:"case,omitempty"` // the reference under which they acted

	With string          `json:"with,omitempty"` // of Assign: who works on it, by pseudonym; "" is nobody
	Name string          `json:"name,omitempty"` // of Assign: what colleagues call them
	Text string          `json:"text,omitempty"` // of Note and Draft; of Reject, why
	Step json.RawMessage `json:"step,omitempty"` // of Propose: the body of the step, as JSON
	Of   uint64          `json:"of,omitempty"`   // of Approve and Reject: the number of the proposal
	To   string          `json:"to,omitempty"`   // of Link: the customer, by pseudonym
}

// members are those that an act of a kind must have, and may have, beside who did it.
var members = map[Did]struct{ must, may []string }{
	Assign:  {nil, []string{"with", "name"}},
	Note:    {[]string{"text"}, nil},
	Draft:   {[]string{"text"}, nil},
	Propose: {[]string{"step"}, []string{"text"}},
	Approve: {[]string{"of"}, nil},
	Reject:  {[]string{"of"}, []string{"text"}},
	Link:    {[]string{"to"}, nil},
}

// Validate returns ErrInvalid with a reason unless the act is complete and within the limits.
func (a *Act) Validate() error {
	kind, known := members[a.Did]
	if !known || a.Staff == "" || a.Role == "" || a.Case != "" && !consent.ValidCase(a.Case) {
		return fmt.Errorf("%w: it does not state who did what, and for which case", ErrInvalid)
	}
	for _, m := range []struct {
		name  string
		given bool
	}{
		{"with", a.With != ""}, {"name", a.Name != ""}, {"text", a.Text != ""}, {"step", len(a.Step) > 0}, {"of", a.Of != 0}, {"to", a.To != ""},
	} {
		must, may := slices.Contains(kind.must, m.name), slices.Contains(kind.may, m.name)
		if must && !m.given || m.given && !must && !may {
			return fmt.Errorf("%w: %s and its member %s", ErrInvalid, a.Did, m.name)
		}
	}
	for name, text := range map[string]struct {
		text string
		most int
	}{"text": {a.Text, consent.MaxText}, "name": {a.Name, MaxName}} {
		if kept, err := freetext.Check(text.text); err != nil || kept != text.text || utf8.RuneCountInString(kept) > text.most {
			return fmt.Errorf("%w: %s has at most %d characters, and no control characters", ErrInvalid, name, text.most)
		}
	}
	switch {
	case a.With != "" && ledger.CheckID(a.With) != nil, a.To != "" && ledger.CheckID(a.To) != nil:
		return fmt.Errorf("%w: people are named by their pseudonyms", ErrInvalid)
	case a.With == "" && a.Name != "":
		return fmt.Errorf("%w: nobody has no name", ErrInvalid)
	case len(a.Step) > maxStep, len(a.Step) > 0 && !json.Valid(a.Step):
		return fmt.Errorf("%w: a step is JSON of at most %d bytes", ErrInvalid, maxStep)
	}
	return nil
}
