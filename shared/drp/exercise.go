package drp

import (
	"encoding/json"
	"regexp"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/freetext"
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

// decode reads a claim that may be absent.
func (m claims) decode(name string, into any) error {
	if m.has(name) && json.Unmarshal(m[name], into) != nil {
		return refuse(ErrClaim, name)
	}
	return nil
}

// text reads a string that may be absent, of some characters at most.
func (m claims) text(name string, most int) (s string, err error) {
	if err = m.decode(name, &s); err != nil {
		return "", err
	}
	if s, err = freetext.Check(s); err != nil || utf8.RuneCountInString(s) > most {
		return "", refuse(ErrClaim, name)
	}
	return s, nil
}

// layouts are the forms of ISO 8601 that name one moment: the form of RFC 3339, and the
// same with the offset in the basic form.
var layouts = []string{time.RFC3339, "2006-01-02T15:04:05Z0700"}

func (m claims) time(name string) (time.Time, error) {
	s, err := m.text(name, maxID)
	if err != nil {
		return time.Time{}, err
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, refuse(ErrClaim, name)
}

func (m claims) version() error {
	if v, err := m.text("drp.version", maxID); err != nil || v != Version {
		return refuse(ErrVersion, "drp.version")
	}
	return nil
}

// read reads the claims of a message that is genuine, meant for this business and within
// its time.
func (e *Exercise) read(m claims) error {
	for _, step := range []func(claims) error{
		claims.version, e.readAction, e.readRegime, e.readRequest, e.Person.read,
	} {
		if err := step(m); err != nil {
			return err
		}
	}
	return nil
}

func (e *Exercise) readAction(m claims) error {
	name, err := m.text("exercise", maxID)
	if err != nil {
		return err
	}
	e.Action = Action(name)
	if _, ok := e.Action.Type(); !ok {
		return refuse(ErrAction, "exercise")
	}
	return nil
}

// readRegime also accepts the reference implementation's word for a voluntary request,
// which names no regime by the specification.
func (e *Exercise) readRegime(m claims) (err error) {
	if e.Regime, err = m.text("regime", maxID); err != nil {
		return err
	}
	switch e.Regime {
	case "voluntary":
		e.Regime = ""
	case RegimeCCPA, "":
	default:
		return refuse(ErrRegime, "regime")
	}
	return nil
}

func (e *Exercise) readRequest(m claims) (err error) {
	if e.AgentRequestID, err = m.text("agent-request-id", maxID); err != nil {
		return err
	}
	if err = m.decode("relationships", &e.Relationships); err != nil || len(e.Relationships) > maxRelationships {
		return refuse(ErrClaim, "relationships")
	}
	for i, r := range e.Relationships {
		if e.Relationships[i], err = freetext.Check(r); err != nil || utf8.RuneCountInString(r) > maxRelationship {
			return refuse(ErrClaim, "relationships")
		}
	}
	if e.StatusCallback, err = m.text("status_callback", publicurl.MaxLength); err != nil || e.StatusCallback == "" {
		return err
	}
	if _, err := publicurl.Parse(e.StatusCallback); err != nil {
		return refuse(ErrClaim, "status_callback")
	}
	return nil
}

var (
	emailPattern = regexp.MustCompile(`^[^\s@]+@[^\s@]+$`) // only a mail to the address shows whether it exists
	e164         = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
)

func (p *Person) read(m claims) (err error) {
	for _, t := range []struct {
		name string
		into *string
		most int
	}{
		{"name", &p.Name, maxName}, {"email", &p.Email, maxEmail}, {"phone_number", &p.Phone, maxID},
		{"power_of_attorney", &p.PowerOfAttorney, maxAttorney},
	} {
		if *t.into, err = m.text(t.name, t.most); err != nil {
			return err
		}
	}
	for _, v := range []struct {
		name string
		into *bool
	}{
		{"email_verified", &p.EmailVerified}, {"phone_number_verified", &p.PhoneVerified}, {"address_verified", &p.AddressVerified},
	} {
		if err = m.decode(v.name, v.into); err != nil {
			return err
		}
	}
	switch {
	case p.Email != "" && !emailPattern.MatchString(p.Email):
		return refuse(ErrClaim, "email")
	case p.Phone != "" && !e164.MatchString(p.Phone):
		return refuse(ErrClaim, "phone_number")
	}
	return p.Address.read(m)
}

func (a *Address) read(m claims) error {
	var parts claims
	if err := m.decode("address", &parts); err != nil {
		return err
	}
	for _, part := range []struct {
		name string
		into *string
	}{
		{"formatted", &a.Formatted}, {"street_address", &a.Street}, {"locality", &a.Locality}, {"region", &a.Region},
		{"postal_code", &a.PostalCode}, {"country", &a.Country},
	} {
		s, err := parts.text(part.name, maxAddressPart)
		if err != nil {
			return refuse(ErrClaim, "address")
		}
		*part.into = s
	}
	return nil
}
