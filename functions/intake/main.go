// Command intake takes events in from other systems: opt-ins, opt-outs, data
// requests and signals, each in the envelope of events/schema/envelope.
//
// Trigger: one SQS queue per producer, filled by a rule on the intake bus. Output:
// a signed receipt per event, appended to the person's ledger. Failure: what may
// succeed later is delivered again; what never can goes to the queue's dead-letter
// queue, with the reason.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/aws/queue"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		producers, err := intake.ParseProducers(env.String("PRODUCERS"))
		if err != nil {
			return nil, err
		}
		open, err := service.Sealing(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		h := &intake.Handler{
			Producers: producers, DeadLetters: queue.New(env.AWS("SQS")), Log: env.Log,
			Metrics: &emf.Emitter{Out: os.Stdout, Now: time.Now},
		}
		return boot.Handler(open.Get, func(s *service.Service, ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
			h.Registrar, h.Pseudonyms = s.Registrar, s.Pseudonyms
			return h.Handle(ctx, batch)
		}), err
	})
}
