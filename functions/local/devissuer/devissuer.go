// Package devissuer is an OpenID Provider for development: whoever asks may sign
// in as any of a few sample people, without a password. It lets the whole system
// run on one machine, and tests mint the tokens they need.
//
// It is never part of a deployed function. It says so on its pages, issues tokens
// under a loopback name only, and its tokens say acr "urn:example:dev".
//
// It speaks the authorization code flow with PKCE (RFC 6749 section 4.1, RFC 7636
// with S256 only, OpenID Connect Core section 3.1) and follows RFC 9700 and RFC
// 9207. Codes and refresh tokens live in memory. A refresh token can be revoked (RFC 7009); an
// access token cannot, and lasts for minutes.
package devissuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	// ErrConfig is wrapped by every error about a configuration of which no issuer can be
	// made.
	ErrConfig = errors.New("devissuer: invalid configuration")
	// ErrUnknown is returned for a name that is neither a sample person's nor that of a
	// client with scopes of its own.
	ErrUnknown = errors.New("devissuer: no such sample person")
)

// Bounds of what callers send and of what is kept for them.
const (
	maxQuery        = 8 << 10  // bytes
	maxForm         = 16 << 10 // bytes
	maxSecrets      = 1000     // codes, and as many refresh tokens
	codeLifetime    = 60 * time.Second
	refreshLifetime = time.Hour
	keyBits         = 2048
)

// scopeOpenID asks for an ID token (OpenID Connect Core section 3.1.2.1).
const scopeOpenID = "openid"

// Config describes an issuer.
type Config struct {
	Issuer   string   // http://localhost:8080/dev-issuer: a loopback name, no slash at the end
	Clients  []Client // at least one
	Audience string   // aud of access tokens
	Scopes   []string // what may be granted; "openid" asks for an ID token
	People   []Person // the people as whom anybody may sign in

	Key *rsa.PrivateKey // nil: the issuer makes one
	Now func() time.Time
}

// Client is a relying party. It is public: PKCE alone binds its codes.
type Client struct {
	ID           string
	RedirectURIs []string // each is compared byte for byte (RFC 9700 section 4.1.3)

	// Scopes are what a client is given in its own name, as by client credentials. Its
	// token's subject is the person For.
	Scopes []string
	For    string
}

// Person is somebody as whom anybody may sign in. All of it is invented.
type Person struct {
	ID       string // sub
	Name     string // "Alex Rivera (sample)"
	Language string // BCP 47; locale

	// Scopes, if there are any, may be granted to this person instead of Config.Scopes.
	Scopes []string
}

// may returns the scopes that may be granted to a person.
func (c *Config) may(p Person) []string {
	if len(p.Scopes) > 0 {
		return p.Scopes
	}
	return c.Scopes
}

// scopes returns those of the wanted scopes that may be granted to a person.
func (c *Config) scopes(p Person, wanted []string) []string {
	return distinct(slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return !slices.Contains(c.may(p), s) }))
}

// distinct keeps the first one of equal values.
func distinct(values []string) (out []string) {
	for _, v := range values {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// Issuer is the provider. It serves the endpoints under the path of its URL and
// is safe for concurrent use.
type Issuer struct {
	config Config
	key    jose.JSONWebKey // private
	mux    *http.ServeMux

	codes   *secrets // A code can be presented only once, by whomever (RFC 6749 section 4.1.2).
	refresh *secrets // A refresh token counts until it is revoked, as with Cognito.
}

// plainPath matches paths that a pattern of net/http takes literally.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// New returns an issuer, or an error that wraps ErrConfig and says why not.
func New(c Config) (*Issuer, error) {
	path, err := pathOf(c.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if c.Key == nil {
		if c.Key, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
			return nil, err
		}
	}
	key := jose.JSONWebKey{Key: c.Key, Algorithm: string(jose.RS256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return nil, err
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	i := &Issuer{config: c, key: key, mux: http.NewServeMux(), codes: newSecrets(codeLifetime, c.Now), refresh: newSecrets(refreshLifetime, c.Now)}
	i.mux.HandleFunc("GET "+path+"/.well-known/openid-configuration", i.discovery)
	i.mux.HandleFunc("GET "+path+"/jwks", i.jwks)
	i.mux.HandleFunc("GET "+path+"/authorize", i.authorize)
	i.mux.HandleFunc("POST "+path+"/authorize", i.authorize)
	i.mux.HandleFunc("POST "+path+"/token", i.token)
	i.mux.HandleFunc("POST "+path+"/revoke", i.revoke)
	i.mux.HandleFunc("GET "+path+"/token/{id}", i.shell)
	return i, nil
}

// pathOf returns the path of an issuer's URL, which has to name this machine.
func pathOf(issuer string) (string, error) {
	u, err := url.Parse(issuer)
	if err != nil {
		return "", err
	}
	switch host := u.Hostname(); {
	case host != "localhost" && !strings.HasSuffix(host, ".localhost") && host != "127.0.0.1" && host != "::1": // RFC 6761 section 6.3
		return "", errors.New("the issuer is not on a loopback name")
	case u.Scheme != "http" && u.Scheme != "https", u.User != nil, u.RawQuery != "", u.Fragment != "", !plainPath.MatchString(u.Path):
		return "", errors.New("the issuer is not a plain http URL without a slash at the end")
	}
	return u.Path, nil
}

// PublicKey returns the key that verifies the tokens, with its kid.
func (i *Issuer) PublicKey() jose.JSONWebKey { return i.key.Public() }

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	i.mux.ServeHTTP(w, r)
}

// discovery serves the metadata of OpenID Connect Discovery section 3.
func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         i.config.Issuer,
		"authorization_endpoint":                         i.config.Issuer + "/authorize",
		"token_endpoint":                                 i.config.Issuer + "/token",
		"revocation_endpoint":                            i.config.Issuer + "/revoke",
		"jwks_uri":                                       i.config.Issuer + "/jwks",
		"scopes_supported":                               i.supported(),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{string(jose.RS256)},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"revocation_endpoint_auth_methods_supported":     []string{"none"},
		"code_challenge_methods_supported":               []string{"S256"},
		"acr_values_supported":                           []string{acr},
		"ui_locales_supported":                           languages,
		"claims_supported":                               []string{"iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "acr", "amr", "name", "locale"},
		"request_parameter_supported":                    false,
		"request_uri_parameter_supported":                false,
		"authorization_response_iss_parameter_supported": true, // RFC 9207
	})
}

func (i *Issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{i.PublicKey()}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller may have gone
}

func (i *Issuer) client(id string) (Client, bool) {
	for _, c := range i.config.Clients {
		if c.ID == id {
			return c, true
		}
	}
	return Client{}, false
}

func (i *Issuer) person(id string) (Person, bool) {
	for _, p := range i.config.People {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// supported returns all scopes that some person may be granted.
func (i *Issuer) supported() []string {
	scopes := slices.Clone(i.config.Scopes)
	for _, p := range i.config.People {
		scopes = append(scopes, p.Scopes...)
	}
	return distinct(scopes)
}
