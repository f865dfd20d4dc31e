package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/shared/aws/queue"
)

// These are the settings of intake.
const (
	intakeBatch       = 10
	intakeConcurrency = 10
)

// addIntake gives each producer its own rule and queue: the queue of a message identifies its
// producer.
func (s *parts) addIntake() {
	for _, name := range s.config.producerNames() {
		s.addProducer(name, s.config.producers[name])
	}
}

func (s *parts) addProducer(name string, p producer) {
	waiting := s.newWorkQueue(name, queueName(name), "intake-"+name, s.functions["intake"], queue.MaxReceives)
	s.addRule(feed{
		name: name, queue: queueName(name), bus: s.intakeBus,
		rule: awsevents.CfnRuleProps{
			Description: jsii.String("Consent receipts: events of producer " + name), EventPattern: map[string]any{"source": []string{name}},
		},
		target: awsevents.CfnRule_TargetProperty{InputPath: jsii.String("$.detail")},
	}, waiting)
	s.queues[name] = waiting
	if p.Principal != "" {
		s.intakeBus.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("Producer" + name), Principals: &[]awsiam.IPrincipal{awsiam.NewArnPrincipal(jsii.String(p.Principal))},
			Actions: jsii.Strings("events:PutEvents"), Resources: jsii.Strings(*s.intakeBus.EventBusArn()),
			Conditions: &map[string]any{"StringEquals": map[string]any{"events:source": name}},
		}))
	}
	awslambda.NewEventSourceMapping(s.scope, jsii.String("Intake-"+name), &awslambda.EventSourceMappingProps{
		Target: s.functions["intake"], EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(intakeBatch),
		MaxConcurrency: jsii.Number(intakeConcurrency), ReportBatchItemFailures: jsii.Bool(true),
	})
}
