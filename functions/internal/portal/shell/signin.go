package shell

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Time limits: of signing in at the issuer, of a session, and of a request to the issuer.
const (
	loginLifetime   = 10 * time.Minute
	sessionLifetime = time.Hour
	issuerTimeout   = 10 * time.Second
)

// provider is the issuer, which is discovered at first use. A failure is not remembered, so the
// portal may start before the issuer.
type provider struct {
	mu    sync.Mutex
	found *oidc.Provider
}

func (m *mounted) issuer(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	m.provider.mu.Lock()
	defer m.provider.mu.Unlock()
	if m.provider.found == nil {
		found, err := oidc.NewProvider(ctx, m.Client.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("discovering the issuer: %w", err)
		}
		m.provider.found = found
	}
	endpoint := m.provider.found.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // a public client sends its id and has no secret
	return m.provider.found, &oauth2.Config{
		ClientID: m.Client.ID, Endpoint: endpoint, RedirectURL: m.BaseURL + m.Prefix + CallbackPath, Scopes: m.Client.Scopes,
	}, nil
}

// oidcContext makes the OpenID Connect libraries use the configured client.
func (v *Visit) oidcContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(oidc.ClientContext(v.R.Context(), v.OIDC), issuerTimeout)
}

// login is what a sealed cookie remembers while the person is at the issuer.
type login struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Return   string `json:"return"`
	Expires  int64  `json:"exp"`
}

// Random returns 256 random bits as text.
func (m *mounted) Random() (string, error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(m.Rand, b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// login sends the person to the issuer. A person who came by another name of this host is sent
// to the right name first, once: on return, the browser would not send the cookies.
func (v *Visit) login() error {
	if query := v.R.URL.Query(); v.R.Host != v.base.Host && !query.Has("moved") {
		query.Set("moved", "1")
		return v.SeeOther(v.BaseURL + v.Prefix + "/login?" + query.Encode())
	}
	ctx, cancel := v.oidcContext()
	defer cancel()
	_, config, err := v.issuer(ctx)
	if err != nil {
		return issuerProblem(err)
	}
	l := login{Return: v.localPath(v.R.URL.Query().Get("return")), Expires: v.Now().Add(loginLifetime).Unix()}
	for _, secret := range []*string{&l.State, &l.Nonce, &l.Verifier} {
		if *secret, err = v.Random(); err != nil {
			return err
		}
	}
	sealed, err := seal(v.keys.login, l)
	if err != nil {
		return err
	}
	setCookie(v.W, v.cookie("login"), sealed, loginLifetime)
	return v.SeeOther(config.AuthCodeURL(l.State, oauth2.S256ChallengeOption(l.Verifier), oidc.Nonce(l.Nonce),
		oauth2.SetAuthURLParam("ui_locales", v.Words.Language)))
}

// localPath keeps a return address on this site, and in this realm.
func (r *Realm) localPath(s string) string {
	if u, err := url.Parse(s); err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(s, "/") || strings.ContainsAny(s, "\\\r\n") || strings.HasPrefix(s, "//") || !strings.HasPrefix(s, r.start()) {
		return r.start()
	}
	return s
}

// callback takes the person back from the issuer and begins the session.
func (v *Visit) callback() error {
	query := v.R.URL.Query()
	var l login
	cookie, err := v.R.Cookie(v.cookie("login"))
	if err != nil || unseal(v.keys.login, cookie.Value, &l) != nil || v.Now().Unix() >= l.Expires ||
		subtle.ConstantTimeCompare([]byte(l.State), []byte(query.Get("state"))) != 1 {
		return Refusal(http.StatusForbidden, "sign-in")
	}
	setCookie(v.W, v.cookie("login"), "", 0)
	if iss := query.Get("iss"); iss != "" && iss != v.Client.Issuer { // RFC 9207
		return Refusal(http.StatusForbidden, "sign-in")
	}
	if query.Get("error") != "" {
		return Refusal(http.StatusForbidden, "sign-in-refused")
	}
	if err := v.exchange(l, query.Get("code")); err != nil {
		return err
	}
	return v.SeeOther(l.Return)
}

// exchange turns a code into a session, after checking the ID token.
func (v *Visit) exchange(l login, code string) error {
	ctx, cancel := v.oidcContext()
	defer cancel()
	issuer, config, err := v.issuer(ctx)
	if err != nil {
		return issuerProblem(err)
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(l.Verifier))
	if err != nil {
		return issuerProblem(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := issuer.Verifier(&oidc.Config{ClientID: v.Client.ID, Now: v.Now}).Verify(ctx, raw)
	if err != nil {
		return issuerProblem(err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(l.Nonce)) != 1 {
		return Refusal(http.StatusForbidden, "sign-in")
	}
	var claims struct {
		Name string `json:"name"`
	}
	if err := id.Claims(&claims); err != nil {
		return issuerProblem(err)
	}
	s := &Session{Name: claims.Name, Expires: v.Now().Add(sessionLifetime).Unix()}
	if s.ID, err = v.Random(); err != nil {
		return err
	}
	return v.keepTokens(s, token)
}

// granted are the scopes of an access token: those in the issuer's answer; else those in the
// token itself, because the answer of Cognito has none; else all that were asked for (RFC 6749,
// section 5.1; RFC 9068, section 2.2.3). They only decide what pages show, so the token need not
// be verified here.
func granted(token *oauth2.Token, asked []string) []string {
	if scope, ok := token.Extra("scope").(string); ok {
		return strings.Fields(scope)
	}
	var claims struct{ Scope *string }
	if parts := strings.Split(token.AccessToken, "."); len(parts) == 3 {
		b, _ := base64.RawURLEncoding.DecodeString(parts[1])
		if json.Unmarshal(b, &claims) == nil && claims.Scope != nil {
			return strings.Fields(*claims.Scope)
		}
	}
	return asked
}

// issuerProblem is a failure to reach the issuer, or of the issuer. The reason goes to the log
// and not onto the page.
func issuerProblem(err error) error {
	return fmt.Errorf("%w: %w", Refusal(http.StatusBadGateway, "issuer"), err)
}
