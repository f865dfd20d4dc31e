// Package api wires the functions behind the HTTP API.
package api

import (
	"context"
	"fmt"
	"net/http"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/ledger"
)

// channel is the channel in receipts.
const channel = "web"

// More gives an API what not every function links. It reads the environment, and makes no request.
type More func(*boot.Env, *handler.API)

// Writer makes the handler of a function that appends receipts.
func Writer(function string, more ...More) func(*boot.Env) (any, error) {
	return func(env *boot.Env) (any, error) {
		open, err := service.New(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		return serve(env, function, open, handler.API{}, more), err
	}
}

// Reader makes the handler of a function that only reads and makes copies.
func Reader(function string, copies *handler.Copies, more ...More) func(*boot.Env) (any, error) {
	return func(env *boot.Env) (any, error) {
		open, err := service.New(env, service.SignsNothing)
		return serve(env, function, open, handler.API{Copies: copies}, more), err
	}
}

// serve opens the service at the first event. Until that succeeds it answers 503, and the
// caller may try again: nothing was done.
func serve(env *boot.Env, function string, open *boot.Once[*service.Service], with handler.API, more []More) gateway.Func {
	for _, add := range more {
		add(env, &with)
	}
	refuse := problem.Refuse(env.String("ISSUER"), env.Log)
	ready := boot.Once[gateway.Handlers]{Open: func(ctx context.Context) (gateway.Handlers, error) {
		s, err := open.Get(ctx)
		if err != nil {
			return nil, err
		}
		api := with
		api.Registrar, api.Documents, api.Pseudonyms, api.Roots = s.Registrar, s.Store, s.Pseudonyms, s.Roots
		api.Audit, api.Docket, api.Channel, api.Log = s.Audit, s.Store, channel, s.Log
		return api.Handlers(function), nil
	}}
	return gateway.Open(ready.Get, func(why error) http.Handler {
		return gateway.Handle(env.Log, func(http.ResponseWriter, *http.Request) error { return fmt.Errorf("%w: %w", ledger.ErrBusy, why) }, refuse)
	})
}
