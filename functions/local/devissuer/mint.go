package devissuer

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// acr says honestly that the person was hardly authenticated.
const acr = "urn:example:dev"

// tokenLifetime is how long both tokens last.
const tokenLifetime = time.Hour

// authentication are the claims about the sign-in that both tokens carry.
type authentication struct {
	AuthTime int64    `json:"auth_time"`
	ACR      string   `json:"acr"`
	AMR      []string `json:"amr"`
}

func authenticated(at time.Time) authentication {
	return authentication{AuthTime: at.Unix(), ACR: acr, AMR: []string{"pwd"}}
}

// accessClaims are those of RFC 9068 section 2.2.
type accessClaims struct {
	jwt.Claims
	authentication
	ClientID string `json:"client_id"`
	Scope    string `json:"scope,omitempty"`
}

// idClaims are those of OpenID Connect Core section 2.
type idClaims struct {
	jwt.Claims
	authentication
	Nonce  string `json:"nonce,omitempty"`
	Name   string `json:"name"`
	Locale string `json:"locale,omitempty"`
}

// minting is what an access token is made from.
type minting struct {
	client, audience   string
	scopes             []string
	issued, authedTime time.Time
}

// Option changes what Mint makes.
type Option func(*minting)

// WithScopes sets the scopes. Without arguments the token has none.
func WithScopes(scopes ...string) Option { return func(m *minting) { m.scopes = scopes } }

// WithAudience sets the audience.
func WithAudience(audience string) Option { return func(m *minting) { m.audience = audience } }

// WithClient sets the client that the token names as its own.
func WithClient(id string) Option { return func(m *minting) { m.client = id } }

// IssuedAt sets the moment of issue that the token states. The token expires an hour later.
func IssuedAt(t time.Time) Option {
	return func(m *minting) { m.issued, m.authedTime = t, t }
}

// Mint makes an access token, issued now, although nobody signed in. For a sample person the
// token has the first client and every scope that the person may be granted; for a client
// with scopes of its own it has these. It fails with ErrUnknown.
func (i *Issuer) Mint(id string, options ...Option) (string, error) {
	now := i.config.Now()
	m := minting{client: i.config.Clients[0].ID, audience: i.config.Audience, issued: now, authedTime: now}
	if c, ok := i.client(id); ok && len(c.Scopes) > 0 {
		id, m.client, m.scopes = c.For, c.ID, c.Scopes
	}
	p, ok := i.person(id)
	if !ok {
		return "", fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	if m.scopes == nil {
		m.scopes = i.config.may(p)
	}
	for _, option := range options {
		option(&m)
	}
	return i.accessToken(p, m)
}

func (i *Issuer) accessToken(p Person, m minting) (string, error) {
	claims := accessClaims{
		Claims:         i.claims(p, m.audience, m.issued),
		authentication: authenticated(m.authedTime),
		ClientID:       m.client, Scope: strings.Join(m.scopes, " "),
	}
	claims.ID = uuid.NewString()
	return i.sign("at+jwt", claims) // RFC 9068 section 2.1
}

func (i *Issuer) idToken(p Person, g grant, issued time.Time) (string, error) {
	return i.sign("JWT", idClaims{
		Claims: i.claims(p, g.client, issued), authentication: authenticated(g.authTime),
		Nonce: g.nonce, Name: p.Name, Locale: p.Language,
	})
}

func (i *Issuer) claims(p Person, audience string, issued time.Time) jwt.Claims {
	return jwt.Claims{
		Issuer: i.config.Issuer, Subject: p.ID, Audience: jwt.Audience{audience},
		IssuedAt: jwt.NewNumericDate(issued), Expiry: jwt.NewNumericDate(issued.Add(tokenLifetime)),
	}
}

func (i *Issuer) sign(typ jose.ContentType, claims any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
