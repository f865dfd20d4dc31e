// Package catalogue holds what a controller may ask people for: the parties,
// the purposes with all their terms, the notices and the ways out. An operator
// writes it as YAML (package catalogue/source); the system keeps and cites its
// canonical JSON, which is immutable and addressed by the SHA-256 of its bytes.
//
// A catalogue is data: this package parses, addresses and answers look-ups, and
// decides nothing.
package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// MaxBytes bounds a canonical catalogue.
const MaxBytes = 256 << 10

// MediaType is the media type under which canonical catalogues are served.
const MediaType = "application/json"

// NoticeMediaType is the media type of a notice's text.
const NoticeMediaType = "text/markdown; charset=utf-8"

// ErrInvalid is wrapped by every error of Parse.
var ErrInvalid = errors.New("invalid catalogue")

// Text is one text in several languages, by BCP 47 tag.
type Text map[string]string

// In returns the text in the given language, or else in the first language of
// the fallbacks that has it.
func (t Text) In(language string, fallbacks ...string) string {
	if s, ok := t[language]; ok {
		return s
	}
	for _, f := range fallbacks {
		if s, ok := t[f]; ok {
			return s
		}
	}
	return ""
}

// Catalogue is one immutable version of what the controller may ask for.
type Catalogue struct {
	Version       int                          `json:"version"`
	Issuer        string                       `json:"issuer"` // `iss` of every receipt, for ever
	Identity      Identity                     `json:"identity"`
	Controller    string                       `json:"controller"` // a party id
	Languages     []string                     `json:"languages"`  // the first is the fallback
	Parties       map[string]Party             `json:"parties"`
	Data          map[string]Data              `json:"data"`
	Purposes      map[string]Purpose           `json:"purposes"`
	Notices       map[string]map[string]Notice `json:"notices"` // notice id -> language
	Withdrawal    Method                       `json:"withdrawal"`
	Review        Method                       `json:"review"`
	Rights        []statement.Right            `json:"rights"`
	Jurisdictions []string                     `json:"jurisdictions"` // ISO 3166-1 or 3166-2
	Authority     string                       `json:"authority"`     // a party id: the supervisory authority
	Processing    Processing                   `json:"processing"`
	DataRequests  DataRequests                 `json:"data_requests"`
	Brand         *Brand                       `json:"brand,omitempty"` // nil: pages look neutral
	Layout        Layout                       `json:"layout,omitempty"`
}

// Identity says whose identifiers name a person. Namespace enters the
// pseudonym, so it is a configured name and never a URL that can change; Claim
// is the one token claim that carries the identifier.
type Identity struct {
	Namespace string `json:"namespace"`
	Claim     string `json:"claim"`
}

// Party is a controller, recipient, processor or authority (ISO/IEC TS 27560, 6.3.6).
type Party struct {
	Name     string            `json:"name"`
	Role     string            `json:"role"` // controller, recipient, processor, authority
	Address  statement.Address `json:"address"`
	Email    string            `json:"email,omitempty"`
	Phone    string            `json:"phone,omitempty"`
	URL      string            `json:"url,omitempty"`
	ClientID string            `json:"client_id,omitempty"` // the OAuth client of a recipient
	DPO      *DPO              `json:"dpo,omitempty"`

	// Representative represents a party that is established elsewhere (GDPR Art. 27).
	Representative *statement.Representative `json:"representative,omitempty"`
}

// DPO is a data protection officer (GDPR Art. 13(1)(b)).
type DPO struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Data is a category of personal data (ISO/IEC TS 27560, 6.3.5).
type Data struct {
	Label   Text   `json:"label"`
	PIIType string `json:"pii_type"`          // a DPV-PD term: pd:Transaction
	Special string `json:"special,omitempty"` // why it is, or may reveal, a special category (GDPR Art. 9)

	SpecialCategories []string `json:"special_categories,omitempty"` // which ones: terms of statement.SpecialCategories
}

// Purpose is one thing that a person may allow, with all its terms. A consent
// is for one purpose and one of its recipients.
type Purpose struct {
	Text        map[string]PurposeText `json:"text"` // by language
	DPV         string                 `json:"dpv"`
	LawfulBasis string                 `json:"lawful_basis"`
	Recipients  []string               `json:"recipients"` // party ids; the controller counts as one
	Data        map[string]Necessity   `json:"data"`
	Access      statement.AccessTerms  `json:"access"`
	Valid       period.Period          `json:"valid"`
	Retention   statement.Retention    `json:"retention"`
	statement.PurposeTerms
	OwnUse          bool            `json:"own_use,omitempty"`      // the recipients, except the controller, use the data for their own purposes
	IfNotGiven      Text            `json:"if_not_given,omitempty"` // consequences if the data are not given (GDPR Art. 13(2)(e))
	GPC             bool            `json:"gpc"`                    // a Global Privacy Control signal withdraws it
	MinimumEvidence MinimumEvidence `json:"minimum_evidence"`
	Notice          string          `json:"notice"` // a notice id
}

// PurposeText is a purpose in words.
type PurposeText struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

// Necessity says whether a purpose can do without a category of data
// (ISO/IEC TS 27560, 6.3.5.4).
type Necessity string

// The two necessities.
const (
	Required Necessity = "required"
	Optional Necessity = "optional"
)

// MinimumEvidence is what an opt-in needs at least; an opt-out needs none.
type MinimumEvidence struct {
	OptIn statement.EvidenceLevel `json:"opt_in"`
}

// Notice cites the exact bytes shown in one language.
type Notice struct {
	Digest string `json:"digest"` // sha256:<hex>
}

// Method is a way to withdraw or review: a link and a simple alternative such
// as a phone number (Australia's CDR asks for both).
type Method struct {
	URL         string `json:"url"`
	Alternative Text   `json:"alternative"`
}

// Processing holds the terms that ISO/IEC TS 27560 6.3.4 wants in every record
// and that are the same for all purposes of this controller.
type Processing struct {
	CollectionMethod       Text      `json:"collection_method"`
	ProcessingMethod       Text      `json:"processing_method"`
	StorageLocations       []string  `json:"storage_locations"`    // ISO 3166
	ProcessingLocations    []string  `json:"processing_locations"` // ISO 3166
	GeographicRestrictions Text      `json:"geographic_restrictions"`
	Services               []Service `json:"services"`
	CodesOfConduct         []string  `json:"codes_of_conduct,omitempty"`
	ImpactAssessment       string    `json:"impact_assessment,omitempty"`

	Transfers []Transfer `json:"transfers,omitempty"`
}

// Transfer is a transfer of data to a place outside the reach of the law, with its safeguards
// (GDPR Art. 13(1)(f)).
type Transfer struct {
	Place     string `json:"place"` // ISO 3166
	Safeguard Text   `json:"safeguard"`
}

// DataRequests says which statutory clock applies to which type of request,
// and on which calendar. The person asking never chooses the rule.
type DataRequests struct {
	Default string            `json:"default"` // a built-in rule, or one of Own
	Rules   map[string]string `json:"rules,omitempty"`

	// Authorities are the parties to whom a person complains under some rules, by rule,
	// where it is not the catalogue's authority.
	Authorities map[string]string `json:"authorities,omitempty"`

	Own datarequest.Rules `json:"own,omitempty"` // rules that the operator wrote

	// Timezone, Holidays and Closed are the controller's own: see datarequest.Place. Its
	// consents have these dates, and so have requests under a rule without a calendar.
	Timezone string   `json:"timezone"`
	Holidays []string `json:"holidays"`
	Closed   []string `json:"closed,omitempty"`

	// Calendars replace the calendars of some rules, by rule.
	Calendars map[statement.Rule]datarequest.Place `json:"calendars,omitempty"`

	Answers []Answer `json:"answers,omitempty"` // templates of the words to the person

	// SecondEyes names what needs the approval of a second member of the staff: acts, and types
	// of request, of which it is the acts that decide.
	SecondEyes []string `json:"second_eyes,omitempty"`
}

// RuleFor returns the rule that governs requests of the given type.
func (d DataRequests) RuleFor(requestType string) string {
	if r, ok := d.Rules[requestType]; ok {
		return r
	}
	return d.Default
}

// AuthorityFor returns the party to whom a person complains of a request under a rule.
func (c *Catalogue) AuthorityFor(rule string) string {
	if a, ok := c.DataRequests.Authorities[rule]; ok {
		return a
	}
	return c.Authority
}

// Calendar is the working calendar by which a rule's days are counted: the catalogue's for
// that rule, or the rule's own, or the controller's.
func (d DataRequests) Calendar(rule statement.Rule) (*datarequest.Calendar, error) {
	place, ok := d.Calendars[rule]
	if pack, err := d.Own.Pack(rule); !ok && err == nil && pack.Calendar != nil {
		place = *pack.Calendar
	} else if !ok {
		place = datarequest.Place{Timezone: d.Timezone, Holidays: d.Holidays, Closed: d.Closed}
	}
	c, err := datarequest.NewCalendar(place)
	if err != nil {
		return nil, fmt.Errorf("the calendar of %s: %w", rule, err)
	}
	return c, nil
}

// Today is the civil date under a rule at a moment, as 2006-01-02.
func (d DataRequests) Today(rule statement.Rule, t time.Time) string {
	c, err := d.Calendar(rule)
	if err != nil {
		return d.Day(t)
	}
	return c.Today(t).String()
}

// Overdue reports whether the controller is late with a request at a moment: with the
// confirmation of its receipt, or with the answer.
func (d DataRequests) Overdue(r statement.Request, t time.Time) bool {
	date := datarequest.Awaited(r)
	return date != "" && date < d.Today(r.Rule, t)
}

// Day is the controller's civil date at a moment, as 2006-01-02.
func (d DataRequests) Day(t time.Time) string { return t.In(d.zone()).Format(time.DateOnly) }

// DayAfter is the first moment after the controller's civil date, written 2006-01-02.
func (d DataRequests) DayAfter(date string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, date, d.zone())
	return day.AddDate(0, 0, 1).UTC(), err
}

// zone is the controller's time zone; UTC if it is unknown, which lint refuses.
func (d DataRequests) zone() *time.Location {
	if zone, err := period.Zone(d.Timezone); err == nil {
		return zone
	}
	return time.UTC
}

// Parse reads a canonical catalogue. It accepts exactly what Canonical writes.
func Parse(b []byte) (*Catalogue, error) {
	if len(b) > MaxBytes {
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrInvalid, len(b), MaxBytes)
	}
	c := new(Catalogue)
	if err := strictjson.Decode(b, c); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInvalid, err)
	}
	if again, err := c.Canonical(); err != nil || !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: it is not in canonical form", ErrInvalid)
	}
	return c, nil
}

// Canonical returns the stored form: JSON with the members in the order of the Go structs
// and map keys sorted. The digest is computed over these bytes, and a reader never has to
// make them again.
func (c *Catalogue) Canonical() ([]byte, error) { return json.Marshal(c) }

// Language returns the catalogue's language that suits the wanted one: itself,
// its base language, or the first language of the catalogue.
func (c *Catalogue) Language(want string) string {
	if slices.Contains(c.Languages, want) {
		return want
	}
	if len(want) >= 2 && slices.Contains(c.Languages, want[:2]) {
		return want[:2]
	}
	return c.Languages[0]
}
