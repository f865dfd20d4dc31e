package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/ledger"
)

// batch is what Lambda hands over of the table's stream, with its records unchanged.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
type batch struct {
	Records []json.RawMessage
}

// handle publishes a batch. If records fail, it answers with the first of them, from which
// the stream delivers again. It publishes the good records after that one too, because the
// stream gives up on a whole batch.
func handle(ctx context.Context, p *publish.Publisher, in batch) (out events.DynamoDBEventResponse) {
	var changes []ledger.Change
	for _, record := range in.Records {
		if c, ok := dynamoledger.DecodeChange(record); ok {
			changes = append(changes, c)
		}
	}
	for i, err := range p.Publish(ctx, changes) {
		if err != nil {
			out.BatchItemFailures = []events.DynamoDBBatchItemFailure{{ItemIdentifier: changes[i].Mark}}
			break
		}
	}
	return out
}
