package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
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
	dead := s.newQueue("DeadLetters-callbacks", callbacksName+"-dlq", deadLetterDays, nil)
	waiting := s.newQueue("Queue-callbacks", callbacksName, queueDays, &awssqs.DeadLetterQueue{
		Queue: dead, MaxReceiveCount: jsii.Number(callbackLimit),
	})
	undelivered := s.newQueue("Undelivered-callbacks", callbacksName+"-undelivered", deadLetterDays, nil)
	s.deadLetters["callbacks"], s.deadLetters["undelivered-callbacks"] = dead, undelivered

	rule := s.arn("events", "rule/"+*s.receiptsBus.EventBusName()+"/"+callbacksName)
	for _, target := range []awssqs.Queue{waiting, undelivered} {
		s.onlyFrom(target, rule)
	}
	awsevents.NewCfnRule(s.Stack, jsii.String("Rule-callbacks"), &awsevents.CfnRuleProps{
		Name: jsii.String(callbacksName), EventBusName: s.receiptsBus.EventBusName(),
		Description: jsii.String("Consent receipts: what became of data requests, for those who sent them"),
		EventPattern: map[string]any{
			"source": []string{events.Source}, "detail-type": []string{events.DetailType},
			"detail": map[string]any{"data": map[string]any{"event": []any{map[string]any{"prefix": "request-"}, "erasure"}}},
		},
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("queue"), Arn: waiting.QueueArn(), InputPath: jsii.String("$.detail"),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: undelivered.QueueArn()},
		}},
	})
	awslambda.NewEventSourceMapping(s.Stack, jsii.String("Callbacks"), &awslambda.EventSourceMappingProps{
		Target: s.functions["callbacks"], EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(callbacksBatch),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}
