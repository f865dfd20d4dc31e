package authorizer_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/functions/local/authorizer"
)

func TestBadTokens(t *testing.T) {
	spki := must(x509.MarshalPKIXPublicKey(keys()[0].Public()))
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	withKid := map[jose.HeaderKey]any{"kid": kid}
	fine := good(claims(nil))
	at := func(d int64) int64 { return now.Unix() + d }
	for name, c := range map[string]struct{ token, reason string }{
		"none at all":     {"", "no access token"},
		"garbage":         {"garbage", "malformed"},
		"two parts":       {"e30.e30", "malformed"},
		"four parts":      {fine + ".e30", "malformed"},
		"empty parts":     {"..", "algorithm"},
		"huge":            {strings.Repeat("a", 8<<10) + "." + fine, "too large"},
		"a line break":    {fine[:20] + "\n" + fine[20:], "malformed"},
		"a space":         {fine + " ", "malformed"},
		"padded":          {fine + "=", "malformed"},
		"JSON form":       {`{"payload":"e30","signatures":[]}`, "malformed"},
		"wrong key":       {sign(jose.RS256, keys()[1], withKid, claims(nil)), "signature"},
		"other signature": {fine[:len(fine)-6] + "AAAAAA", "signature"},
		"no signature":    {fine[:strings.LastIndex(fine, ".")+1], "signature"},
		"other claims":    {fine[:strings.Index(fine, ".")] + strings.TrimPrefix(good(claims(map[string]any{"sub": "x"})), fine[:strings.Index(fine, ".")])[:40] + fine[strings.LastIndex(fine, "."):], "signature"},
		"unknown kid":     {sign(jose.RS256, keys()[0], map[jose.HeaderKey]any{"kid": "key-2"}, claims(nil)), "no key"},
		"no kid":          {sign(jose.RS256, keys()[0], nil, claims(nil)), "names no key"},
		"alg none":        {unsigned(`{"alg":"none","kid":"key-1"}`, claims(nil)), "algorithm"},
		"alg None":        {unsigned(`{"alg":"None","kid":"key-1"}`, claims(nil)), "algorithm"},
		"no alg":          {unsigned(`{"kid":"key-1"}`, claims(nil)), "algorithm"},
		"HS256, DER":      {sign(jose.HS256, spki, withKid, claims(nil)), "algorithm"},
		"HS256, PEM":      {sign(jose.HS256, publicPEM, withKid, claims(nil)), "algorithm"},
		"ES256":           {sign(jose.ES256, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), withKid, claims(nil)), "algorithm"},
		"PS256":           {sign(jose.PS256, keys()[0], withKid, claims(nil)), "algorithm"},
		"crit":            {sign(jose.RS256, keys()[0], map[jose.HeaderKey]any{"kid": kid, "b64": true, "crit": []string{"b64"}}, claims(nil)), "extension"},
		"own key":         {sign(jose.RS256, keys()[1], map[jose.HeaderKey]any{"kid": kid, "jwk": jose.JSONWebKey{Key: keys()[1].Public()}}, claims(nil)), "signature"},

		"not JSON":         {good([]byte("claims")), "malformed"},
		"an array":         {good([]byte("[]")), "malformed"},
		"beyond numbers":   {good([]byte(`{"x":1e400}`)), "malformed"},
		"null":             {good([]byte("null")), "another issuer"},
		"a claim twice":    {good([]byte(`{"iss":"` + issuer + `","iss":"` + issuer + `"}`)), "malformed"},
		"another case":     {good(claims(map[string]any{"iss": nil, "ISS": issuer})), "another issuer"},
		"no issuer":        {good(claims(map[string]any{"iss": nil})), "another issuer"},
		"another issuer":   {good(claims(map[string]any{"iss": issuer + "/"})), "another issuer"},
		"two issuers":      {good(claims(map[string]any{"iss": []string{issuer}})), "malformed"},
		"another audience": {good(claims(map[string]any{"aud": "elsewhere"})), "another audience"},
		"no audience":      {good(claims(map[string]any{"aud": nil})), "another audience"},
		"empty audience":   {good(claims(map[string]any{"aud": []string{}})), "another audience"},
		"client beside it": {good(claims(map[string]any{"aud": "elsewhere", "client_id": audience})), "another audience"},
		"another client":   {good(claims(map[string]any{"aud": nil, "client_id": "elsewhere"})), "another audience"},
		"expired":          {good(claims(map[string]any{"exp": at(-1)})), "expired"},
		"expires now":      {good(claims(map[string]any{"exp": at(0)})), "expired"},
		"no expiry":        {good(claims(map[string]any{"exp": nil})), "when it expires"},
		"expiry as text":   {good(claims(map[string]any{"exp": "tomorrow"})), "malformed"},
		"not yet":          {good(claims(map[string]any{"nbf": at(1)})), "not valid yet"},
		"from the future":  {good(claims(map[string]any{"iat": at(1)})), "in the future"},
	} {
		got, scopes, err := newAuthorizer(published()).Authorize(c.token, []string{self})
		if !errors.Is(err, authorizer.ErrUnauthenticated) || errors.Is(err, authorizer.ErrForbidden) ||
			!strings.Contains(err.Error(), c.reason) || got != nil || scopes != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(err.Error()) > 100 {
			t.Errorf("%s: %d characters of reason", name, len(err.Error()))
		}
	}
}

func TestScopes(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]any
		granted []string // nil: forbidden
	}{
		"as it is":       {nil, []string{"openid", self}},
		"no scope":       {map[string]any{"scope": nil}, nil},
		"empty":          {map[string]any{"scope": ""}, nil},
		"another":        {map[string]any{"scope": "openid"}, nil},
		"a longer one":   {map[string]any{"scope": self + "x"}, nil},
		"in scp":         {map[string]any{"scope": nil, "scp": []string{"a", self}}, []string{"a", self}},
		"in scp, as one": {map[string]any{"scope": nil, "scp": self + " a"}, []string{self, "a"}},
		"in both":        {map[string]any{"scp": []any{"a", 1, self}}, []string{"openid", self, "a"}},
		"of no type":     {map[string]any{"scope": map[string]any{self: true}}, nil},
	} {
		got, granted, err := newAuthorizer(published()).Authorize(good(claims(c.changes)), []string{"operator", self})
		switch {
		case c.granted == nil && (!errors.Is(err, authorizer.ErrForbidden) || errors.Is(err, authorizer.ErrUnauthenticated) || got != nil):
			t.Errorf("%s: %v", name, err)
		case c.granted != nil && (err != nil || !slices.Equal(granted, c.granted)):
			t.Errorf("%s: %q %v", name, granted, err)
		}
	}
	if got, granted, err := newAuthorizer(published()).Authorize(good(claims(nil)), nil); err != nil || granted != nil || got["sub"] != "customer-0001" {
		t.Errorf("a route without scopes: %v %v %v", got, granted, err)
	}
}

func TestGoodTokens(t *testing.T) {
	for name, changes := range map[string]map[string]any{
		"several audiences":  {"aud": []string{"x", audience}},
		"client for aud":     {"aud": nil, "client_id": audience},
		"valid from now":     {"nbf": now.Unix()},
		"fractional seconds": {"exp": float64(now.Unix()) + 30.5},
		"no iat":             {"iat": nil},
	} {
		for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512} {
			token := sign(alg, keys()[0], map[jose.HeaderKey]any{"kid": kid}, claims(changes))
			if _, _, err := newAuthorizer(published()).Authorize(token, []string{self}); err != nil {
				t.Errorf("%s, %s: %v", name, alg, err)
			}
		}
	}
}

// TestKeys has key sets under which a well-signed token is refused.
func TestKeys(t *testing.T) {
	token := good(claims(nil))
	key := published().Keys[0]
	with := func(change func(*jose.JSONWebKey)) *jose.JSONWebKeySet {
		k := key
		change(&k)
		return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k}}
	}
	for name, set := range map[string]*jose.JSONWebKeySet{
		"none":              nil,
		"empty":             {},
		"to encrypt":        with(func(k *jose.JSONWebKey) { k.Use = "enc" }),
		"another algorithm": with(func(k *jose.JSONWebKey) { k.Algorithm = "RS512" }),
		"symmetric":         with(func(k *jose.JSONWebKey) { k.Key = []byte("0123456789abcdef0123456789abcdef") }),
		"twice":             {Keys: []jose.JSONWebKey{key, key}},
	} {
		if _, _, err := newAuthorizer(set).Authorize(token, nil); !errors.Is(err, authorizer.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	weak := newKey(1024)
	set := with(func(k *jose.JSONWebKey) { k.Key = weak.Public() })
	if _, _, err := newAuthorizer(set).Authorize(token, nil); err == nil || !strings.Contains(err.Error(), "too short") {
		t.Errorf("a short key: %v", err)
	}
	away := errors.New("connection refused by 10.0.0.1")
	a := authorizer.New(authorizer.Config{
		Issuer: issuer, Audience: []string{audience}, Now: func() time.Time { return now },
		JWKS: func(context.Context) (*jose.JSONWebKeySet, error) { return nil, away },
	})
	if _, _, err := a.Authorize(token, nil); !errors.Is(err, authorizer.ErrUnauthenticated) || !errors.Is(err, away) || strings.Contains(err.Error(), "10.0.0.1") {
		t.Errorf("keys away: %v", err)
	}
}

// TestUnconfigured checks that an authorizer without issuer or audience accepts
// nothing.
func TestUnconfigured(t *testing.T) {
	jwks := func(context.Context) (*jose.JSONWebKeySet, error) { return published(), nil }
	clock := func() time.Time { return now }
	for name, c := range map[string]struct {
		config authorizer.Config
		claims map[string]any
	}{
		"no issuer":   {authorizer.Config{Audience: []string{audience}, JWKS: jwks, Now: clock}, claims(map[string]any{"iss": nil})},
		"no audience": {authorizer.Config{Issuer: issuer, JWKS: jwks, Now: clock}, claims(map[string]any{"aud": nil})},
		"an empty one": {authorizer.Config{Issuer: issuer, Audience: []string{""}, JWKS: jwks, Now: clock},
			claims(map[string]any{"aud": ""})},
		"its own clock": {authorizer.Config{Issuer: issuer, Audience: []string{audience}, JWKS: jwks}, claims(map[string]any{"exp": 1})},
	} {
		if _, _, err := authorizer.New(c.config).Authorize(good(c.claims), nil); !errors.Is(err, authorizer.ErrUnauthenticated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
