// Command portal is the function behind the web pages of people and of the staff. It
// reaches the HTTP API with the token of whoever is signed in and has no other right.
//
// Trigger: HTTP API, every route that is no route of the API. Output: a page.
// Failure: a page that says so.
package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/portal"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/aws/keys"
)

// What the pages ask for, so that they can act for the person, and the desk's for the
// staff: an issuer gives the latter to the staff alone.
var (
	scopes      = []string{"openid", api.ScopeSelf}
	staffScopes = []string{"openid", api.ScopeOperator, api.ScopeAuditor}
)

// sessionLabel is what the key of the session cookies is derived from.
const sessionLabel = "consent-receipts/session/1"

func main() { boot.Main(open) }

func open(env *boot.Env) (any, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	config := portal.Config{
		Config: shell.Config{
			BaseURL: env.String("BASE_URL"), Languages: strings.Split(env.String("LANGUAGES"), ","),
			API: client, OIDC: client, Now: time.Now, Rand: rand.Reader,
		},
		People: shell.Client{Issuer: env.String("OIDC_ISSUER"), ID: env.String("OIDC_CLIENT_ID"), Scopes: scopes},
		Staff:  shell.Client{Issuer: env.String("STAFF_OIDC_ISSUER"), ID: env.String("STAFF_OIDC_CLIENT_ID"), Scopes: staffScopes},
	}
	kms, keyID := keys.NewClient(env.AWS("KMS")), env.String("SESSION_KEY_ID")
	pages := boot.Once[gateway.Handlers]{Open: func(ctx context.Context) (gateway.Handlers, error) {
		var err error
		if config.SessionKey, err = keys.Secret(ctx, kms, keyID, sessionLabel); err != nil {
			return nil, err
		}
		p, err := portal.New(config)
		if err != nil {
			return nil, err
		}
		logged := func(w http.ResponseWriter, r *http.Request) error { p.ServeHTTP(w, r); return nil }
		return gateway.Handlers{gateway.Default: gateway.Handle(env.Log, logged, nil)}, nil
	}}
	return gateway.Open(pages.Get, func(why error) http.Handler {
		return gateway.Handle(env.Log, func(http.ResponseWriter, *http.Request) error { return why }, later)
	}), nil
}

// later is the answer while the session key cannot be had.
func later(w http.ResponseWriter, _ *http.Request, why error) []any {
	w.Header().Set("Retry-After", "1")
	http.Error(w, "Please try again in a moment.", http.StatusServiceUnavailable)
	return []any{"error", why}
}
