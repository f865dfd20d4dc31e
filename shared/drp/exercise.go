package drp

import (
	"encoding/json"
	"regexp"
	"sync"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/period"
	"consent-receipts/shared/publicurl"
)

// Bounds of the claims, in characters; for relationships, how many there may be.
const (
	maxID            = 128
	maxReason        = 500
	maxName          = 256
	maxEmail         = 254
	maxAddressPart   = 512
	maxAttorney      = 2048
	maxRelationship  = 64
	maxRelationships = 16
)

// Exercise is an agent's request for a person after it was checked.
type Exercise struct {
	AgentID        string
	AgentRequestID string // the agent made it; "" if it made none
	Action         Action
	Regime         string   // RegimeCCPA, or "": voluntary
	Relationships  []string // hints of what else the person is to us
	StatusCallback string   // an https URL, or ""
	Person         Person

	// Key names the request among those of the agent, however often it is sent. It is made
	// from the agent's own id of the request or, without one, from the signed message, of
	// which no two are the same.
	Key string
	// Digest is the SHA-256 digest of what is asked, in hexadecimal. It stays the same
	// when the same request is signed again at another time.
	Digest string
}

// RegimeCCPA is the only regime that a request can name.
const RegimeCCPA = "ccpa"

// Person has the agent's claims about the person (section 3.04); the agent says itself
// which of them it has verified. All may be empty.
type Person struct {
	Name            string  `json:"name,omitempty"`
	Email           string  `json:"email,omitempty"`
	EmailVerified   bool    `json:"email_verified,omitempty"`
	Phone           string  `json:"phone_number,omitempty"` // E.164
	PhoneVerified   bool    `json:"phone_number_verified,omitempty"`
	Address         Address `json:"address,omitzero"`
	AddressVerified bool    `json:"address_verified,omitempty"`
	PowerOfAttorney string  `json:"power_of_attorney,omitempty"` // a reference to a document
}

// Address is the address claim of OpenID Connect Core 1.0, section 5.1.1.
type Address struct {
	Formatted  string `json:"formatted,omitempty"`
	Street     string `json:"street_address,omitempty"`
	Locality   string `json:"locality,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

// claims are the members of a signed JSON object, by their exact names. Names that
// this package does not know are not read.
type claims map[string]json.RawMessage

func (m claims) has(name string) bool { return len(m[name]) > 0 && string(m[name]) != "null" }

// is reports whether a claim is this id.
func (m claims) is(name, id string) bool {
	r := &reader{claims: m}
	return r.text(name, maxID) == id && r.err == nil
}

// reader reads claims. The first refusal stays.
type reader struct {
	claims
	err error
}

// want refuses a claim for a reason, unless it is ok.
func (r *reader) want(ok bool, reason error, name string) {
	if !ok && r.err == nil {
		r.err = refuse(reason, name)
	}
}

// decode reads a claim that may be absent.
func (r *reader) decode(name string, into any) {
	r.want(!r.has(name) || json.Unmarshal(r.claims[name], into) == nil, ErrClaim, name)
}

// text reads a string that may be absent, of some characters at most.
func (r *reader) text(name string, most int) (s string) {
	r.decode(name, &s)
	s, err := freetext.Check(s)
	r.want(err == nil && utf8.RuneCountInString(s) <= most, ErrClaim, name)
	return s
}

func (r *reader) time(name string) time.Time {
	t, err := period.ParseMoment(r.text(name, maxID))
	r.want(err == nil, ErrClaim, name)
	return t
}

func (r *reader) version() { r.want(r.is("drp.version", Version), ErrVersion, "drp.version") }

// read reads the claims of a message that is genuine, meant for this business and within
// its time. As a regime it also accepts the reference implementation's word for a voluntary
// request, which names no regime by the specification.
func (e *Exercise) read(m claims) error {
	r := &reader{claims: m}
	r.version()
	e.Action = Action(r.text("exercise", maxID))
	_, known := e.Action.Type()
	r.want(known, ErrAction, "exercise")
	if e.Regime = r.text("regime", maxID); e.Regime == "voluntary" {
		e.Regime = ""
	}
	r.want(e.Regime == "" || e.Regime == RegimeCCPA, ErrRegime, "regime")
	e.AgentRequestID = r.text("agent-request-id", maxID)
	r.decode("relationships", &e.Relationships)
	r.want(len(e.Relationships) <= maxRelationships, ErrClaim, "relationships")
	for i, s := range e.Relationships {
		var err error
		e.Relationships[i], err = freetext.Check(s)
		r.want(err == nil && utf8.RuneCountInString(s) <= maxRelationship, ErrClaim, "relationships")
	}
	if e.StatusCallback = r.text("status_callback", publicurl.MaxLength); e.StatusCallback != "" {
		_, err := publicurl.Parse(e.StatusCallback)
		r.want(err == nil, ErrClaim, "status_callback")
	}
	e.Person = r.person()
	return r.err
}

var (
	// emailPattern says little: only a mail to the address shows whether it exists.
	emailPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^\s@]+@[^\s@]+$`) })
	e164         = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`) })
)

func (r *reader) person() Person {
	p := Person{
		Name: r.text("name", maxName), Email: r.text("email", maxEmail), Phone: r.text("phone_number", maxID),
		PowerOfAttorney: r.text("power_of_attorney", maxAttorney),
	}
	r.decode("email_verified", &p.EmailVerified)
	r.decode("phone_number_verified", &p.PhoneVerified)
	r.decode("address_verified", &p.AddressVerified)
	r.want(p.Email == "" || emailPattern().MatchString(p.Email), ErrClaim, "email")
	r.want(p.Phone == "" || e164().MatchString(p.Phone), ErrClaim, "phone_number")
	var parts claims
	r.decode("address", &parts)
	in := reader{claims: parts}
	part := func(name string) string { return in.text(name, maxAddressPart) }
	p.Address = Address{
		Formatted: part("formatted"), Street: part("street_address"), Locality: part("locality"), Region: part("region"),
		PostalCode: part("postal_code"), Country: part("country"),
	}
	r.want(in.err == nil, ErrClaim, "address")
	return p
}
