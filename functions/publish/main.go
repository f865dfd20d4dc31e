// Command publish tells other systems that receipts were issued.
//
// Trigger: the stream of the table, insertions and changes of entries. Output: an event
// per receipt on the bus of receipts, at least once, or in the queue of callbacks if it is of
// somebody without an account; and a line in the log that an alarm watches where an entry was
// changed, which never happens. Failure: the stream delivers
// again, halves the batch, and at last puts the place in the stream into the
// dead-letter queue; `desk republish` publishes from the table.
package main

import (
	"context"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/trust"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/published"
	"consent-receipts/shared/receipt"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		roots, err := trust.Roots(env)
		p := &publish.Publisher{
			Events:   &published.Events{Verifier: receipt.NewVerifier(roots...), Issuer: env.String("ISSUER")},
			Bus:      eventbus.New(env.AWS("EVENTBRIDGE"), env.String("EVENT_BUS"), contracts.Source, contracts.DetailType),
			Contacts: queue.Bus{Sender: queue.New(env.AWS("SQS")), ARN: env.String("CALLBACKS_QUEUE")},
			Log:      env.Log, Metrics: &emf.Emitter{Out: os.Stdout, Now: time.Now},
		}
		return func(ctx context.Context, in batch) (events.DynamoDBEventResponse, error) {
			return handle(ctx, p, in), nil
		}, err
	})
}
