// Command protocols serves the protocols by which other systems send data requests:
// OpenDSR, with its older name OpenGDPR, and the Data Rights Protocol.
//
// Trigger: HTTP API. Output: signed receipts, appended to people's ledgers, and a
// ticket for each request. Failure: an answer in the words of the protocol; a 503 may
// be sent again and finds out what happened. A protocol whose settings are not in the
// package is not found.
package main

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/matcher"
	"consent-receipts/shared/counter"
)

// tokensLabel is what the secret of the agents' tokens is derived from.
const tokensLabel = "consent-receipts/agent-tokens/1"

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		open, err := service.Sealing(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		if err != nil {
			return nil, err
		}
		kms, files := keys.NewClient(env.AWS("KMS")), os.DirFS(protocols.SettingsFolder)
		answering, pseudonymKey, match := env.Optional("OPENDSR_KEY_ID"), env.String("PSEUDONYM_KEY_ID"), env.Optional("MATCH_FUNCTION")
		ready := boot.Once[gateway.Handlers]{Open: func(ctx context.Context) (gateway.Handlers, error) {
			s, err := open.Get(ctx)
			if err != nil {
				return nil, err
			}
			counter := &counter.Counter{Registrar: s.Registrar, Pseudonyms: s.Pseudonyms, Tickets: s.Store}
			api := &protocols.API{Counter: counter, Clock: time.Now, Log: s.Log}
			if answering != "" {
				if api.OpenDSR, err = protocols.LoadOpenDSR(files, keys.RSAOf(kms, answering), rand.Reader, time.Now()); err != nil {
					return nil, err
				}
			}
			if match != "" {
				counter.Match = matcher.New(env.AWS("LAMBDA"), match).Match
				secret, err := keys.Secret(ctx, kms, pseudonymKey, tokensLabel)
				if err != nil {
					return nil, err
				}
				if api.DRP, err = protocols.LoadDRP(files, secret, rand.Reader); err != nil {
					return nil, err
				}
			}
			return api.Handlers(), nil
		}}
		return gateway.Open(ready.Get, func(why error) http.Handler { return protocols.NotReady(env.Log, why) }), nil
	})
}
