package authorizer_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/functions/local/authorizer"
)

func TestBearer(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer a.b.c":            "a.b.c",
		"bearer a.b.c":            "a.b.c",
		"  BEARER   a.b-_~+/==\t": "a.b-_~+/==",
	} {
		if got, err := authorizer.Bearer(header); err != nil || got != want {
			t.Errorf("%q: %q %v", header, got, err)
		}
	}
	for name, header := range map[string]string{
		"nothing":         "",
		"spaces":          "  ",
		"no token":        "Bearer",
		"no token either": "Bearer ",
		"padding only":    "Bearer ==",
		"no scheme":       "a.b.c",
		"Basic":           "Basic cG9ydGFsOg==",
		"two values":      "Bearer a.b.c,Bearer a.b.c",
		"two, spaced":     "Bearer a.b.c, Bearer d.e.f",
		"two tokens":      "Bearer a.b.c d.e.f",
		"padding inside":  "Bearer a=b",
		"a line break":    "Bearer a.b.c\r\nX: y",
		"not ASCII":       "Bearer é",
		"huge":            "Bearer " + strings.Repeat("a", 8<<10+1),
	} {
		if got, err := authorizer.Bearer(header); !errors.Is(err, authorizer.ErrUnauthenticated) || got != "" {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
}

func TestChallenge(t *testing.T) {
	a := newAuthorizer(published())
	scopes := []string{self, "consent-receipts/operator"}
	_, missing := authorizer.Bearer("")
	_, malformed := authorizer.Bearer("Basic x")
	_, _, expired := a.Authorize(good(claims(map[string]any{"exp": 1})), scopes)
	_, _, forbidden := a.Authorize(good(claims(map[string]any{"scope": "openid"})), scopes)
	for _, c := range []struct {
		err  error
		want string
	}{
		{missing, `Bearer realm="r"`},
		{malformed, `Bearer realm="r", error="invalid_token", error_description="the Authorization header is not one Bearer token"`},
		{expired, `Bearer realm="r", error="invalid_token", error_description="the token has expired"`},
		{forbidden, `Bearer realm="r", error="insufficient_scope", scope="consent-receipts/self consent-receipts/operator"`},
		{errors.New(`any "other"`), `Bearer realm="r", error="invalid_token"`},
	} {
		if got := authorizer.Challenge("r", c.err, scopes); got != c.want {
			t.Errorf("%v:\n%s, not\n%s", c.err, got, c.want)
		}
	}
}
