package authorizer

import (
	"errors"
	"regexp"
	"strings"
)

// Bearer takes the token out of an Authorization header (RFC 6750 section 2.1,
// the scheme in any case: RFC 9110 section 11.1). Several header lines, joined
// by commas, are refused: a request authenticates once. API Gateway also takes a
// token without the scheme; this does not.
func Bearer(header string) (string, error) {
	header = strings.Trim(header, " \t")
	if header == "" {
		return "", errNoToken
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("the Authorization header is not one Bearer token")
	}
	token = strings.TrimLeft(token, " ")
	if len(token) > MaxToken {
		return "", refuse("the token is too large")
	}
	if !token68.MatchString(token) {
		return "", refuse("the Authorization header is not one Bearer token")
	}
	return token, nil
}

// token68 is a b64token of RFC 6750 section 2.1.
var token68 = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// Challenge returns the value of WWW-Authenticate that goes with an error of
// Bearer or Authorize (RFC 6750 section 3), for a route with the given scopes:
// without an error code when no token was presented, invalid_token with a 401,
// insufficient_scope with a 403.
func Challenge(realm string, err error, scopes []string) string {
	challenge := `Bearer realm="` + realm + `"`
	r, refused := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, errNoToken):
	case errors.Is(err, ErrForbidden):
		challenge += `, error="insufficient_scope", scope="` + strings.Join(scopes, " ") + `"`
	case refused:
		challenge += `, error="invalid_token", error_description="` + r.reason + `"`
	default:
		challenge += `, error="invalid_token"`
	}
	return challenge
}
