package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// parts is the stack, with the parts that one concern makes for another.
type parts struct {
	awscdk.Stack
	scope  constructs.Construct // in which all of it is made: the stack; a test puts it one level deeper
	config *config

	rootKey, pseudonymKey, sessionKey, identityKey, dataKey awskms.Key

	table       awsdynamodb.Table
	attachments awss3.Bucket // files of answers

	api     awsapigatewayv2.CfnApi
	stage   awsapigatewayv2.CfnStage
	domain  awsapigatewayv2.CfnDomainName // nil: the API has its own name alone
	baseURL string

	people, staff identity
	controllers   []controller
	staffPool     awscognito.UserPool // nil: the operator has an issuer for the staff

	intakeBus, receiptsBus awsevents.EventBus

	functions       map[string]awslambda.Function
	roots           string // the result of provision, for the functions
	rootFingerprint string

	queues      map[string]awssqs.Queue // of producers, by name
	deadLetters map[string]awssqs.Queue // by the source of the failures
}

// arn returns the ARN of a resource of this account and region.
func (s *parts) arn(service, resource string) string {
	return "arn:" + *s.Partition() + ":" + service + ":" + *s.Region() + ":" + *s.Account() + ":" + resource
}

// roleARN returns the ARN of a function's role. Roles have fixed names, so that a policy can
// name a role that is made later, or whose own policy names the resource in turn.
func (s *parts) roleARN(function string) string {
	return "arn:" + *s.Partition() + ":iam::" + *s.Account() + ":role/" + roleName(function, *s.Region())
}

func roleName(function, region string) string { return stackName + "-" + function + "-" + region }

// functionName returns the name of a function. It is fixed too, since functions name each
// other in their environment.
func functionName(function string) string { return stackName + "-" + function }

func (s *parts) functionARN(function string) string {
	return s.arn("lambda", "function:"+functionName(function))
}

// queueName returns the name of a producer's queue. The function intake identifies the
// producer by it.
func queueName(producer string) string { return stackName + "-intake-" + producer }

// keep lets a resource outlive the stack, and fixes its logical id. CloudFormation knows a
// resource by its logical id alone: with another one it makes a new, empty resource, and
// leaves the old one behind. CDK derives ids from the place in the tree of constructs, so the
// id of what is kept must not depend on that place. A deployment that fails while it makes the
// resource removes it again (RetainExceptOnCreate), so that it can be repeated.
func keep(made constructs.IConstruct, logicalID string) {
	resource, ok := made.(awscdk.CfnResource)
	if !ok {
		if resource, ok = made.Node().DefaultChild().(awscdk.CfnResource); !ok {
			panic("no resource to keep as " + logicalID)
		}
	}
	resource.OverrideLogicalId(jsii.String(logicalID))
	resource.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}
