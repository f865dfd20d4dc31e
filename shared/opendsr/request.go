package opendsr

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/publicurl"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// Bounds of a request.
const (
	MaxBody       = 64 << 10 // bytes
	maxIdentities = 32
	maxCallbacks  = 8
	maxExtensions = 32
	maxValue      = 256 // characters of an identity's value
	maxSkew       = 5 * time.Minute
	maxAge        = 366 * 24 * time.Hour // of submitted_time: no rule lets a request stay open for that long
)

// Request is a controller's request after it was checked.
type Request struct {
	ID          string                // subject_request_id, which the controller made
	Type        statement.RequestType // access, portability or erasure
	Regulation  string                // RegulationGDPR or RegulationCCPA
	CustomerID  string                // the customer's number at the controller, which pseudonym.Check allows
	SubmittedAt time.Time             // when the person asked the controller, UTC
	Callbacks   []string              // https URLs; none twice
}

// uuid4 is a lower-case UUID of version 4 (section 1.1).
var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// ValidID reports whether an id can be that of a request.
func ValidID(id string) bool { return uuid4.MatchString(id) }

// Parse reads a request (section 7.1) that was sent to a processor's domain. Its
// errors are a *Refusal, and quote nothing of the request.
func Parse(body []byte, d Dialect, domain string, now time.Time) (Request, error) {
	if len(body) > MaxBody {
		return Request{}, refuse(ErrTooLarge, "")
	}
	m, err := object(bytes.TrimSpace(body), "")
	if err != nil {
		return Request{}, err
	}
	var r Request
	for _, read := range []func() error{
		func() error { return r.readVersion(m, d) },
		func() error { return r.readID(m) },
		func() error { return r.readType(m) },
		func() error { return r.readRegulation(m, d) },
		func() error { return r.readSubmitted(m, now) },
		func() error { return r.readExtensions(m, domain) },
		func() error { return r.readIdentities(m) },
		func() error { return r.readCallbacks(m) },
	} {
		if err := read(); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// members are those of a JSON object, by their exact names.
type members map[string]json.RawMessage

func object(b []byte, name string) (members, error) {
	if name == "" && strictjson.Check(b) != nil {
		return nil, refuse(ErrJSON, "")
	}
	var m members
	if json.Unmarshal(b, &m) != nil || m == nil {
		return nil, refuse(ErrJSON, name)
	}
	return m, nil
}

// has reports whether there is a member. A member that is null counts as absent.
func (m members) has(name string) bool { return len(m[name]) > 0 && string(m[name]) != "null" }

func (m members) text(name string) (string, error) {
	if !m.has(name) {
		return "", refuse(ErrMissing, name)
	}
	var s string
	if json.Unmarshal(m[name], &s) != nil {
		return "", refuse(ErrInvalid, name)
	}
	return s, nil
}

var version = regexp.MustCompile(`^([0-9]{1,3})(\.[0-9]{1,3}){0,2}$`)

func (r *Request) readVersion(m members, d Dialect) error {
	if !m.has("api_version") {
		return nil
	}
	s, err := m.text("api_version")
	if err != nil {
		return err
	}
	v := version.FindStringSubmatch(s)
	switch major, _, _ := strings.Cut(d.Version, "."); {
	case v == nil:
		return refuse(ErrInvalid, "api_version")
	case v[1] != major && (d != OpenGDPR || v[1] != "0"): // clients of the drafts say 0.1
		return refuse(ErrUnsupported, "api_version")
	}
	return nil
}

func (r *Request) readID(m members) (err error) {
	if r.ID, err = m.text("subject_request_id"); err == nil && !ValidID(r.ID) {
		err = refuse(ErrInvalid, "subject_request_id")
	}
	return err
}

func (r *Request) readType(m members) error {
	s, err := m.text("subject_request_type")
	if err != nil {
		return err
	}
	var ok bool
	if r.Type, ok = TypeOf(s); !ok {
		return refuse(ErrUnsupported, "subject_request_type")
	}
	return nil
}

func (r *Request) readRegulation(m members, d Dialect) (err error) {
	if r.Regulation = d.regulation; d.regulation != "" && !m.has("regulation") {
		return nil
	}
	if r.Regulation, err = m.text("regulation"); err != nil {
		return err
	}
	if r.Regulation != RegulationGDPR && r.Regulation != RegulationCCPA {
		return refuse(ErrUnsupported, "regulation")
	}
	return nil
}

func (r *Request) readSubmitted(m members, now time.Time) error {
	s, err := m.text("submitted_time")
	if err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil || at.Before(now.Add(-maxAge)) || at.After(now.Add(maxSkew)) {
		return refuse(ErrInvalid, "submitted_time")
	}
	r.SubmittedAt = at.UTC()
	return nil
}

func (r *Request) readExtensions(m members, domain string) error {
	if !m.has("extensions") {
		return nil
	}
	ext, err := object(m["extensions"], "extensions")
	if err != nil {
		return err
	}
	if len(ext) > maxExtensions {
		return refuse(ErrInvalid, "extensions")
	}
	for name := range ext {
		if strings.EqualFold(strings.TrimSuffix(name, "."), domain) {
			return refuse(ErrUnsupported, "extensions")
		}
	}
	return nil
}

// readIdentities finds the one customer number. The ledger knows people by that number
// alone. So identities of other types are ignored beside a customer number, and refused
// without one.
func (r *Request) readIdentities(m members) error {
	const name = "subject_identities"
	if !m.has(name) {
		return refuse(ErrMissing, name)
	}
	var list []json.RawMessage
	if json.Unmarshal(m[name], &list) != nil || len(list) > maxIdentities {
		return refuse(ErrInvalid, name)
	}
	if len(list) == 0 {
		return refuse(ErrMissing, name)
	}
	for _, raw := range list {
		kind, format, value, err := readIdentity(raw)
		if err != nil {
			return err
		}
		if kind != customerID || format != rawFormat {
			continue
		}
		if err := pseudonym.Check(value); err != nil {
			return &Refusal{Member: "identity_value", reason: ErrInvalid, detail: err}
		}
		if r.CustomerID != "" && r.CustomerID != value {
			return refuse(ErrAmbiguous, name)
		}
		r.CustomerID = value
	}
	if r.CustomerID == "" {
		return refuse(ErrUnsupported, name)
	}
	return nil
}

func readIdentity(raw []byte) (kind, format, value string, err error) {
	identity, err := object(raw, "subject_identities")
	if err != nil {
		return "", "", "", err
	}
	for _, part := range []struct {
		name string
		into *string
	}{{"identity_type", &kind}, {"identity_format", &format}, {"identity_value", &value}} {
		if *part.into, err = identity.text(part.name); err != nil {
			return "", "", "", err
		}
	}
	switch {
	case !slices.Contains(identityTypes, kind):
		return "", "", "", refuse(ErrInvalid, "identity_type")
	case !slices.Contains(identityFormats, format):
		return "", "", "", refuse(ErrInvalid, "identity_format")
	case value == "" || utf8.RuneCountInString(value) > maxValue:
		return "", "", "", refuse(ErrInvalid, "identity_value")
	}
	return kind, format, value, nil
}

func (r *Request) readCallbacks(m members) error {
	const name = "status_callback_urls"
	if !m.has(name) {
		return nil
	}
	var list []string
	if json.Unmarshal(m[name], &list) != nil || len(list) > maxCallbacks {
		return refuse(ErrInvalid, name)
	}
	for _, raw := range list {
		if _, err := publicurl.Parse(raw); err != nil {
			return refuse(ErrInvalid, name)
		}
		if !slices.Contains(r.Callbacks, raw) {
			r.Callbacks = append(r.Callbacks, raw)
		}
	}
	return nil
}
