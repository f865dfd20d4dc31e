// Command report counts the data requests of all people, and hands the figures to those who
// answer for them.
//
// Trigger: its queue, into which a schedule puts a message each day. Output: files in the
// operator's bucket, a mail by the operator's topic, or both. Failure: the message comes again,
// five times, and goes to the dead-letter queue; a report that is made again replaces its files.
package main

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/dailyreport"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/reports"
	"consent-receipts/shared/registrar"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		h := dailyreport.Handler{Desk: env.String("BASE_URL"), Clock: time.Now, Log: env.Log}
		if name := env.Optional("REPORT_BUCKET"); name != "" {
			h.Put = reports.OpenBucket(env.AWS("S3"), name).Put
		}
		if arn := env.Optional("REPORT_TOPIC"); arn != "" {
			h.Publish = reports.OpenTopic(env.AWS("SNS"), arn).Publish
		}
		store, digest := dynamoledger.Open(env.AWS("DYNAMODB"), env.String("TABLE_NAME")), env.String("CATALOGUE")
		return boot.Handler(func(ctx context.Context) (*dailyreport.Handler, error) {
			catalogues, err := registrar.NewCatalogues(ctx, store, digest)
			if err != nil {
				return nil, err
			}
			of := h
			of.Docket = store
			of.Catalogue, _ = catalogues.Current()
			return &of, nil
		}, func(h *dailyreport.Handler, ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
			return events.SQSEventResponse{}, h.Handle(ctx, batch)
		}), nil
	})
}
