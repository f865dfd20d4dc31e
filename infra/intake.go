package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/shared/aws/queue"
)

// These are the settings of the queues. A message is hidden for six times the function's time
// limit, as Lambda requires. Messages carry customer ids, and are kept only as long as people
// need to examine failures.
const (
	intakeBatch       = 10
	intakeConcurrency = 10
	visibility        = 6 * 60 // seconds
	queueDays         = 4
	deadLetterDays    = 14
)

// addBuses makes the bus for the producers' events, and the bus for the events on receipts.
func (s *parts) addBuses() {
	bus := func(id, name, what string) awsevents.EventBus {
		return awsevents.NewEventBus(s.scope, jsii.String(id), &awsevents.EventBusProps{
			EventBusName: jsii.String(stackName + name), Description: jsii.String(what), KmsKey: s.dataKey,
		})
	}
	s.intakeBus = bus("IntakeBus", "-intake", "Consent receipts: events of producers come in")
	s.receiptsBus = bus("ReceiptsBus", "-receipts", "Consent receipts: tells of each receipt")
	s.queues, s.deadLetters = map[string]awssqs.Queue{}, map[string]awssqs.Queue{}
}

// addIntake gives each producer its own rule and queue: the queue of a message identifies its
// producer.
func (s *parts) addIntake() {
	for _, name := range s.config.producerNames() {
		s.addProducer(name, s.config.producers[name])
	}
}

func (s *parts) addProducer(name string, p producer) {
	waiting := s.newFedQueue(fedQueue{
		name: name, queue: queueName(name), deadLetters: "intake-" + name, receives: queue.MaxReceives, bus: s.intakeBus,
		what: "Consent receipts: events of producer " + name, pattern: map[string]any{"source": []string{name}},
	})
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

// fedQueue describes a queue that a rule on a bus fills.
type fedQueue struct {
	name, queue string
	deadLetters string // how the alarm on its dead-letter queue is called
	receives    float64
	bus         awsevents.EventBus
	what        string
	pattern     map[string]any
}

// newFedQueue makes a queue and the rule that fills it, with a queue for the messages that
// are given up, and one for the events that the rule cannot deliver.
func (s *parts) newFedQueue(q fedQueue) awssqs.Queue {
	dead := s.newQueue("DeadLetters-"+q.name, q.queue+queue.DeadLetterSuffix, deadLetterDays, nil)
	waiting := s.newQueue("Queue-"+q.name, q.queue, queueDays, &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(q.receives)})
	undelivered := s.newQueue("Undelivered-"+q.name, q.queue+"-undelivered", deadLetterDays, nil)
	s.deadLetters[q.deadLetters], s.deadLetters["undelivered-"+q.name] = dead, undelivered

	ruleName := stackName + "-" + q.name
	rule := s.arn("events", "rule/"+*q.bus.EventBusName()+"/"+ruleName)
	for _, target := range []awssqs.Queue{waiting, undelivered} {
		s.onlyFrom(target, rule)
	}
	awsevents.NewCfnRule(s.scope, jsii.String("Rule-"+q.name), &awsevents.CfnRuleProps{
		Name: &ruleName, EventBusName: q.bus.EventBusName(), Description: &q.what, EventPattern: q.pattern,
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("queue"), Arn: waiting.QueueArn(), InputPath: jsii.String("$.detail"),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: undelivered.QueueArn()},
		}},
	})
	return waiting
}

// onlyFrom lets one rule send to a queue. Without the condition any account's rule
// could, and speak for the producer.
func (s *parts) onlyFrom(queue awssqs.Queue, rule string) {
	queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("OnlyItsRule"), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions: jsii.Strings("sqs:SendMessage"), Resources: jsii.Strings(*queue.QueueArn()),
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": rule}},
	}))
}

// newQueue makes an encrypted queue that accepts TLS only.
func (s *parts) newQueue(id, name string, days float64, dead *awssqs.DeadLetterQueue) awssqs.Queue {
	return awssqs.NewQueue(s.scope, jsii.String(id), &awssqs.QueueProps{
		QueueName: jsii.String(name), Encryption: awssqs.QueueEncryption_KMS, EncryptionMasterKey: s.dataKey,
		EnforceSSL: jsii.Bool(true), RetentionPeriod: awscdk.Duration_Days(jsii.Number(days)),
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(visibility)), DeadLetterQueue: dead,
	})
}
