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

// Finish sets what only one function has.
type Finish func(context.Context, *service.Service, *handler.API) error

// nothing is the Finish of a function that has nothing more than others.
func nothing(context.Context, *service.Service, *handler.API) error { return nil }

// Writer makes the handler of a function that appends receipts, and by which no data requests
// come in.
func Writer(function string) func(*boot.Env) (any, error) {
	return func(env *boot.Env) (any, error) {
		open, err := service.New(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		return serve(env, function, open, nothing), err
	}
}

// Requests makes the handler of a function by which data requests come in. It appends receipts,
// and seals whose the requests are.
func Requests(function string) func(*boot.Env) (any, error) { return RequestsWith(function, nothing) }

// RequestsWith is Requests for a function that has more than others.
func RequestsWith(function string, finish Finish) func(*boot.Env) (any, error) {
	return func(env *boot.Env) (any, error) {
		open, err := service.Sealing(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		return serve(env, function, open, finish), err
	}
}

// Reader makes the handler of a function that only reads and makes copies.
func Reader(function string, copies *handler.Copies, finish Finish) func(*boot.Env) (any, error) {
	return func(env *boot.Env) (any, error) {
		open, err := service.New(env, service.SignsNothing)
		return serve(env, function, open, func(ctx context.Context, s *service.Service, a *handler.API) error {
			a.Copies = copies
			return finish(ctx, s, a)
		}), err
	}
}

// serve opens the service at the first event. Until that succeeds it answers 503, and the
// caller may try again: nothing was done.
func serve(env *boot.Env, function string, open *boot.Once[*service.Service], finish Finish) gateway.Func {
	refuse := problem.Refuse(env.String("ISSUER"), env.Log)
	ready := boot.Once[gateway.Handlers]{Open: func(ctx context.Context) (gateway.Handlers, error) {
		s, err := open.Get(ctx)
		if err != nil {
			return nil, err
		}
		api := &handler.API{
			Registrar: s.Registrar, Documents: s.Store, Pseudonyms: s.Pseudonyms, Roots: s.Roots,
			Audit: s.Audit, Docket: s.Store, Identify: s.Identify, Channel: channel, Log: s.Log,
		}
		if err := finish(ctx, s, api); err != nil {
			return nil, err
		}
		return api.Handlers(function), nil
	}}
	return gateway.Open(ready.Get, func(why error) http.Handler {
		return gateway.Handle(env.Log, func(http.ResponseWriter, *http.Request) error { return fmt.Errorf("%w: %w", ledger.ErrBusy, why) }, refuse)
	})
}
