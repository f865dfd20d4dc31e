package devissuer

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/wording"
)

// Errors of RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6.
const (
	invalidRequest          = "invalid_request"
	unsupportedResponseType = "unsupported_response_type"
	invalidScope            = "invalid_scope"
	accessDenied            = "access_denied"
	temporarilyUnavailable  = "temporarily_unavailable"
	loginRequired           = "login_required"
	requestNotSupported     = "request_not_supported"
	requestURINotSupported  = "request_uri_not_supported"
)

// grant is what a code, and then a refresh token, can be exchanged for.
type grant struct {
	client, redirectURI string
	challenge           string // S256
	scopes              []string
	nonce               string
	person              string
	authTime            time.Time
}

// s256 is the form of an S256 challenge: 32 bytes in base64url (RFC 7636 section
// 4.2).
var s256 = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// requestParameters are the parameters of an authentication request that matter after its
// first check. The page sends them back with the choice.
var requestParameters = []string{
	"response_type", "client_id", "redirect_uri", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method", "ui_locales",
}

// authorize is the authorization endpoint. It accepts both methods (OpenID Connect Core
// section 3.1.2.1) and shows the page on which somebody chooses. It takes the choice by POST,
// and then checks the whole request again.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	form, ok := i.parameters(w, r)
	words := wordsFor(form.Get("ui_locales"), r.Header.Get("Accept-Language"))
	if !ok {
		i.fail(w, words, "malformed", "")
		return
	}
	// Until the client is known to have this address, nothing is sent anywhere (RFC 6749
	// section 4.1.2.1).
	client, ok := i.client(form.Get("client_id"))
	if !ok {
		i.fail(w, words, "unknown-client", form.Get("client_id"))
		return
	}
	uri := form.Get("redirect_uri")
	if !slices.Contains(client.RedirectURIs, uri) {
		i.fail(w, words, "unknown-redirect", uri)
		return
	}
	back := answer{w: w, r: r, uri: uri, state: form.Get("state"), issuer: i.config.Issuer}
	granted, problem, description := i.check(form)
	if problem != "" {
		back.refuse(problem, description)
		return
	}
	if r.Method != http.MethodPost || !form.Has("person") && !form.Has("cancel") {
		i.choose(w, words, form, granted)
		return
	}
	if http.NewCrossOriginProtection().Check(r) != nil {
		i.fail(w, words, "foreign", "")
		return
	}
	i.chosen(back, words, form, granted)
}

// chosen takes the choice for a request that was checked.
func (i *Issuer) chosen(back answer, words *wording.Words, form url.Values, granted []string) {
	if form.Has("cancel") {
		back.refuse(accessDenied, "the person cancelled")
		return
	}
	person, ok := i.person(form.Get("person"))
	if !ok {
		i.fail(back.w, words, "malformed", "")
		return
	}
	code, ok := i.codes.issue(grant{
		client: form.Get("client_id"), redirectURI: back.uri, challenge: form.Get("code_challenge"), scopes: i.config.scopes(person, granted),
		nonce: form.Get("nonce"), person: person.ID, authTime: i.config.Now(),
	})
	if !ok {
		back.refuse(temporarilyUnavailable, "no code can be issued now")
		return
	}
	back.send(url.Values{"code": {code}})
}

// parameters reads the request, bounded; no parameter may repeat (RFC 6749
// section 3.1). A form comes without a query.
func (i *Issuer) parameters(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	raw := r.URL.RawQuery
	if r.Method == http.MethodPost && raw == "" {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
		if err != nil || !isForm(r) {
			return nil, false
		}
		raw = string(body)
	} else if r.Method == http.MethodPost || len(raw) > maxQuery {
		return nil, false
	}
	return parseOnce(raw)
}

// parseOnce parses form data, and refuses a parameter that occurs twice.
func parseOnce(raw string) (url.Values, bool) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, false
	}
	for _, v := range values {
		if len(v) > 1 {
			return nil, false
		}
	}
	return values, true
}

// check validates a request and returns the scopes that will be granted: those requested that
// some person may be granted. Otherwise it names an error.
func (i *Issuer) check(form url.Values) (granted []string, problem, description string) {
	for _, p := range i.config.People {
		granted = append(granted, i.config.scopes(p, strings.Fields(form.Get("scope")))...)
	}
	granted = distinct(granted)
	mode := form.Get("response_mode")
	switch {
	case form.Has("request"):
		return nil, requestNotSupported, "request objects are not supported"
	case form.Has("request_uri"):
		return nil, requestURINotSupported, "request objects are not supported"
	case form.Get("response_type") == "":
		return nil, invalidRequest, "response_type is missing"
	case form.Get("response_type") != "code":
		return nil, unsupportedResponseType, "the response_type must be code"
	case mode != "" && mode != "query":
		return nil, invalidRequest, "the response_mode must be query"
	case form.Get("code_challenge_method") != "S256" || !s256.MatchString(form.Get("code_challenge")):
		return nil, invalidRequest, "PKCE with the code_challenge_method S256 is required" // RFC 7636 section 4.4.1
	case len(granted) == 0:
		return nil, invalidScope, "none of the scopes can be granted"
	case slices.Contains(strings.Fields(form.Get("prompt")), "none"):
		return nil, loginRequired, "nobody stays signed in here, so the person has to choose"
	}
	return granted, "", ""
}

// answer is an authorization response on its way to a registered address.
type answer struct {
	w                  http.ResponseWriter
	r                  *http.Request
	uri, state, issuer string
}

func (a answer) refuse(problem, description string) {
	a.send(url.Values{"error": {problem}, "error_description": {description}})
}

// send redirects with 303, so that no form is posted on (RFC 9700 section 4.12),
// and names the issuer (RFC 9207). The address keeps its own query (RFC 6749
// section 3.1.2).
func (a answer) send(values url.Values) {
	if a.state != "" {
		values.Set("state", a.state)
	}
	values.Set("iss", a.issuer)
	separator := "?"
	if strings.Contains(a.uri, "?") {
		separator = "&"
	}
	a.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(a.w, a.r, a.uri+separator+values.Encode(), http.StatusSeeOther)
}
