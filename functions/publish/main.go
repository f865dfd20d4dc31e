// Command publish tells other systems that receipts were issued.
//
// Trigger: the stream of the table, insertions of entries only. Output: an event
// per receipt on the bus of receipts, at least once. Failure: the stream delivers
// again, halves the batch, and at last puts the place in the stream into the
// dead-letter queue; `publish/republish` publishes from the table.
package main

import (
	"os"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/trust"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/receipt"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		roots, err := trust.Roots(env)
		if err != nil {
			return nil, err
		}
		verifier, err := receipt.NewVerifier(roots...)
		h := &publish.Handler{
			Decode: dynamoledger.DecodeEntry,
			Issued: &publish.Issued{Verifier: verifier, Issuer: env.String("ISSUER")},
			Bus:    eventbus.New(env.AWS("EVENTBRIDGE"), env.String("EVENT_BUS"), publish.Source, publish.DetailType),
			Log:    env.Log, Metrics: &emf.Emitter{Out: os.Stdout, Now: time.Now},
		}
		return h.Handle, err
	})
}
