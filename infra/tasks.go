package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/sweep"
)

// sweepEvery is the interval of the sweep. Deadlines are whole days.
const sweepEvery = 1 // hours

// taskConcurrency is how many tasks of a function are done at once. A new account has 10
// environments in all, and people come first.
const taskConcurrency = 5

// addTasks gives the functions that work over everybody their queues of tasks. A schedule puts
// the task there that begins a sweep; `desk republish` puts the others' first tasks there.
func (s *parts) addTasks() {
	waiting := s.newTaskQueue(functions.Sweep)
	s.addRule(feed{
		name: functions.Sweep, queue: functionName(functions.Sweep),
		rule: awsevents.CfnRuleProps{
			Description:        jsii.String("Consent receipts: what time alone changes"),
			ScheduleExpression: awsevents.Schedule_Rate(awscdk.Duration_Hours(jsii.Number(sweepEvery))).ExpressionString(),
		},
		target: awsevents.CfnRule_TargetProperty{Input: jsii.String(fmt.Sprintf(`{"work":%q}`, sweep.Begin))},
	}, waiting)
	s.newTaskQueue(functions.Republish)
}

// newTaskQueue makes the queue of tasks of a function, which it works on one by one: a task
// may take all of the function's time.
func (s *parts) newTaskQueue(function string) awssqs.Queue {
	waiting := s.newWorkQueue(function, functionName(function), function, s.functions[function], queue.MaxReceives)
	awslambda.NewEventSourceMapping(s.scope, jsii.String("Tasks-"+function), &awslambda.EventSourceMappingProps{
		Target: s.functions[function], EventSourceArn: waiting.QueueArn(), BatchSize: jsii.Number(1),
		MaxConcurrency: jsii.Number(taskConcurrency), ReportBatchItemFailures: jsii.Bool(true),
	})
	return waiting
}
