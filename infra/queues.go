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

// These are the settings of all queues. Messages may carry customer ids and pseudonyms, and
// are kept only as long as people need to examine failures.
const (
	queueDays      = 4
	deadLetterDays = 14
)

// newWorkQueue makes the queue that a function works on, with a queue for the messages that
// are given up after so many receives. A message is hidden for six times the function's time
// limit, as Lambda requires. deadLetters is the name of its alarm.
func (s *parts) newWorkQueue(name, queueName, deadLetters string, function awslambda.Function, receives float64) awssqs.Queue {
	dead := s.newQueue("DeadLetters-"+name, queueName+queue.DeadLetterSuffix, deadLetterDays, nil)
	s.deadLetters[deadLetters] = dead
	return s.newQueue("Queue-"+name, queueName, queueDays, &awssqs.QueueProps{
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(receives)},
		VisibilityTimeout: awscdk.Duration_Seconds(jsii.Number(6 * *function.Timeout().ToSeconds(nil))),
	})
}

// feed says how a rule fills a queue.
type feed struct {
	name, queue string             // of the rule, behind the stack's; of the queue
	bus         awsevents.EventBus // nil: the rule has a schedule
	rule        awsevents.CfnRuleProps
	target      awsevents.CfnRule_TargetProperty
}

// addRule makes the rule that fills a queue, and a queue for what the rule cannot deliver.
func (s *parts) addRule(f feed, waiting awssqs.Queue) {
	undelivered := s.newQueue("Undelivered-"+f.name, f.queue+"-undelivered", deadLetterDays, nil)
	s.deadLetters["undelivered-"+f.name] = undelivered
	f.rule.Name = jsii.String(stackName + "-" + f.name)
	path := *f.rule.Name
	if f.bus != nil {
		f.rule.EventBusName = f.bus.EventBusName()
		path = *f.bus.EventBusName() + "/" + path
	}
	for _, to := range []awssqs.Queue{waiting, undelivered} {
		onlyFrom(to, "OnlyItsRule", s.arn("events", "rule/"+path))
	}
	f.target.Id, f.target.Arn = jsii.String("queue"), waiting.QueueArn()
	f.target.DeadLetterConfig = &awsevents.CfnRule_DeadLetterConfigProperty{Arn: undelivered.QueueArn()}
	f.rule.Targets = []any{&f.target}
	awsevents.NewCfnRule(s.scope, jsii.String("Rule-"+f.name), &f.rule)
}

// onlyFrom lets one rule or bus send to a queue. Without the condition any account's could,
// and speak for the producer.
func onlyFrom(queue awssqs.Queue, sid, arn string) {
	queue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String(sid), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions: jsii.Strings("sqs:SendMessage"), Resources: jsii.Strings(*queue.QueueArn()),
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": arn}},
	}))
}

// newQueue makes an encrypted queue that accepts TLS only. What is special about it is in
// props, which may be nil.
func (s *parts) newQueue(id, name string, days float64, props *awssqs.QueueProps) awssqs.Queue {
	if props == nil {
		props = &awssqs.QueueProps{}
	}
	props.QueueName, props.Encryption, props.EncryptionMasterKey = jsii.String(name), awssqs.QueueEncryption_KMS, s.dataKey
	props.EnforceSSL, props.RetentionPeriod = jsii.Bool(true), awscdk.Duration_Days(jsii.Number(days))
	return awssqs.NewQueue(s.scope, jsii.String(id), props)
}
