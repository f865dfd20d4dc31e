package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// sweepEvery is the interval of the sweep. Deadlines are whole days.
const sweepEvery = 1 // hours

// addSweep runs sweep on a schedule. Neither the schedule nor Lambda (whose default is two
// retries) repeats a failed run: the next runs do its work.
func (s *parts) addSweep() {
	s.functions["sweep"].ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{RetryAttempts: jsii.Number(0)})
	awsevents.NewRule(s.scope, jsii.String("Schedule-sweep"), &awsevents.RuleProps{
		Description: jsii.String("Consent receipts: what time alone changes"),
		Schedule:    awsevents.Schedule_Rate(awscdk.Duration_Hours(jsii.Number(sweepEvery))),
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(s.functions["sweep"], &awseventstargets.LambdaFunctionProps{
			Event: awsevents.RuleTargetInput_FromObject(&map[string]any{}), RetryAttempts: jsii.Number(0),
		})},
	})
}
