// Command sweep records what time alone changes: consents that end, data requests that
// nobody answered in time.
//
// Trigger: a schedule, each hour; or by hand, with {"days": n} to look further back.
// Output: receipts, appended to people's ledgers, and the count of overdue requests as
// a metric. Failure: the next runs find what this one left, each beginning with somebody
// else; an alarm tells of errors, and of hours without a run.
package main

import (
	"context"
	"math/rand/v2"
	"os"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/sweep"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		open, err := service.NewLedger(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		metrics := &emf.Emitter{Out: os.Stdout, Now: time.Now}
		return boot.Handler(open.Get, func(l *service.Ledger, ctx context.Context, order sweep.Order) (sweep.Report, error) {
			s := &sweep.Sweep{
				Registrar: l.Registrar, Agenda: l.Store, Docket: l.Store, Pick: rand.IntN, Log: env.Log,
				Overdue: func(n int) { metrics.Count(alarm.Overdue, n, map[string]string{alarm.Function: "sweep"}) },
			}
			return s.Run(ctx, order)
		}), err
	})
}
