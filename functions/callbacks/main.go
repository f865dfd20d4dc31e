// Command callbacks tells other systems what became of the requests that they sent.
//
// Trigger: a queue, which a rule on the bus of receipts fills, publish, and callbacks itself.
// Output: HTTPS requests to the URLs that the requests gave; mails to people without an account; a
// ticket for each such mail. Failure: a callback or a mail that fails is tried again, 12 times over
// about two days; then it is in the dead-letter queue, with the reason.
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
	"consent-receipts/shared/aws/ses"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/door"
)

// attempt bounds one callback.
const attempt = 10 * time.Second

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		open, err := service.NewLedger(env, service.SignsNothing)
		if err != nil {
			return nil, err
		}
		mails := teller(env)
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
				Mails:   mails(l),
				Counter: &counter.Counter{Registrar: l.Registrar, Tickets: l.Store}, API: api,
				Sender: callback.NewSender(callback.Public(), attempt, time.Now), Queue: queues, Dead: dead, Clock: time.Now, Log: l.Log,
			}, nil
		}, (*notify.Handler).Handle), nil
	})
}

// teller returns what tells people without an account, once there is a ledger, or nil where no mails
// are sent.
func teller(env *boot.Env) func(*service.Ledger) *door.Teller {
	from, identity, page := env.Optional("MAIL_FROM"), env.Optional("MAIL_IDENTITY"), env.String("BASE_URL")+door.PagePath
	if from == "" {
		return func(*service.Ledger) *door.Teller { return nil }
	}
	sealer, send := keys.NewSealer(keys.NewClient(env.AWS("KMS")), env.String("IDENTITY_KEY_ID")), ses.Open(env.AWS("SES"), from, identity).Send
	return func(l *service.Ledger) *door.Teller {
		return &door.Teller{Registrar: l.Registrar, Tickets: l.Store, Identify: sealer.Open, Send: send, Page: page}
	}
}
