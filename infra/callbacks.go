package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/events"
)

// These are the settings of the callbacks' queue. The function derives the number of attempts
// from a message's age, and moves the message with the reason to the dead-letter queue after
// 12 attempts. The queue's own limit catches messages that the function never handles.
const (
	callbacksName  = stackName + "-callbacks"
	callbacksBatch = 5
	callbackLimit  = 36
)

// addCallbacks makes the queue of callbacks, and a rule that sends the events on data
// requests to it.
func (s *parts) addCallbacks() {
	waiting := s.newFedQueue(fedQueue{
		name: "callbacks", queue: callbacksName, deadLetters: "callbacks", receives: callbackLimit, bus: s.receiptsBus,
		what: "Consent receipts: what became of data requests, for those who sent them",
		pattern: map[string]any{
			"source": []string{events.Source}, "detail-type": []string{events.DetailType},
			"detail": map[string]any{"data": map[string]any{"event": []any{map[string]any{"prefix": "request-"}, "erasure"}}},
		},
	})
	awslambda.NewEventSourceMapping(s.scope, jsii.String("Callbacks"), &awslambda.EventSourceMappingProps{
		Target: s.functions["callbacks"], EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(callbacksBatch),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}
