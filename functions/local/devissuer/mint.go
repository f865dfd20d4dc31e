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

// These are how long the tokens last that somebody gets by signing in, and those that are
// minted. The former are short as in a deployment; whoever works with the latter in a shell has
// no refresh token.
const (
	tokenLifetime = 5 * time.Minute
	mintLifetime  = time.Hour
)

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

// Minting is what an access token is made from.
type Minting struct {
	Client, Audience string
	Scopes           []string
	Issued, SignedIn time.Time
	Lifetime         time.Duration // from Issued on
}

// Mint makes an access token, issued now, although nobody signed in. For a sample person the
// token has the first client and every scope that the person may be granted; for a client
// with scopes of its own it has these. Tests change what the token is made from. It fails
// with ErrUnknown.
func (i *Issuer) Mint(id string, changes ...func(*Minting)) (string, error) {
	now := i.config.Now()
	m := Minting{Client: i.config.Clients[0].ID, Audience: i.config.Audience, Issued: now, SignedIn: now, Lifetime: mintLifetime}
	if c, ok := i.client(id); ok && len(c.Scopes) > 0 {
		id, m.Client, m.Scopes = c.For, c.ID, c.Scopes
	}
	p, ok := i.person(id)
	if !ok {
		return "", fmt.Errorf("%w: %q", ErrUnknown, id)
	}
	if m.Scopes == nil {
		m.Scopes = i.config.may(p)
	}
	for _, change := range changes {
		change(&m)
	}
	return i.accessToken(p, m)
}

func (i *Issuer) accessToken(p Person, m Minting) (string, error) {
	claims := accessClaims{
		Claims:         i.claims(p, m.Audience, m.Issued, m.Lifetime),
		authentication: authenticated(m.SignedIn),
		ClientID:       m.Client, Scope: strings.Join(m.Scopes, " "),
	}
	claims.ID = uuid.NewString()
	return i.sign("at+jwt", claims) // RFC 9068 section 2.1
}

func (i *Issuer) idToken(p Person, g grant, issued time.Time) (string, error) {
	return i.sign("JWT", idClaims{
		Claims: i.claims(p, g.client, issued, tokenLifetime), authentication: authenticated(g.authTime),
		Nonce: g.nonce, Name: p.Name, Locale: p.Language,
	})
}

func (i *Issuer) claims(p Person, audience string, issued time.Time, lifetime time.Duration) jwt.Claims {
	return jwt.Claims{
		Issuer: i.config.Issuer, Subject: p.ID, Audience: jwt.Audience{audience},
		IssuedAt: jwt.NewNumericDate(issued), Expiry: jwt.NewNumericDate(issued.Add(lifetime)),
	}
}

func (i *Issuer) sign(typ jose.ContentType, claims any) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithType(typ))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
