package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/events"
)

// These are the settings of the callbacks' queue. The function derives the number of attempts
// from a message's age, and moves the message with the reason to the dead-letter queue after
// 12 attempts. The queue's own limit catches messages that the function never handles.
const (
	callbacksBatch = 5
	callbackLimit  = 36
)

// addCallbacks makes the queue of callbacks, and a rule that sends the events on data
// requests to it.
func (s *parts) addCallbacks() {
	function := s.functions["callbacks"]
	waiting := s.newWorkQueue("callbacks", functionName("callbacks"), "callbacks", function, callbackLimit)
	s.addRule(feed{
		name: "callbacks", queue: functionName("callbacks"), bus: s.receiptsBus,
		rule: awsevents.CfnRuleProps{
			Description: jsii.String("Consent receipts: what became of data requests, for those who sent them"),
			EventPattern: map[string]any{
				"source": []string{events.Source}, "detail-type": []string{events.DetailType},
				"detail": map[string]any{"data": map[string]any{"event": []any{map[string]any{"prefix": "request-"}, "erasure"}}},
			},
		},
		target: awsevents.CfnRule_TargetProperty{InputPath: jsii.String("$.detail")},
	}, waiting)
	awslambda.NewEventSourceMapping(s.scope, jsii.String("Callbacks"), &awslambda.EventSourceMappingProps{
		Target: function, EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(callbacksBatch),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}
