// Command sweep records what time alone changes: consents that end, data requests that
// nobody answered in time.
//
// Trigger: its queue of tasks. A schedule puts one there each hour, which begins a run; by
// hand, {"work":"begin","days":30} looks further back. Output: receipts, appended to people's
// ledgers; the tasks that follow; and the counts of overdue requests and of people who failed,
// as metrics. Failure: a task comes again, five times, and goes to the dead-letter queue. A
// person who failed is found by the next runs.
package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/piecework"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/sweep"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		open, err := service.NewLedger(env, certifier.New(env.AWS("LAMBDA"), env.String("CERTIFY_FUNCTION")).Certify)
		metrics := &emf.Emitter{Out: os.Stdout, Now: time.Now}
		queues, dead := queue.New(env.AWS("SQS")), env.String("DEAD_LETTERS")
		tasks := strings.TrimSuffix(dead, queue.DeadLetterSuffix)
		return boot.Handler(open.Get, func(l *service.Ledger, ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
			s := &sweep.Sweep{
				Registrar: l.Registrar, Agenda: l.Store, Docket: l.Store, Done: l.Store, Log: env.Log,
				Waiting: func(ctx context.Context) (int, error) { return queues.Waiting(ctx, tasks) },
				Count:   func(metric string, n int) { metrics.Count(metric, n, map[string]string{alarm.Function: "sweep"}) },
			}
			h := &piecework.Handler[sweep.Task]{Never: sweep.ErrTask, Queue: queues, Dead: dead, Log: env.Log, Do: func(ctx context.Context, t sweep.Task) ([]sweep.Task, error) {
				_, next, err := s.Do(ctx, t)
				return next, err
			}}
			return h.Handle(ctx, batch)
		}), err
	})
}
