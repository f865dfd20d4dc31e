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

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/portal"
	"consent-receipts/shared/aws/keys"
)

// What the pages ask for, so that they can act for the person, and the desk's for the
// staff: an issuer gives the latter to the staff alone.
var (
	scopes      = []string{"openid", "consent-receipts/self"}
	staffScopes = []string{"openid", "consent-receipts/operator", "consent-receipts/auditor"}
)

// sessionLabel is what the key of the session cookies is derived from.
const sessionLabel = "consent-receipts/session/1"

// timeout bounds what the pages ask of the API and of the issuer.
const timeout = 10 * time.Second

func main() { boot.Main(open) }

// notReady is the answer while the session key cannot be had.
var notReady = events.APIGatewayV2HTTPResponse{
	StatusCode: http.StatusServiceUnavailable,
	Headers:    map[string]string{"content-type": "text/plain; charset=utf-8", "retry-after": "1", "cache-control": "no-store"},
	Body:       "Please try again in a moment.\n",
}

type function = func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

func open(env *boot.Env) (any, error) {
	client := &http.Client{Timeout: timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	config := portal.Config{
		BaseURL: env.String("BASE_URL"), Languages: strings.Split(env.String("LANGUAGES"), ","),
		People: portal.Client{Issuer: env.String("OIDC_ISSUER"), ID: env.String("OIDC_CLIENT_ID"), Scopes: scopes},
		Staff:  portal.Client{Issuer: env.String("STAFF_OIDC_ISSUER"), ID: env.String("STAFF_OIDC_CLIENT_ID"), Scopes: staffScopes},
		API:    client, OIDC: client, Now: time.Now, Rand: rand.Reader,
	}
	kms, keyID := keys.NewClient(env.AWS("KMS")), env.String("SESSION_KEY_ID")
	pages := boot.Once[function]{Open: func(ctx context.Context) (function, error) {
		var err error
		if config.SessionKey, err = keys.Secret(ctx, kms, keyID, sessionLabel); err != nil {
			return nil, err
		}
		p, err := portal.New(config)
		return portal.Lambda(p), err
	}}
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		f, err := pages.Get(ctx)
		if err != nil {
			env.Log.Error("not ready", "request_id", e.RequestContext.RequestID, "error", err)
			return notReady, nil
		}
		return f(ctx, e)
	}, nil
}
