package statement

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Standing is the state of a person's consents and requests after an entry: one line per
// purpose and recipient ever touched, one per open data request, and the fence. Every receipt
// carries it, signed.
type Standing struct {
	Seq      uint64    // number of the newest entry; 0 for an empty ledger
	At       time.Time // iat of the newest entry
	Lines    []Line    // ordered by purpose and recipient
	Requests []Request // in the order they were received
	Fence    *Fence
}

// Line is the latest state of one purpose and one recipient: a consent, or a no.
type Line struct {
	Kind      string `json:"kind"` // "consent" or "no"
	Purpose   string `json:"purpose"`
	Recipient string `json:"recipient"`
	ConsentID string `json:"consent_id,omitempty"` // UUIDv4; a no has the id of the consent that it ended
	State     State  `json:"state"`
	*Terms           // a consent only
	Granted   *Mark  `json:"granted,omitempty"` // a consent only: the entry that gave it
	Latest    Mark   `json:"latest"`            // the newest entry that changed the line; an expiry does not count

	// AsOf is the line's watermark: an opt-in event counts only if it happened
	// later. A no, and a narrowing, count from the moment they were recorded.
	AsOf time.Time `json:"as_of"`

	// QuietUntil, of a no, is the first date on which the controller may ask the person again
	// on its own initiative; "" if no rule sets one.
	QuietUntil string `json:"quiet_until,omitempty"`

	// OptOutSince, of a no, is the moment since which an opt-out of sale and sharing, or a
	// privacy signal, is in force for the line: zero if there was none. The person can see it
	// (11 CCR 7025(c)(6), 7026(g)).
	OptOutSince time.Time `json:"opt_out_since,omitzero"`

	// Deletion, of a no, states what happens to the data of the consent that has ended, and by
	// which date; nil if there was no consent, or for lack of space.
	Deletion *Deletion `json:"deletion,omitempty"`

	Labels *Labels `json:"labels,omitempty"` // absent if no catalogue has the words, or for lack of space
}

// LineKey names a line of a standing: a purpose and a recipient.
type LineKey struct{ Purpose, Recipient string }

// These are the kinds of the elements of a standing.
func (l *Line) Key() LineKey { return LineKey{l.Purpose, l.Recipient} }

// Kinds of the elements of a standing.
const (
	KindConsent = "consent"
	KindNo      = "no"
	KindRequest = "request"
	KindFence   = "fence"
)

// Terms are the variable terms of a consent. With the catalogue that they name, they
// determine its full record.
type Terms struct {
	Data       []string    `json:"data"`                // category ids, sorted
	Resources  []Resource  `json:"resources,omitempty"` // empty: no limit to certain resources
	Access     AccessTerms `json:"access"`
	From       time.Time   `json:"from"`  // first moment in force
	Until      time.Time   `json:"until"` // first moment no longer in force
	Retention  Retention   `json:"retention"`
	Catalogue  string      `json:"catalogue"` // digest
	Notice     string      `json:"notice"`    // digest
	Language   string      `json:"language"`
	DespiteGPC bool        `json:"despite_gpc,omitempty"` // given deliberately while a GPC signal was on
}

// Resource is a resource of the person, such as an account, to which a consent is limited.
// Label is masked: at most the last four characters are legible.
type Resource struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Label string `json:"label,omitempty"`
}

// Mark names the entry that changed a line, its time, and the role of the actor.
type Mark struct {
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`
	By  Role      `json:"by"`

	// Attests, of an imported consent, states what the earlier system's record attests of how
	// the consent was expressed. A change that only narrows the consent keeps it; a yes
	// recorded here has none.
	Attests Attested `json:"attests,omitempty"`
}

// Fence is a no to everything: the latest opt-out of everything, or erasure. An older event
// changes no line, existing or new.
type Fence struct {
	Kind  string    `json:"kind"`  // "fence"
	Cause string    `json:"cause"` // "opt-out", "erasure" or "overflow"
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
}

// These are the causes of a fence. Overflow: a no found no free line, and was widened to a no
// to everything said before it.
const (
	FenceOptOut   = "opt-out"
	FenceErasure  = "erasure"
	FenceOverflow = "overflow"
)

// InForce reports whether the consent of this line allows processing at t: it was given by a
// receipt, from its iat until its end, even if the expiry was not yet recorded. The default
// is no.
func (l *Line) InForce(t time.Time) bool {
	return l.Kind == KindConsent && l.State == Given && l.Terms != nil &&
		!t.Before(l.From) && t.Before(l.Until)
}

// Language returns the language (BCP 47) of the newest yes or no whose words the standing still has,
// or "".
func (s *Standing) Language() (language string) {
	newest := uint64(0)
	for _, l := range s.Lines {
		said, at := "", l.Latest.Seq
		switch {
		case l.Terms != nil && l.Granted != nil:
			said, at = l.Terms.Language, l.Granted.Seq
		case l.Labels != nil:
			said = l.Labels.Language
		}
		if said != "" && at >= newest {
			language, newest = said, at
		}
	}
	return language
}

// StateAt is the state of the line at t; a given consent past its end is expired.
func (l *Line) StateAt(t time.Time) State {
	if l.Kind == KindConsent && l.Terms != nil && !t.Before(l.Until) {
		return Expired
	}
	return l.State
}

// Lapses returns the moment at which the consent of this line expires. It returns false if
// the line has none, or if its expiry is recorded.
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

// Consent returns the line that holds the consent with this id, or nil.
func (s *Standing) Consent(id string) *Line {
	for i := range s.Lines {
		if s.Lines[i].ConsentID == id {
			return &s.Lines[i]
		}
	}
	return nil
}

// RequestIndex returns the index in Requests of the data request with this id, or -1.
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

// ParseStanding reads the elements of a receipt's array. All must be disclosed.
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
