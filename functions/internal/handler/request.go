package handler

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/uuid"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// maxBody bounds a request's body, in bytes.
const maxBody = 128 << 10

// request is an event, read once.
type request struct {
	event   *events.APIGatewayV2HTTPRequest
	query   url.Values
	subject string            // whom it is about; "" for nobody in particular
	claims  map[string]string // of the token, if a person calls
	staff   *staff            // who calls, if it is somebody of the staff
}

func newRequest(e *events.APIGatewayV2HTTPRequest) (*request, error) {
	query, err := url.ParseQuery(e.RawQueryString)
	if err != nil {
		return nil, problemf(ErrInvalidParameter, "the query string is malformed")
	}
	return &request{event: e, query: query}, nil
}

// scopesOf returns the token's scopes: as the authorizer parsed them, or from
// the claim.
func scopesOf(jwt *events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription) []string {
	if len(jwt.Scopes) > 0 {
		return jwt.Scopes
	}
	return strings.Fields(jwt.Claims["scope"])
}

// header returns a header's value; API Gateway lower-cases names and joins
// repeated ones with commas.
func (r *request) header(name string) string { return r.event.Headers[strings.ToLower(name)] }

// body decodes a JSON body into v: one value, no member twice, and as the
// published schema of that name says. Where it is only the schema that is not met, v is
// set as far as it can be.
func (r *request) body(schema string, v any) error {
	b, err := r.bytes()
	if err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(r.header("Content-Type")); err != nil || media != "application/json" {
		return problemf(ErrUnsupportedMedia, "send application/json")
	}
	b = bytes.Trim(b, " \t\r\n")
	if schema == optOutSchema {
		b = consent.MendReason(b)
	}
	if err := strictjson.Check(b); err != nil {
		return problemf(ErrInvalidBody, "the body is not one JSON value without repeated members")
	}
	compiled, err := contracts.Compile(schema)
	if err != nil {
		return err
	}
	read := json.Unmarshal(b, v)
	if err := contracts.Validate(compiled, b); err != nil {
		return problemf(ErrInvalidBody, "the body is not as /schema/%s.json says: %v", schema, err)
	}
	if read != nil {
		return problemf(ErrInvalidBody, "the body is not as /schema/%s.json says", schema)
	}
	return nil
}

func (r *request) bytes() ([]byte, error) {
	if len(r.event.Body) > base64.StdEncoding.EncodedLen(maxBody) {
		return nil, problemf(ErrTooLarge, "the body is over %d bytes", maxBody)
	}
	b := []byte(r.event.Body)
	if r.event.IsBase64Encoded {
		var err error
		if b, err = base64.StdEncoding.DecodeString(r.event.Body); err != nil {
			return nil, problemf(ErrInvalidBody, "the body is not base64")
		}
	}
	if len(b) > maxBody {
		return nil, problemf(ErrTooLarge, "the body is over %d bytes", maxBody)
	}
	return b, nil
}

// idempotencyKey returns the Idempotency-Key header, or makes one: a missing key
// is never an error.
func (r *request) idempotencyKey() (string, error) {
	key := r.header("Idempotency-Key")
	if key == "" {
		return uuid.NewString(), nil
	}
	if len(key) > 128 {
		return "", problemf(ErrInvalidParameter, "Idempotency-Key is over 128 characters")
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return "", problemf(ErrInvalidParameter, "Idempotency-Key must be printable ASCII")
		}
	}
	return key, nil
}

// context says who acts and how this service knows.
func (a *API) context(r *request) consent.Context {
	if r.staff != nil {
		return a.asStaff(r)
	}
	auth := &statement.Authentication{ACR: clipped(r.claims["acr"]), AMR: listClaim(r.claims["amr"])}
	if t, err := strconv.ParseInt(r.claims["auth_time"], 10, 64); err == nil && t > 0 {
		auth.AuthTime = t
	}
	return consent.Context{
		Actor: statement.Actor{Role: statement.RoleSubject},
		Evidence: statement.Evidence{
			Level: statement.EvidenceAuthenticated, Authentication: auth, Channel: a.Channel, GPC: r.gpc(),
		},
	}
}

// gpc reports a Global Privacy Control signal: a value that is exactly "1". Of
// several headers one suffices.
func (r *request) gpc() bool {
	for v := range strings.SplitSeq(r.header("Sec-GPC"), ",") {
		if strings.TrimSpace(v) == "1" {
			return true
		}
	}
	return false
}

// listClaim splits a claim that API Gateway flattened to "[a b]".
func listClaim(s string) []string {
	fields := strings.Fields(strings.Trim(s, "[]"))
	for i := range fields {
		fields[i] = clipped(fields[i])
	}
	fields = slices.DeleteFunc(fields, func(s string) bool { return s == "" })
	return fields[:min(len(fields), 8)]
}

// clipped is what a receipt keeps of a claim: what a text may hold, and 64 bytes at most.
func clipped(s string) string {
	s = freetext.Clean(s)
	return strings.ToValidUTF8(s[:min(len(s), 64)], "")
}
