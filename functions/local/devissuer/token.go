package devissuer

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Errors of RFC 6749 section 5.2, besides invalid_request.
const (
	invalidClient        = "invalid_client"
	invalidGrant         = "invalid_grant"
	unsupportedGrantType = "unsupported_grant_type"
)

// verifierForm is RFC 7636 section 4.1.
var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// tokenResponse is RFC 6749 section 5.1 with the ID token of OpenID Connect Core
// section 3.1.3.3.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
	IDToken     string `json:"id_token,omitempty"`
	Refresh     string `json:"refresh_token,omitempty"`
}

// token is the token endpoint (RFC 6749 sections 4.1.3 and 6).
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	client, form, ok := i.fromClient(w, r)
	if !ok {
		return
	}
	redeem := i.redeem
	switch form.Get("grant_type") {
	case "":
		tokenError(w, http.StatusBadRequest, invalidRequest, "grant_type is missing")
		return
	case "authorization_code":
	case "refresh_token":
		redeem = i.renew
	default:
		tokenError(w, http.StatusBadRequest, unsupportedGrantType, "the grant_type must be authorization_code or refresh_token")
		return
	}
	g, problem, description := redeem(client, form)
	if problem != "" {
		tokenError(w, http.StatusBadRequest, problem, description)
		return
	}
	response, err := i.tokens(g)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	if form.Get("grant_type") == "authorization_code" {
		response.Refresh, _ = i.refresh.issue(g) // Without one, the client asks the person again.
	}
	writeJSON(w, http.StatusOK, response)
}

// revoke forgets a refresh token of the client. What is unknown counts as revoked (RFC 7009
// section 2.2). An access token cannot be revoked.
func (i *Issuer) revoke(w http.ResponseWriter, r *http.Request) {
	client, form, ok := i.fromClient(w, r)
	if !ok {
		return
	}
	if g, known := i.refresh.find(form.Get("token")); known && g.client == client.ID {
		i.refresh.take(form.Get("token"))
	}
	w.WriteHeader(http.StatusOK)
}

// fromClient reads the form that a client sends, or answers why it does not.
func (i *Issuer) fromClient(w http.ResponseWriter, r *http.Request) (client Client, form url.Values, ok bool) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	form, ok = parseOnce(string(body))
	if err != nil || !ok || !isForm(r) || r.URL.RawQuery != "" {
		tokenError(w, http.StatusBadRequest, invalidRequest, "the body is not a form of at most 16 KB without repeated parameters")
		return client, nil, false
	}
	client, ok = i.client(form.Get("client_id"))
	if !ok || form.Has("client_secret") || r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="devissuer"`) // RFC 6749 section 5.2
		tokenError(w, http.StatusUnauthorized, invalidClient, "there is no such client, or the client authenticates itself, which no client here does")
		return client, nil, false
	}
	return client, form, true
}

// redeem exchanges a code for its grant. A code works once, and only for the client to which
// it was issued, with the address and the verifier of the request.
func (i *Issuer) redeem(c Client, form url.Values) (g grant, problem, description string) {
	verifier := form.Get("code_verifier")
	switch {
	case form.Get("code") == "" || form.Get("redirect_uri") == "":
		return g, invalidRequest, "code or redirect_uri is missing"
	case !verifierForm.MatchString(verifier):
		return g, invalidRequest, "code_verifier is missing or malformed"
	}
	g, ok := i.codes.take(form.Get("code"))
	sum := sha256.Sum256([]byte(verifier)) // RFC 7636 section 4.6
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	switch {
	case !ok || g.client != c.ID:
		return g, invalidGrant, "the code is unknown, used, expired, or another client's"
	case g.redirectURI != form.Get("redirect_uri"):
		return g, invalidGrant, "the redirect_uri is not that of the request"
	case subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1:
		return g, invalidGrant, "the code_verifier does not fit the code_challenge"
	}
	return g, "", ""
}

// renew exchanges a refresh token for its grant, for the client to which it was issued.
func (i *Issuer) renew(c Client, form url.Values) (g grant, problem, description string) {
	g, ok := i.refresh.find(form.Get("refresh_token"))
	if !ok || g.client != c.ID {
		return g, invalidGrant, "the refresh token is unknown, revoked, expired, or another client's"
	}
	return g, "", ""
}

func (i *Issuer) tokens(g grant) (tokenResponse, error) {
	person, _ := i.person(g.person) // the person was there when the code was issued
	now := i.config.Now()
	access, err := i.accessToken(person, Minting{
		Client: g.client, Audience: i.config.Audience, Scopes: g.scopes, Issued: now, SignedIn: g.authTime, Lifetime: tokenLifetime,
	})
	if err != nil {
		return tokenResponse{}, err
	}
	response := tokenResponse{
		AccessToken: access, TokenType: "Bearer", ExpiresIn: int64(tokenLifetime.Seconds()), Scope: strings.Join(g.scopes, " "),
	}
	if slices.Contains(g.scopes, scopeOpenID) {
		response.IDToken, err = i.idToken(person, g, now)
	}
	return response, err
}

func isForm(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "application/x-www-form-urlencoded"
}

func tokenError(w http.ResponseWriter, status int, problem, description string) {
	writeJSON(w, status, map[string]string{"error": problem, "error_description": description})
}
