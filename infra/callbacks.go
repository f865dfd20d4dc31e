package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/events"
)

// How the queue of callbacks behaves. The function knows by a message's age how often it
// was tried, and buries it with the reason after 12 attempts; the queue's own limit is for
// what it never gets to.
const (
	callbacksName  = stackName + "-callbacks"
	callbacksBatch = 5
	callbackLimit  = 36
)

// addCallbacks gives callbacks a queue, and has a rule put the news of data requests
// into it.
func (s *parts) addCallbacks() {
	waiting := s.newFedQueue(fedQueue{
		name: "callbacks", queue: callbacksName, deadLetters: "callbacks", receives: callbackLimit, bus: s.receiptsBus,
		what: "Consent receipts: what became of data requests, for those who sent them",
		pattern: map[string]any{
			"source": []string{events.Source}, "detail-type": []string{events.DetailType},
			"detail": map[string]any{"data": map[string]any{"event": []any{map[string]any{"prefix": "request-"}, "erasure"}}},
		},
	})
	awslambda.NewEventSourceMapping(s.Stack, jsii.String("Callbacks"), &awslambda.EventSourceMappingProps{
		Target: s.functions["callbacks"], EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(callbacksBatch),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}
