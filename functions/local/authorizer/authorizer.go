// Package authorizer checks access tokens for the local server as the JWT
// authorizer of an API Gateway HTTP API checks them for a deployed one: RSA
// signatures only, by a key that the issuer publishes under the token's kid;
// issuer, audience and times; and at least one of the route's scopes.
//
// Where API Gateway's documentation is silent, this package refuses.
package authorizer

import (
	"bytes"
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"consent-receipts/functions/internal/gateway"
)

// MaxToken is the size of the largest token looked at, in bytes.
const MaxToken = 8 << 10

// minKeyBits is the shortest RSA key accepted (RFC 7518 section 3.3).
const minKeyBits = 2048

// keysTimeout bounds the wait for the issuer's keys, on a machine that may be busy.
const keysTimeout = time.Minute

var (
	// ErrUnauthenticated is a 401: there is no token, or it proves nothing.
	ErrUnauthenticated = gateway.ErrUnauthenticated
	// ErrForbidden is a 403: the token is good and lacks the route's scopes.
	ErrForbidden = gateway.ErrForbidden
)

// errNoToken is the refusal of a request that presents no credentials at all;
// RFC 6750 section 3.1 wants no error code in its challenge.
var errNoToken = refuse("no access token")

// algorithms are those of API Gateway. Listing them keeps out "none", and HMAC
// keyed with a public key (RFC 8725 section 3.1).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512}

// Config is what an Authorizer needs.
type Config struct {
	Issuer   string   // the one accepted iss
	Audience []string // the accepted audiences; a token must name one of them
	// JWKS returns the issuer's keys. It is called for every token, so it should cache.
	JWKS func(context.Context) (*jose.JSONWebKeySet, error)
	Now  func() time.Time // nil means time.Now
}

// Authorizer checks tokens. It is safe for concurrent use.
type Authorizer struct{ config Config }

// New returns an Authorizer. Without an issuer or an audience it accepts no
// token.
func New(c Config) *Authorizer {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Authorizer{c}
}

// refusal is an error whose text the caller may read. It never quotes the token.
type refusal struct {
	kind   error
	reason string
	cause  error // for the log, and not in the text
}

func (r *refusal) Error() string { return r.kind.Error() + ": " + r.reason }

func (r *refusal) Unwrap() []error {
	if r.cause == nil {
		return []error{r.kind}
	}
	return []error{r.kind, r.cause}
}

func refuse(reason string) error { return &refusal{kind: ErrUnauthenticated, reason: reason} }

// Authorize verifies a token for a route with the given scopes, of which one
// suffices; a route without scopes asks for a valid token only. It returns the
// claims as API Gateway hands them to a function, and the scopes of the token:
// all of them, or none on a route without scopes, as API Gateway does. An error
// wraps ErrUnauthenticated or ErrForbidden and may be shown.
func (a *Authorizer) Authorize(token string, scopes []string) (claims map[string]string, grantedScopes []string, err error) {
	registered, all, err := a.verify(token)
	if err != nil {
		return nil, nil, err
	}
	if err := a.checkClaims(registered, all); err != nil {
		return nil, nil, err
	}
	if len(scopes) == 0 {
		return flatten(all), nil, nil
	}
	granted := scopesOf(all)
	if !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(granted, s) }) {
		return nil, nil, &refusal{kind: ErrForbidden, reason: "the token has none of the scopes " + strings.Join(scopes, ", ")}
	}
	return flatten(all), granted, nil
}

// verify checks form, algorithm and signature, and returns the registered claims
// and all of them, numbers as they were written.
func (a *Authorizer) verify(token string) (registered jwt.Claims, all map[string]any, err error) {
	body, err := a.open(token, &registered)
	if err != nil {
		return registered, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return registered, nil, refuse("the claims of the token are malformed")
	}
	return registered, all, nil
}

// open verifies the token, decodes the registered claims and returns the signed
// JSON.
func (a *Authorizer) open(token string, registered *jwt.Claims) (json.RawMessage, error) {
	switch {
	case token == "":
		return nil, errNoToken
	case len(token) > MaxToken:
		return nil, refuse("the token is too large")
	case !token68.MatchString(token): // decoders skip line breaks
		return nil, refuse("the token is malformed")
	}
	parsed, err := jwt.ParseSigned(token, algorithms)
	var wrong *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &wrong):
		return nil, refuse("the token's algorithm is none of RS256, RS384, RS512")
	case err != nil:
		return nil, refuse("the token is malformed")
	}
	header := parsed.Headers[0]
	if _, ok := header.ExtraHeaders["crit"]; ok { // RFC 7515 section 4.1.11; a JWT is never b64=false, RFC 7797 section 7
		return nil, refuse("the token needs an extension that is not supported")
	}
	key, err := a.key(header)
	if err != nil {
		return nil, err
	}
	var body json.RawMessage
	var members map[string]any // refuses a member given twice, and numbers beyond float64
	if err := parsed.Claims(key, &members, registered, &body); err != nil {
		if errors.Is(err, jose.ErrCryptoFailure) {
			return nil, refuse("the token's signature does not verify")
		}
		return nil, refuse("the claims of the token are malformed")
	}
	return body, nil
}

// key finds the one RSA key that the issuer publishes under the token's kid for
// its algorithm.
func (a *Authorizer) key(header jose.Header) (*rsa.PublicKey, error) {
	if header.KeyID == "" {
		return nil, refuse("the token names no key")
	}
	ctx, cancel := context.WithTimeout(context.Background(), keysTimeout)
	defer cancel()
	set, err := a.config.JWKS(ctx)
	if err != nil || set == nil {
		return nil, &refusal{ErrUnauthenticated, "the issuer's keys cannot be had now", err}
	}
	var found *rsa.PublicKey
	for _, k := range set.Key(header.KeyID) {
		public, ok := k.Key.(*rsa.PublicKey)
		if !ok || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != header.Algorithm {
			continue
		}
		if found != nil {
			return nil, refuse("the issuer has two keys of the token's kid")
		}
		found = public
	}
	switch {
	case found == nil:
		return nil, refuse("the issuer has no key of the token's kid and algorithm")
	case found.N.BitLen() < minKeyBits:
		return nil, refuse("the issuer's key is too short")
	}
	return found, nil
}

// checkClaims validates iss, aud or client_id, exp, nbf and iat (RFC 7519
// section 4.1), without leeway.
func (a *Authorizer) checkClaims(c jwt.Claims, all map[string]any) error {
	named := c.Audience
	if _, ok := all["aud"]; !ok {
		client, _ := all["client_id"].(string)
		named = jwt.Audience{client}
	}
	now := a.config.Now()
	switch {
	case c.Issuer == "" || c.Issuer != a.config.Issuer:
		return refuse("the token is from another issuer")
	case !slices.ContainsFunc(named, func(n string) bool { return n != "" && slices.Contains(a.config.Audience, n) }):
		return refuse("the token is for another audience")
	case c.Expiry == nil:
		return refuse("the token does not say when it expires")
	case !now.Before(c.Expiry.Time()):
		return refuse("the token has expired")
	case c.NotBefore != nil && c.NotBefore.Time().After(now):
		return refuse("the token is not valid yet")
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now):
		return refuse("the token is issued in the future")
	}
	return nil
}

// scopesOf lists the scopes in scope (RFC 6749 section 3.3: separated by spaces)
// and in scp (some issuers' name for it, often an array).
func scopesOf(claims map[string]any) (scopes []string) {
	for _, name := range []string{"scope", "scp"} {
		var here []string
		switch v := claims[name].(type) {
		case string:
			here = strings.Fields(v)
		case []any:
			for _, e := range v {
				if s, ok := e.(string); ok {
					here = append(here, s)
				}
			}
		}
		for _, s := range here {
			if !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	return scopes
}
