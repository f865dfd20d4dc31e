package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// sweepEvery is how often what time alone changes is recorded. Deadlines are days.
const sweepEvery = 1 // hours

// addSweep runs sweep by the clock. A run that fails is not tried again, neither by the
// schedule nor by Lambda, which would twice: the next ones do its work.
func (s *parts) addSweep() {
	s.functions["sweep"].ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{RetryAttempts: jsii.Number(0)})
	awsevents.NewRule(s.Stack, jsii.String("Schedule-sweep"), &awsevents.RuleProps{
		Description: jsii.String("Consent receipts: what time alone changes"),
		Schedule:    awsevents.Schedule_Rate(awscdk.Duration_Hours(jsii.Number(sweepEvery))),
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(s.functions["sweep"], &awseventstargets.LambdaFunctionProps{
			Event: awsevents.RuleTargetInput_FromObject(&map[string]any{}), RetryAttempts: jsii.Number(0),
		})},
	})
}
