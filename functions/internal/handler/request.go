package handler

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/door"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// request is a request with its sender.
type request struct {
	*http.Request
	w        http.ResponseWriter
	call     gateway.Call
	query    url.Values
	sent     []byte         // the body, once it was read
	subject  ledger.Subject // the person concerned; zero for nobody in particular
	customer string         // the number of a person who calls
	staff    *staff         // the member of staff who calls, if it is one
	reason   string         // for what the member of staff looks, if the route asks
	link     door.Link      // of somebody without an account who calls, if it is one
}

func newRequest(w http.ResponseWriter, r *http.Request) (*request, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "the query string is malformed")
	}
	return &request{Request: r, w: w, call: gateway.CallOf(r), query: query}, nil
}

// header returns a header's value, as gateway.Header does.
func (r *request) header(name string) string { return gateway.Header(r.Request, name) }

// bytes returns the body, which is read once.
func (r *request) bytes() ([]byte, error) {
	if r.sent != nil {
		return r.sent, nil
	}
	var err error
	r.sent, err = gateway.Body(r.w, r.Request)
	return r.sent, err
}

// body decodes a JSON body into v: one value, without repeated members, that follows the
// published schema of that name. If the body violates only the schema, v is set as far as
// possible.
func (r *request) body(schema string, v any) error {
	b, err := r.bytes()
	if err != nil {
		return err
	}
	if media, _, err := mime.ParseMediaType(r.header("Content-Type")); err != nil || media != "application/json" {
		return gateway.Errorf(gateway.ErrUnsupportedMedia, "send application/json")
	}
	b = bytes.Trim(b, " \t\r\n")
	if schema == optOutSchema {
		b = consent.MendReason(b)
	}
	value, err := strictjson.Parse(string(b))
	if err != nil {
		return gateway.Errorf(gateway.ErrInvalidBody, "the body must be one JSON value without repeated members")
	}
	read := json.Unmarshal(b, v)
	if err := contracts.Check(schema, value); err != nil {
		return gateway.Errorf(gateway.ErrInvalidBody, "the body does not follow /schema/%s.json: %v", schema, err)
	}
	if read != nil {
		return gateway.Errorf(gateway.ErrInvalidBody, "the body does not follow /schema/%s.json", schema)
	}
	return nil
}

// number reads a query parameter within bounds.
func (r *request) number(name string, least, most, otherwise uint64) (uint64, error) {
	if !r.query.Has(name) {
		return otherwise, nil
	}
	return number(name, r.query.Get(name), least, most)
}

// number reads a decimal number in its canonical form.
func number(name, s string, least, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatUint(n, 10) != s {
		return 0, gateway.Errorf(gateway.ErrInvalidParameter, "%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

// order reads the wanted order of a list, and the number with which it begins.
func (r *request) order() (order string, cursor uint64, err error) {
	order, first := api.OldestFirst, uint64(1)
	if r.query.Has("order") {
		if order = r.query.Get("order"); order != api.OldestFirst && order != api.NewestFirst {
			return "", 0, gateway.Errorf(gateway.ErrInvalidParameter, "order must be %s or %s", api.OldestFirst, api.NewestFirst)
		}
	}
	if order == api.NewestFirst {
		first = ledger.MaxSeq
	}
	cursor, err = r.number("cursor", 1, ledger.MaxSeq, first)
	return order, cursor, err
}

// idempotencyKey returns the Idempotency-Key header, or makes one: a missing key
// is never an error.
func (r *request) idempotencyKey() (string, error) {
	key := r.header("Idempotency-Key")
	if key == "" {
		return uuid.NewString(), nil
	}
	if len(key) > 128 {
		return "", gateway.Errorf(gateway.ErrInvalidParameter, "Idempotency-Key must have at most 128 characters")
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return "", gateway.Errorf(gateway.ErrInvalidParameter, "Idempotency-Key must be printable ASCII")
		}
	}
	return key, nil
}

// context returns who acts, how this service knows it, and in which language the person reads.
func (a *API) context(r *request) consent.Context {
	if r.staff != nil {
		return a.asStaff(r)
	}
	auth := &statement.Authentication{ACR: clipped(r.call.Claims["acr"]), AMR: listClaim(r.call.Claims["amr"])}
	if t, err := strconv.ParseInt(r.call.Claims["auth_time"], 10, 64); err == nil && t > 0 {
		auth.AuthTime = t
	}
	cat, _ := a.Registrar.Catalogue.Current()
	return consent.Context{
		Actor: statement.Actor{Role: statement.RoleSubject}, Language: r.language(cat),
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

// clipped returns what a receipt keeps of a claim: the characters that a text may hold, at
// most 64 bytes of them.
func clipped(s string) string {
	s = freetext.Clean(s)
	return strings.ToValidUTF8(s[:min(len(s), 64)], "")
}
