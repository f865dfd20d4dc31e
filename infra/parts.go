package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
)

// parts is the stack with what one concern makes for another.
type parts struct {
	awscdk.Stack
	config *config

	rootKey, pseudonymKey, sessionKey, dataKey awskms.Key

	table awsdynamodb.Table

	api     awsapigatewayv2.CfnApi
	stage   awsapigatewayv2.CfnStage
	baseURL string

	people, staff identity
	controllers   []controller
	staffPool     awscognito.UserPool // nil: the staff has an issuer of the operator's

	intakeBus, receiptsBus awsevents.EventBus

	functions       map[string]awslambda.Function
	roots           string // what provision gives to the functions
	rootFingerprint string

	queues      map[string]awssqs.Queue // of producers, by name
	deadLetters map[string]awssqs.Queue // by what failed
}

// arn names something of this account in this region.
func (s *parts) arn(service, resource string) string {
	return "arn:" + *s.Partition() + ":" + service + ":" + *s.Region() + ":" + *s.Account() + ":" + resource
}

// roleARN is the ARN of a function's role. Roles have fixed names, so that policies
// can name a role that comes later, or that would name them in turn.
func (s *parts) roleARN(function string) string {
	return "arn:" + *s.Partition() + ":iam::" + *s.Account() + ":role/" + roleName(function, *s.Region())
}

func roleName(function, region string) string { return stackName + "-" + function + "-" + region }

// functionName is fixed too: functions name each other in their environment.
func functionName(function string) string { return stackName + "-" + function }

// queueName is the name of a producer's queue. The function intake knows the
// producer by it.
func queueName(producer string) string { return stackName + "-intake-" + producer }
