package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// refreshAhead is how long before its end an access token is replaced: the page that is asked
// for then calls the API a few times with it.
const refreshAhead = 30 * time.Second

// kept is the refresh token of a session (RFC 6749, section 1.5), in a sealed cookie of its
// own: browsers bound the size of one.
type kept struct {
	Session string `json:"session"` // id of the session
	Token   string `json:"token"`
}

// keepTokens begins or continues a session with the tokens that the issuer gave. Without a
// refresh token, now or earlier, the session ends with the access token.
func (v *Visit) keepTokens(s *Session, token *oauth2.Token) (err error) {
	if s.Role, err = v.Admit(granted(token, v.Client.Scopes)); err != nil {
		return err
	}
	s.Token, s.Fresh = token.AccessToken, 0
	if token.ExpiresIn > 0 {
		s.Fresh = v.Now().Unix() + token.ExpiresIn
	}
	if v.renewed = token.RefreshToken; v.renewed != "" {
		err = v.keepSealed("refresh", v.keys.refresh, kept{s.ID, token.RefreshToken}, s)
	} else if s.Fresh > 0 {
		s.Expires = min(s.Expires, s.Fresh)
	}
	if err != nil {
		return err
	}
	return v.KeepSession(s)
}

// refreshToken returns the refresh token of the session, or "".
func (v *Visit) refreshToken() string {
	if v.renewed != "" {
		return v.renewed
	}
	cookie, err := v.R.Cookie(v.cookie("refresh"))
	var k kept
	if err != nil || v.Session == nil || unseal(v.keys.refresh, cookie.Value, &k) != nil || k.Session != v.Session.ID {
		return ""
	}
	return k.Token
}

// refresh replaces an access token that is about to end. If the issuer refuses that, the person
// is signed out when the token has ended, and not before: an issuer that takes each refresh
// token once refuses the second of two pages that were asked for at the same time.
func (v *Visit) refresh() error {
	s := v.Session
	if s == nil || s.Fresh == 0 || s.Fresh >= s.Expires || v.Now().Add(refreshAhead).Unix() < s.Fresh {
		return nil
	}
	ended := v.Now().Unix() >= s.Fresh
	token, err := v.refreshed()
	if err == nil {
		if err = v.keepTokens(s, token); err != nil {
			v.endSession()
		}
		return err
	}
	refused, _ := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ended:
		return nil
	case refused != nil && refused.ErrorCode == invalidGrant:
		v.endSession()
		return nil
	}
	return issuerProblem(err)
}

// invalidGrant is the error for a refresh token that no longer counts (RFC 6749, section 5.2).
const invalidGrant = "invalid_grant"

// refreshed asks the issuer for a new access token.
func (v *Visit) refreshed() (*oauth2.Token, error) {
	before := v.refreshToken()
	if before == "" {
		return nil, &oauth2.RetrieveError{ErrorCode: invalidGrant, ErrorDescription: "the browser has no refresh token"}
	}
	ctx, cancel := v.oidcContext()
	defer cancel()
	_, config, err := v.issuer(ctx)
	if err != nil {
		return nil, err
	}
	return config.TokenSource(ctx, &oauth2.Token{RefreshToken: before}).Token()
}

// logout ends the session of the portal, and has the issuer revoke its refresh token. The access
// token counts for some minutes more, and the session at the issuer may go on. An issuer that
// does not answer keeps nobody signed in here.
func (v *Visit) logout() error {
	if token := v.refreshToken(); token != "" {
		if err := v.revoke(token); err != nil {
			slog.WarnContext(v.R.Context(), "portal", "problem", "not-revoked", "error", err)
		}
	}
	v.endSession()
	return v.SeeOther(v.start() + "?signed-out=1")
}

// revoke has the issuer revoke a refresh token (RFC 7009), if its metadata name an endpoint for
// that (RFC 8414, section 2).
func (v *Visit) revoke(token string) error {
	ctx, cancel := v.oidcContext()
	defer cancel()
	issuer, _, err := v.issuer(ctx)
	if err != nil {
		return err
	}
	var metadata struct {
		Endpoint string `json:"revocation_endpoint"`
	}
	if err := issuer.Claims(&metadata); err != nil || metadata.Endpoint == "" {
		return err
	}
	return v.post(ctx, metadata.Endpoint, url.Values{"token": {token}, "token_type_hint": {"refresh_token"}, "client_id": {v.Client.ID}})
}

// post sends a form to an endpoint of the issuer. Nothing of the answer matters but its status.
func (v *Visit) post(ctx context.Context, endpoint string, form url.Values) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.OIDC.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxForm)) // so that the connection can be used again
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the issuer answers %d", res.StatusCode)
	}
	return nil
}
