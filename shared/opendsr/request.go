package opendsr

import (
	"bytes"
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"consent-receipts/shared/period"
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
	Type        statement.RequestType // of a subject_request_type
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
	r, out, known := &reader{members: m}, Request{}, false
	r.version(d)
	out.ID = r.text("subject_request_id")
	r.want(ValidID(out.ID), ErrInvalid, "subject_request_id")
	out.Type, known = d.TypeOf(r.text("subject_request_type"))
	r.want(known, ErrUnsupported, "subject_request_type")
	out.Regulation = r.regulation(d)
	out.SubmittedAt = r.submitted(now)
	r.extensions(domain)
	out.CustomerID = r.customer()
	out.Callbacks = r.callbacks()
	if r.err != nil {
		return Request{}, r.err
	}
	return out, nil
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

// reader reads the members of an object. The first refusal stays.
type reader struct {
	members
	err error
}

// want refuses a member for a reason, unless it is ok.
func (r *reader) want(ok bool, reason error, name string) {
	if !ok && r.err == nil {
		r.err = refuse(reason, name)
	}
}

func (r *reader) text(name string) (s string) {
	r.want(r.has(name), ErrMissing, name)
	r.want(json.Unmarshal(r.members[name], &s) == nil, ErrInvalid, name)
	return s
}

var version = regexp.MustCompile(`^([0-9]{1,3})(\.[0-9]{1,3}){0,2}$`)

func (r *reader) version(d Dialect) {
	if !r.has("api_version") {
		return
	}
	v := version.FindStringSubmatch(r.text("api_version"))
	r.want(v != nil, ErrInvalid, "api_version")
	major, _, _ := strings.Cut(d.Version, ".")
	known := v != nil && (v[1] == major || d == OpenGDPR && v[1] == "0") // clients of the drafts say 0.1
	r.want(known, ErrUnsupported, "api_version")
}

func (r *reader) regulation(d Dialect) string {
	if d.regulation != "" && !r.has("regulation") {
		return d.regulation
	}
	regulation := r.text("regulation")
	r.want(regulation == RegulationGDPR || regulation == RegulationCCPA, ErrUnsupported, "regulation")
	return regulation
}

func (r *reader) submitted(now time.Time) time.Time {
	at, err := period.ParseMoment(r.text("submitted_time"))
	r.want(err == nil && !at.Before(now.Add(-maxAge)) && !at.After(now.Add(maxSkew)), ErrInvalid, "submitted_time")
	return at.UTC()
}

func (r *reader) extensions(domain string) {
	if !r.has("extensions") {
		return
	}
	ext, err := object(r.members["extensions"], "extensions")
	r.want(err == nil, ErrJSON, "extensions")
	r.want(len(ext) <= maxExtensions, ErrInvalid, "extensions")
	for name := range ext {
		r.want(!strings.EqualFold(strings.TrimSuffix(name, "."), domain), ErrUnsupported, "extensions")
	}
}

// customer finds the one customer number. The ledger knows people by that number
// alone. So identities of other types are ignored beside a customer number, and refused
// without one.
func (r *reader) customer() (number string) {
	const name = "subject_identities"
	var list []json.RawMessage
	r.want(r.has(name), ErrMissing, name)
	r.want(json.Unmarshal(r.members[name], &list) == nil && len(list) <= maxIdentities, ErrInvalid, name)
	r.want(len(list) > 0, ErrMissing, name)
	if r.err != nil {
		return ""
	}
	for _, raw := range list {
		kind, format, value := r.identity(raw)
		if kind != customerID || format != rawFormat {
			continue
		}
		if err := pseudonym.Check(value); err != nil && r.err == nil {
			r.err = &Refusal{Member: "identity_value", reason: ErrInvalid, detail: err}
		}
		r.want(number == "" || number == value, ErrAmbiguous, name)
		number = value
	}
	r.want(number != "", ErrUnsupported, name)
	return number
}

func (r *reader) identity(raw []byte) (kind, format, value string) {
	identity, err := object(raw, "subject_identities")
	in := reader{identity, cmp.Or(r.err, err)}
	kind, format, value = in.text("identity_type"), in.text("identity_format"), in.text("identity_value")
	in.want(slices.Contains(identityTypes, kind), ErrInvalid, "identity_type")
	in.want(slices.Contains(identityFormats, format), ErrInvalid, "identity_format")
	in.want(value != "" && utf8.RuneCountInString(value) <= maxValue, ErrInvalid, "identity_value")
	r.err = in.err
	return kind, format, value
}

func (r *reader) callbacks() (urls []string) {
	const name = "status_callback_urls"
	if !r.has(name) {
		return nil
	}
	var list []string
	r.want(json.Unmarshal(r.members[name], &list) == nil && len(list) <= maxCallbacks, ErrInvalid, name)
	if r.err != nil {
		return nil
	}
	for _, raw := range list {
		_, err := publicurl.Parse(raw)
		r.want(err == nil, ErrInvalid, name)
		if !slices.Contains(urls, raw) {
			urls = append(urls, raw)
		}
	}
	return urls
}
