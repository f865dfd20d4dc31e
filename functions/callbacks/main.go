// Command callbacks tells other systems what became of the requests that they sent.
//
// Trigger: a queue, which a rule on the bus of receipts fills, and callbacks itself.
// Output: HTTPS requests to the URLs that the requests gave. Failure: a callback that
// fails is tried again, 12 times over about two days; then it is in the dead-letter
// queue, with the reason.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/notify"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/counter"
)

// attempt bounds one callback.
const attempt = 10 * time.Second

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		open, err := service.NewLedger(env, service.SignsNothing)
		if err != nil {
			return nil, err
		}
		kms, answering, dead := keys.NewClient(env.AWS("KMS")), env.Optional("OPENDSR_KEY_ID"), env.String("DEAD_LETTERS")
		queues := queue.New(env.AWS("SQS"))
		return boot.Handler(func(ctx context.Context) (*notify.Handler, error) {
			l, err := open.Get(ctx)
			if err != nil {
				return nil, err
			}
			api := &protocols.API{DRP: &protocols.DRP{}, Clock: time.Now, Log: l.Log} // agents' callbacks are not signed
			if answering != "" {
				if api.OpenDSR, err = protocols.LoadOpenDSR(os.DirFS(protocols.SettingsFolder), keys.RSAOf(kms, answering), rand.Reader, time.Now()); err != nil {
					return nil, err
				}
			}
			return &notify.Handler{
				Counter: &counter.Counter{Registrar: l.Registrar, Tickets: l.Store}, API: api,
				Sender: callback.NewSender(callback.Public(), attempt, time.Now), Queue: queues, Dead: dead, Clock: time.Now, Log: l.Log,
			}, nil
		}, (*notify.Handler).Handle), nil
	})
}
