package devissuer_test

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"consent-receipts/functions/local/authorizer"
)

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// TestFlow is what a relying party does: discovery, code and PKCE, both tokens.
func TestFlow(t *testing.T) {
	b := newBench(t)
	ctx, provider, client := b.discover()
	verifier := oauth2.GenerateVerifier()
	to, err := url.Parse(client.AuthCodeURL("state-1", oauth2.S256ChallengeOption(verifier), oidc.Nonce("nonce-1")))
	if err != nil {
		t.Fatal(err)
	}
	res, page := b.get(to.Query())
	if res.StatusCode != http.StatusOK {
		t.Fatalf("status %d: %s", res.StatusCode, page)
	}
	form := url.Values{} // as a browser would send it
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	b.wait(7 * time.Second)
	query := b.choose(form, "customer-0002")
	signedIn := b.clock()
	b.wait(30 * time.Second)
	token, err := client.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if token.TokenType != "Bearer" || token.ExpiresIn != 300 || token.Extra("scope") != "openid "+self {
		t.Errorf("token response %+v", token)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: "portal", Now: b.clock}).Verify(ctx, raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Name, Locale, ACR string
		AMR               []string
		AuthTime          int64 `json:"auth_time"`
	}
	if err := id.Claims(&claims); err != nil {
		t.Fatal(err)
	}
	if id.Subject != "customer-0002" || id.Nonce != "nonce-1" || !id.IssuedAt.Equal(b.clock()) ||
		!id.Expiry.Equal(b.clock().Add(5*time.Minute)) || claims.Name != "Sam Okafor (sample)" || claims.Locale != "es" ||
		claims.ACR != "urn:example:dev" || !slices.Equal(claims.AMR, []string{"pwd"}) || claims.AuthTime != signedIn.Unix() {
		t.Errorf("ID token %+v %+v", id, claims)
	}
	checkAccess(t, b, token.AccessToken, signedIn)
	if _, _, err := newAuthorizer(b).Authorize(raw, []string{self}); !errors.Is(err, authorizer.ErrUnauthenticated) {
		t.Errorf("the ID token as an access token: %v", err)
	}
}

// newAuthorizer returns an authorizer that takes the keys from the issuer's
// endpoint.
func newAuthorizer(b *bench) *authorizer.Authorizer {
	return authorizer.New(authorizer.Config{
		Issuer: b.url, Audience: []string{audience}, Now: b.clock,
		JWKS: func(context.Context) (*jose.JSONWebKeySet, error) {
			res, err := b.http.Get(b.url + "/jwks")
			if err != nil {
				return nil, err
			}
			defer res.Body.Close()
			var set jose.JSONWebKeySet
			return &set, json.NewDecoder(res.Body).Decode(&set)
		},
	})
}

func checkAccess(t *testing.T, b *bench, token string, signedIn time.Time) {
	t.Helper()
	claims, scopes, err := newAuthorizer(b).Authorize(token, []string{self})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(scopes, []string{"openid", self}) {
		t.Errorf("scopes %q", scopes)
	}
	if len(claims["jti"]) != 36 {
		t.Errorf("jti %q", claims["jti"])
	}
	delete(claims, "jti")
	number := func(at time.Time) string { b, _ := json.Marshal(at.Unix()); return string(b) }
	want := map[string]string{
		"iss": b.url, "sub": "customer-0002", "aud": audience, "client_id": "portal", "scope": "openid " + self,
		"acr": "urn:example:dev", "amr": "[pwd]", "auth_time": number(signedIn),
		"iat": number(b.clock()), "exp": number(b.clock().Add(5 * time.Minute)),
	}
	if len(claims) != len(want) {
		t.Errorf("claims %v", claims)
	}
	for name, value := range want {
		if claims[name] != value {
			t.Errorf("%s is %q, not %q", name, claims[name], value)
		}
	}
}

// refusal is the code with which a token was refused, or "" if it was not.
func refusal(t *testing.T, err error) string {
	t.Helper()
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	if err != nil {
		t.Fatal(err)
	}
	return ""
}

func TestCodeIsUsedOnce(t *testing.T) {
	b := newBench(t)
	ctx, _, client := b.discover()
	verifier := oauth2.GenerateVerifier()
	exchange := func(code, verifier string) string {
		_, err := client.Exchange(ctx, code, oauth2.VerifierOption(verifier))
		return refusal(t, err)
	}
	code := b.choose(b.request(verifier), "customer-0001").Get("code")
	if got := exchange(code, verifier); got != "" {
		t.Errorf("the first time: %s", got)
	}
	if got := exchange(code, verifier); got != "invalid_grant" {
		t.Errorf("the second time: %q", got)
	}
	code = b.choose(b.request(verifier), "customer-0001").Get("code")
	if got := exchange(code, oauth2.GenerateVerifier()); got != "invalid_grant" {
		t.Errorf("another verifier: %q", got)
	}
	if got := exchange(code, verifier); got != "invalid_grant" {
		t.Errorf("the right verifier after a wrong one: %q", got)
	}
	code = b.choose(b.request(verifier), "customer-0001").Get("code")
	b.wait(59 * time.Second)
	if got := exchange(code, verifier); got != "" {
		t.Errorf("after 59 s: %s", got)
	}
	code = b.choose(b.request(verifier), "customer-0001").Get("code")
	b.wait(60 * time.Second)
	if got := exchange(code, verifier); got != "invalid_grant" {
		t.Errorf("after 60 s: %q", got)
	}
}

func TestScopes(t *testing.T) {
	b := newBench(t)
	ctx, _, client := b.discover()
	verifier := oauth2.GenerateVerifier()
	code := b.choose(b.request(verifier, "scope", "unknown "+self+" "+self), "customer-0001").Get("code")
	token, err := client.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if token.Extra("scope") != self || token.Extra("id_token") != nil {
		t.Errorf("scope %v, id_token %v", token.Extra("scope"), token.Extra("id_token"))
	}
}

// TestRefresh: a refresh token gets new access tokens for an hour after the sign-in, for its
// client alone, until it is revoked (RFC 7009).
func TestRefresh(t *testing.T) {
	b := newBench(t)
	ctx, provider, client := b.discover()
	var endpoints struct {
		Revocation string `json:"revocation_endpoint"`
	}
	if err := provider.Claims(&endpoints); err != nil || endpoints.Revocation != b.url+"/revoke" {
		t.Fatalf("revocation endpoint %q: %v", endpoints.Revocation, err)
	}
	signIn := func() *oauth2.Token {
		verifier := oauth2.GenerateVerifier()
		token, err := client.Exchange(ctx, b.choose(b.request(verifier), "customer-0002").Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	refresh := func(id, token string) string {
		other := *client
		other.ClientID = id
		_, err := other.TokenSource(ctx, &oauth2.Token{RefreshToken: token}).Token()
		return refusal(t, err)
	}
	revoke := func(id, token string) {
		if res, _ := b.post("/revoke", url.Values{"client_id": {id}, "token": {token}}); res.StatusCode != http.StatusOK {
			t.Errorf("revoking: status %d", res.StatusCode)
		}
	}
	first, signedIn := signIn(), b.clock()
	b.wait(59 * time.Minute)
	again, err := client.TokenSource(ctx, &oauth2.Token{RefreshToken: first.RefreshToken}).Token()
	if err != nil {
		t.Fatal(err)
	}
	checkAccess(t, b, again.AccessToken, signedIn)
	revoke("back office", first.RefreshToken)
	if got := refresh("back office", first.RefreshToken); got != "invalid_grant" {
		t.Errorf("another client: %q", got)
	}
	if got := refresh("portal", first.RefreshToken); got != "" {
		t.Errorf("after another client revoked it: %q", got)
	}
	b.wait(time.Minute)
	if got := refresh("portal", first.RefreshToken); got != "invalid_grant" {
		t.Errorf("an hour after the sign-in: %q", got)
	}
	second := signIn()
	revoke("portal", second.RefreshToken)
	revoke("portal", second.RefreshToken) // what is unknown counts as revoked
	if got := refresh("portal", second.RefreshToken); got != "invalid_grant" {
		t.Errorf("after it was revoked: %q", got)
	}
	if res, _ := b.post("/revoke", url.Values{"client_id": {"nobody"}, "token": {"x"}}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unknown client: status %d", res.StatusCode)
	}
}
