// Command republish tells other systems again of receipts that are in the ledger.
//
// Trigger: its queue, into which `desk republish` puts a piece for each segment of the table,
// and republish itself the pieces that follow. Output: events on the bus of receipts, the same
// as the first time. Failure: a piece comes again, five times, and goes to the dead-letter
// queue; put back into the queue, it goes on where it stopped.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/trust"
	"consent-receipts/functions/internal/piecework"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/published"
	"consent-receipts/shared/receipt"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		roots, err := trust.Roots(env)
		issuer, dead, queues := env.String("ISSUER"), env.String("DEAD_LETTERS"), queue.New(env.AWS("SQS"))
		bus := eventbus.New(env.AWS("EVENTBRIDGE"), env.String("EVENT_BUS"), contracts.Source, contracts.DetailType)
		table := dynamoledger.OpenScanner(env.AWS("DYNAMODB"), env.String("SCANNED_TABLE"))
		return boot.Handler(func(context.Context) (*piecework.Handler[published.Segment], error) {
			verifier, err := receipt.NewVerifier(roots...)
			p := &published.Republisher{Events: &published.Events{Verifier: verifier, Issuer: issuer}, Bus: bus, Scan: table, Log: env.Log}
			return &piecework.Handler[published.Segment]{Do: p.Do, Never: published.ErrSegment, Queue: queues, Dead: dead, Log: env.Log}, err
		}, func(h *piecework.Handler[published.Segment], ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
			return h.Handle(ctx, batch)
		}), err
	})
}
