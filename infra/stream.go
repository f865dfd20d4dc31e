package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/ledger"
)

// These are the settings for reading the stream. A record lives for 24 hours. The dead-letter
// queue names the records that could not be published by then, and `desk republish` publishes
// them from the table.
const (
	streamBatch   = 100
	streamRetries = 20
	streamHours   = 12
)

// publishDeadLetters is the name of that queue.
const publishDeadLetters = stackName + "-publish" + queue.DeadLetterSuffix

// addStream lets publish read the table's stream: insertions of entries, and changes, which
// occur only if somebody edits the table by hand. It leaves out removals: an erasure
// publishes its own entry.
func (s *parts) addStream() {
	dead := s.newQueue("DeadLetters-publish", publishDeadLetters, deadLetterDays, nil)
	s.deadLetters["publish"] = dead
	begins := func(prefixes ...string) map[string]any {
		var all []any
		for _, prefix := range prefixes {
			all = append(all, map[string]any{"prefix": prefix})
		}
		return map[string]any{"S": all}
	}
	filter := map[string]any{
		"eventName": []any{"INSERT", "MODIFY"},
		"dynamodb":  map[string]any{"Keys": map[string]any{"pk": begins(ledger.KindPerson.Prefix(), ledger.KindContact.Prefix()), "sk": begins("receipt#")}},
	}
	awslambda.NewEventSourceMapping(s.scope, jsii.String("Stream-publish"), &awslambda.EventSourceMappingProps{
		Target: s.functions["publish"], EventSourceArn: s.table.TableStreamArn(),
		StartingPosition: awslambda.StartingPosition_TRIM_HORIZON, BatchSize: jsii.Number(streamBatch),
		BisectBatchOnError: jsii.Bool(true), ReportBatchItemFailures: jsii.Bool(true),
		RetryAttempts: jsii.Number(streamRetries), MaxRecordAge: awscdk.Duration_Hours(jsii.Number(streamHours)),
		OnFailure: awslambdaeventsources.NewSqsDlq(dead),
		Filters:   &[]*map[string]any{awslambda.FilterCriteria_Filter(&filter)},
	})
}
