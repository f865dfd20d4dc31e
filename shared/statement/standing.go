package statement

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Standing is what holds for a person after an entry: one line per purpose and
// recipient ever touched, one per open data request, and the fence. It is
// carried, signed, in every receipt.
type Standing struct {
	Seq      uint64    // the newest entry's number; 0 for an empty ledger
	At       time.Time // the newest entry's iat
	Lines    []Line    // ordered by purpose and recipient
	Requests []Request // in the order they were received
	Fence    *Fence
}

// Line is the latest word about one purpose and one recipient: a consent, or a no.
type Line struct {
	Kind      string `json:"kind"` // "consent" or "no"
	Purpose   string `json:"purpose"`
	Recipient string `json:"recipient"`
	ConsentID string `json:"consent_id,omitempty"` // UUIDv4; of a no: the consent that it ended
	State     State  `json:"state"`
	*Terms           // of a consent only
	Granted   *Mark  `json:"granted,omitempty"` // of a consent only: the entry that gave it
	Latest    Mark   `json:"latest"`            // the newest entry that says something of the line; an expiry does not

	// AsOf is the line's watermark: an opt-in event counts only if it happened
	// later. A no, and a narrowing, count from the moment they were recorded.
	AsOf time.Time `json:"as_of"`

	// QuietUntil, of a no, is the first date on which the person may be asked
	// again by the controller's own doing; "" where no rule says so.
	QuietUntil string `json:"quiet_until,omitempty"`

	Labels *Labels `json:"labels,omitempty"` // absent where nobody has words for it, or there was no room
}

// LineKey names a line of a standing: a purpose and a recipient.
type LineKey struct{ Purpose, Recipient string }

// Key names the line.
func (l *Line) Key() LineKey { return LineKey{l.Purpose, l.Recipient} }

// Kinds of the elements of a standing.
const (
	KindConsent = "consent"
	KindNo      = "no"
	KindRequest = "request"
	KindFence   = "fence"
)

// Terms are the variable terms of a consent. With the catalogue they name, they
// give its full record.
type Terms struct {
	Data       []string    `json:"data"`                // category ids, sorted
	Resources  []Resource  `json:"resources,omitempty"` // none: not limited to some
	Access     AccessTerms `json:"access"`
	From       time.Time   `json:"from"`  // first moment in force
	Until      time.Time   `json:"until"` // first moment no longer in force
	Retention  Retention   `json:"retention"`
	Catalogue  string      `json:"catalogue"` // digest
	Notice     string      `json:"notice"`    // digest
	Language   string      `json:"language"`
	DespiteGPC bool        `json:"despite_gpc,omitempty"` // given deliberately with GPC on
}

// Resource is something of the person's that a consent is limited to, such as
// an account. Label is masked: at most the last four characters are legible.
type Resource struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Label string `json:"label,omitempty"`
}

// Mark says which entry did something, when, and in which role.
type Mark struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	By  Role      `json:"by"`

	// Attests, of a consent that was copied from an earlier system, is what the record
	// there attests of how it was expressed. What leaves it with less keeps it; a yes that
	// the person says here has none.
	Attests Attested `json:"attests,omitempty"`
}

// Fence is a no to everything: the latest opt-out of all, or erasure. No older
// event passes it, for a line that exists or for one that does not.
type Fence struct {
	Kind  string    `json:"kind"`  // "fence"
	Cause string    `json:"cause"` // "opt-out", "erasure" or "overflow"
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
}

// Causes of a fence. Overflow: a no found no free line and was widened to
// everything that was said before it.
const (
	FenceOptOut   = "opt-out"
	FenceErasure  = "erasure"
	FenceOverflow = "overflow"
)

// InForce reports whether the consent of this line allows processing at t:
// given by a receipt, from its iat, until its end, whether or not anybody has
// recorded the expiry. The default is no.
func (l *Line) InForce(t time.Time) bool {
	return l.Kind == KindConsent && l.State == Given && l.Terms != nil &&
		!t.Before(l.From) && t.Before(l.Until)
}

// StateAt is the state of the line at t; a given consent past its end is expired.
func (l *Line) StateAt(t time.Time) State {
	if l.Kind == KindConsent && l.Terms != nil && !t.Before(l.Until) {
		return Expired
	}
	return l.State
}

// Lapses returns the moment at which the consent of this line expires, if it has one
// and nobody has recorded its expiry.
func (l *Line) Lapses() (at time.Time, ok bool) {
	if l.Kind != KindConsent || l.Terms == nil || l.State != Given && l.State != Paused {
		return time.Time{}, false
	}
	return l.Until, true
}

// Line returns the line of a purpose and recipient, or nil.
func (s *Standing) Line(purpose, recipient string) *Line {
	for i := range s.Lines {
		if s.Lines[i].Purpose == purpose && s.Lines[i].Recipient == recipient {
			return &s.Lines[i]
		}
	}
	return nil
}

// Consent returns the line that now holds the consent with this id, or nil.
func (s *Standing) Consent(id string) *Line {
	for i := range s.Lines {
		if s.Lines[i].ConsentID == id {
			return &s.Lines[i]
		}
	}
	return nil
}

// RequestIndex returns where the data request with this id is in Requests, or -1.
func (s *Standing) RequestIndex(id string) int {
	return slices.IndexFunc(s.Requests, func(r Request) bool { return r.ID == id })
}

// Elements returns the standing as the elements of a receipt's array.
func (s *Standing) Elements() []any {
	out := make([]any, 0, len(s.Lines)+len(s.Requests)+1)
	for i := range s.Lines {
		out = append(out, &s.Lines[i])
	}
	for i := range s.Requests {
		out = append(out, &s.Requests[i])
	}
	if s.Fence != nil {
		out = append(out, s.Fence)
	}
	return out
}

// ErrStanding is wrapped by every error of ParseStanding.
var ErrStanding = errors.New("not a standing")

// ParseStanding reads the elements of a receipt's array, all of them disclosed.
func ParseStanding(seq uint64, at time.Time, elements []json.RawMessage) (Standing, error) {
	s := Standing{Seq: seq, At: at}
	for i, e := range elements {
		var kind struct {
			Kind string `json:"kind"`
		}
		if err := json.Unmarshal(e, &kind); err != nil {
			return Standing{}, fmt.Errorf("%w: element %d: %v", ErrStanding, i, err)
		}
		var err error
		switch kind.Kind {
		case KindConsent, KindNo:
			var l Line
			err = json.Unmarshal(e, &l)
			s.Lines = append(s.Lines, l)
		case KindRequest:
			var r Request
			err = json.Unmarshal(e, &r)
			s.Requests = append(s.Requests, r)
		case KindFence:
			s.Fence = new(Fence)
			err = json.Unmarshal(e, s.Fence)
		default:
			err = fmt.Errorf("unknown kind %q", kind.Kind)
		}
		if err != nil {
			return Standing{}, fmt.Errorf("%w: element %d: %v", ErrStanding, i, err)
		}
	}
	return s, nil
}

// References returns the digests of the catalogues and notices that a standing
// cites, sorted.
func (s *Standing) References() (catalogues, notices []string) {
	c, n := map[string]bool{}, map[string]bool{}
	for i := range s.Lines {
		if t := s.Lines[i].Terms; t != nil {
			c[t.Catalogue], n[t.Notice] = true, true
		}
	}
	return slices.Sorted(maps.Keys(c)), slices.Sorted(maps.Keys(n))
}
