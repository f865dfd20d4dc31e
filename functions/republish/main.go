// Command republish tells other systems again of receipts that are in the ledger.
//
// Trigger: its queue, into which `desk republish` puts a piece for each segment of the table,
// and republish itself the pieces that follow. Output: events on the bus of receipts, the same
// as the first time. Failure: a piece comes again, five times, and goes to the dead-letter
// queue; put back into the queue, it goes on where it stopped.
package main

import (
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
		p := &published.Republisher{
			Events: &published.Events{Verifier: receipt.NewVerifier(roots...), Issuer: env.String("ISSUER")},
			Bus:    eventbus.New(env.AWS("EVENTBRIDGE"), env.String("EVENT_BUS"), contracts.Source, contracts.DetailType),
			Scan:   dynamoledger.OpenScanner(env.AWS("DYNAMODB"), env.String("SCANNED_TABLE")), Log: env.Log,
		}
		h := &piecework.Handler[published.Segment]{
			Do: p.Do, Never: published.ErrSegment, Queue: queue.New(env.AWS("SQS")), Dead: env.String("DEAD_LETTERS"), Log: env.Log,
		}
		return h.Handle, err
	})
}
