// Package devissuer is an OpenID Provider for development: whoever asks may sign
// in as any of a few sample people, without a password. It lets the whole system
// run on one machine, and tests mint the tokens they need.
//
// It is never part of a deployed function. It says so on its pages, issues tokens
// under a loopback name only, and its tokens say acr "urn:example:dev".
//
// It speaks the authorization code flow with PKCE (RFC 6749 section 4.1, RFC 7636
// with S256 only, OpenID Connect Core section 3.1) and follows RFC 9700 and RFC
// 9207. Codes live in memory; nothing can be revoked.
package devissuer

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	// ErrConfig is a configuration that makes no issuer.
	ErrConfig = errors.New("devissuer: invalid configuration")
	// ErrUnknownPerson is a person who is not among the sample people.
	ErrUnknownPerson = errors.New("devissuer: no such sample person")
)

// Bounds of what callers send and of what is kept for them.
const (
	maxQuery     = 8 << 10  // bytes
	maxForm      = 16 << 10 // bytes
	maxCodes     = 1000
	codeLifetime = 60 * time.Second
	keyBits      = 2048
)

// scopeOpenID asks for an ID token (OpenID Connect Core section 3.1.2.1).
const scopeOpenID = "openid"

// Config describes an issuer.
type Config struct {
	Issuer   string   // http://localhost:8080/dev-issuer: a loopback name, no slash at the end
	Clients  []Client // at least one
	Audience string   // aud of access tokens
	Scopes   []string // what may be granted; "openid" asks for an ID token
	People   []Person // whom one may sign in as

	Key  *rsa.PrivateKey  // nil: made
	Now  func() time.Time // nil: time.Now
	Rand io.Reader        // nil: crypto/rand
}

// Client is a relying party. One without a secret is public: PKCE alone binds
// its codes, as it does everybody's.
type Client struct {
	ID           string
	Secret       string
	RedirectURIs []string // compared byte for byte (RFC 9700 section 4.1.3)

	// Scopes are what a client is given in its own name, as by client credentials. Its
	// token's subject is the person For.
	Scopes []string
	For    string
}

// Person is someone one may sign in as. All of it is invented.
type Person struct {
	ID       string // sub
	Name     string // "Alex Rivera (sample)"
	Language string // BCP 47; locale

	// Scopes, if there are any, are what may be granted to this one instead of
	// Config.Scopes.
	Scopes []string
}

// scopes are those of the wanted ones that may be granted to a person.
func (c *Config) scopes(p Person, wanted []string) (granted []string) {
	may := c.Scopes
	if len(p.Scopes) > 0 {
		may = p.Scopes
	}
	for _, s := range wanted {
		if slices.Contains(may, s) && !slices.Contains(granted, s) {
			granted = append(granted, s)
		}
	}
	return granted
}

// Issuer is the provider. It serves the endpoints under the path of its URL and
// is safe for concurrent use.
type Issuer struct {
	config Config
	key    jose.JSONWebKey // private
	mux    *http.ServeMux

	mu    sync.Mutex // guards what is below, and Config.Rand
	codes map[string]grant
}

// plainPath are paths without anything that a pattern of net/http would read.
var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)

// New returns an issuer, or ErrConfig with a reason.
func New(c Config) (*Issuer, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	u, err := checkConfig(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if c.Key == nil {
		if c.Key, err = rsa.GenerateKey(c.Rand, keyBits); err != nil {
			return nil, err
		}
	}
	key := jose.JSONWebKey{Key: c.Key, Algorithm: string(jose.RS256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256) // RFC 7638
	if err != nil {
		return nil, err
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	i := &Issuer{config: c, key: key, mux: http.NewServeMux(), codes: map[string]grant{}}
	i.mux.HandleFunc("GET "+u.Path+"/.well-known/openid-configuration", i.discovery)
	i.mux.HandleFunc("GET "+u.Path+"/jwks", i.jwks)
	i.mux.HandleFunc("GET "+u.Path+"/authorize", i.authorize)
	i.mux.HandleFunc("POST "+u.Path+"/authorize", i.authorize)
	i.mux.HandleFunc("POST "+u.Path+"/token", i.token)
	i.mux.HandleFunc("GET "+u.Path+"/token/{id}", i.shell)
	return i, nil
}

func checkConfig(c Config) (*url.URL, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil {
		return nil, err
	}
	switch host := u.Hostname(); {
	case host != "localhost" && !strings.HasSuffix(host, ".localhost") && host != "127.0.0.1" && host != "::1": // RFC 6761 section 6.3
		return nil, errors.New("the issuer is not on a loopback name")
	case u.Scheme != "http" && u.Scheme != "https", u.User != nil, u.RawQuery != "", u.Fragment != "", !plainPath.MatchString(u.Path):
		return nil, errors.New("the issuer is not a plain http URL without a slash at the end")
	case c.Audience == "":
		return nil, errors.New("no audience")
	case len(c.Clients) == 0 || len(c.People) == 0:
		return nil, errors.New("no clients, or no people")
	case c.Key != nil && c.Key.N.BitLen() < keyBits:
		return nil, fmt.Errorf("a key of under %d bits", keyBits)
	}
	ids := map[string]bool{}
	for _, client := range c.Clients {
		if client.ID == "" || ids[client.ID] {
			return nil, fmt.Errorf("client id %q is empty or used twice", client.ID)
		}
		ids[client.ID] = true
		for _, uri := range client.RedirectURIs {
			r, err := url.Parse(uri)
			if err != nil || r.Scheme != "http" && r.Scheme != "https" || r.Host == "" || r.Fragment != "" { // RFC 6749 section 3.1.2
				return nil, fmt.Errorf("redirect URI %q is not an absolute http URL without a fragment", uri)
			}
		}
	}
	people := map[string]bool{}
	for _, p := range c.People {
		if p.ID == "" || p.Name == "" || people[p.ID] {
			return nil, fmt.Errorf("person %q has no id or name, or is there twice", p.ID)
		}
		people[p.ID] = true
	}
	return u, nil
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
		"jwks_uri":                                       i.config.Issuer + "/jwks",
		"scopes_supported":                               i.supported(),
		"response_types_supported":                       []string{"code"},
		"response_modes_supported":                       []string{"query"},
		"grant_types_supported":                          []string{"authorization_code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{string(jose.RS256)},
		"token_endpoint_auth_methods_supported":          []string{"none", "client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"acr_values_supported":                           []string{acr},
		"ui_locales_supported":                           []string{"en", "es"},
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
	_, _ = w.Write(body) // a caller that has gone gets nothing
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

// supported are all scopes that somebody may be granted.
func (i *Issuer) supported() []string {
	scopes := slices.Clone(i.config.Scopes)
	for _, p := range i.config.People {
		for _, s := range p.Scopes {
			if !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	return scopes
}
