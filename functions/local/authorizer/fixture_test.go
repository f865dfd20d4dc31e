package authorizer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/functions/local/authorizer"
)

const (
	issuer   = "https://sign-in.example"
	audience = "consent-receipts"
	self     = "consent-receipts/self"
	kid      = "key-1"
)

var now = time.Unix(1_800_000_000, 500_000_000)

// keys are the issuer's keys and one foreign key.
var keys = sync.OnceValue(func() [2]*rsa.PrivateKey { return [2]*rsa.PrivateKey{newKey(2048), newKey(2048)} })

func newKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func published() *jose.JSONWebKeySet {
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: keys()[0].Public(), KeyID: kid, Use: "sig"}}}
}

func newAuthorizer(set *jose.JSONWebKeySet) *authorizer.Authorizer {
	return authorizer.New(authorizer.Config{
		Issuer: issuer, Audience: []string{"other", audience}, Now: func() time.Time { return now },
		JWKS: func(context.Context) (*jose.JSONWebKeySet, error) { return set, nil },
	})
}

// claims returns good claims with some changes; nil drops a claim.
func claims(changes map[string]any) map[string]any {
	all := map[string]any{
		"iss": issuer, "sub": "customer-0001", "aud": audience, "exp": now.Unix() + 60, "iat": now.Unix(),
		"scope": "openid " + self,
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// sign makes a token with the given header.
func sign(alg jose.SignatureAlgorithm, key any, header map[jose.HeaderKey]any, claims any) string {
	body, ok := claims.([]byte)
	if !ok {
		body = must(json.Marshal(claims))
	}
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: header}))
	return must(must(signer.Sign(body)).CompactSerialize())
}

// good signs claims as the issuer does.
func good(claims any) string {
	return sign(jose.RS256, keys()[0], map[jose.HeaderKey]any{"kid": kid}, claims)
}

func unsigned(header string, claims map[string]any) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(header)) + "." + encode(must(json.Marshal(claims))) + "."
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
