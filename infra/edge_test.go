package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// The two functions below are what docs/edge.md shows.

// newEdge puts CloudFront and a web ACL before the API. The name is the stack's domainName, the
// target its output DomainTarget, and the certificate one of that name in us-east-1.
func newEdge(app awscdk.App, name, target, certificate string) awscdk.Stack {
	stack := awscdk.NewStack(app, jsii.String("ConsentReceiptsEdge"), &awscdk.StackProps{
		Env: &awscdk.Environment{Region: jsii.String("us-east-1")}, // CloudFront's certificates and web ACLs are there
	})
	seen := func(metric string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
		return &awswafv2.CfnWebACL_VisibilityConfigProperty{
			MetricName: &metric, CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(false), // samples hold cookies
		}
	}
	// The portal's own calls of the API come from addresses that many functions share. They have
	// a token, and API Gateway throttles them.
	withoutToken := &awswafv2.CfnWebACL_StatementProperty{NotStatement: &awswafv2.CfnWebACL_NotStatementProperty{
		Statement: &awswafv2.CfnWebACL_StatementProperty{SizeConstraintStatement: &awswafv2.CfnWebACL_SizeConstraintStatementProperty{
			FieldToMatch:       &awswafv2.CfnWebACL_FieldToMatchProperty{SingleHeader: map[string]string{"Name": "authorization"}},
			ComparisonOperator: jsii.String("GT"), Size: jsii.Number(0),
			TextTransformations: []any{&awswafv2.CfnWebACL_TextTransformationProperty{Priority: jsii.Number(0), Type: jsii.String("NONE")}},
		}},
	}}
	acl := awswafv2.NewCfnWebACL(stack, jsii.String("Acl"), &awswafv2.CfnWebACLProps{
		Scope: jsii.String("CLOUDFRONT"), VisibilityConfig: seen("Acl"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}},
		Rules: []any{&awswafv2.CfnWebACL_RuleProperty{
			Name: jsii.String("Rate"), Priority: jsii.Number(0), VisibilityConfig: seen("Rate"),
			Action: &awswafv2.CfnWebACL_RuleActionProperty{Block: map[string]any{}},
			Statement: &awswafv2.CfnWebACL_StatementProperty{RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType: jsii.String("IP"), Limit: jsii.Number(2000), EvaluationWindowSec: jsii.Number(300), ScopeDownStatement: withoutToken,
			}},
		}},
	})
	awscloudfront.NewDistribution(stack, jsii.String("Distribution"), &awscloudfront.DistributionProps{
		DomainNames: jsii.Strings(name), WebAclId: acl.AttrArn(), MinimumProtocolVersion: awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021,
		Certificate: awscertificatemanager.Certificate_FromCertificateArn(stack, jsii.String("Certificate"), &certificate),
		DefaultBehavior: &awscloudfront.BehaviorOptions{
			Origin:         awscloudfrontorigins.NewHttpOrigin(&target, &awscloudfrontorigins.HttpOriginProps{ProtocolPolicy: awscloudfront.OriginProtocolPolicy_HTTPS_ONLY}),
			AllowedMethods: awscloudfront.AllowedMethods_ALLOW_ALL(), ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY,
			CachePolicy:         awscloudfront.CachePolicy_CACHING_DISABLED(),   // what concerns one person is never kept
			OriginRequestPolicy: awscloudfront.OriginRequestPolicy_ALL_VIEWER(), // Host too: API Gateway knows the API by it
		},
	})
	return stack
}

// deployGradually lets a new version of a function have a tenth of the invocations for five
// minutes, and takes it back if the alarm fires. What invokes the function names the alias.
func deployGradually(function awslambda.Function, alarm awscloudwatch.Alarm) awslambda.Alias {
	alias := awslambda.NewAlias(function, jsii.String("Live"), &awslambda.AliasProps{
		AliasName: jsii.String("live"), Version: function.CurrentVersion(),
	})
	awscodedeploy.NewLambdaDeploymentGroup(function, jsii.String("Gradually"), &awscodedeploy.LambdaDeploymentGroupProps{
		Alias: alias, DeploymentConfig: awscodedeploy.LambdaDeploymentConfig_CANARY_10PERCENT_5MINUTES(),
		Alarms: &[]interfacesawscloudwatch.IAlarmRef{alarm},
	})
	return alias
}

// TestEdge: the code that docs/edge.md shows is the code above, and makes what the page says.
func TestEdge(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "edge.md"))
	must(t, err)
	source, err := os.ReadFile("edge_test.go")
	must(t, err)
	shown := 0
	for block := range strings.SplitSeq(string(page), "```") {
		if code, ok := strings.CutPrefix(block, "go\n"); ok {
			shown++
			if !strings.Contains(string(source), code) {
				t.Errorf("docs/edge.md shows other code than edge_test.go:\n%s", code)
			}
		}
	}
	if shown != 2 {
		t.Errorf("docs/edge.md shows %d pieces of code, want 2", shown)
	}
	tpl := built(t, t.TempDir(), nil, "ConsentReceiptsEdge", func(app awscdk.App) {
		newEdge(app, "consent.bank.example", "d-1.execute-api.eu-west-1.amazonaws.com", strings.Replace(certificate, "eu-west-1", "us-east-1", 1))
	})
	distribution := tpl.one(t, "AWS::CloudFront::Distribution", "Distribution").Properties["DistributionConfig"]
	wants(t, "name", at(distribution, "Aliases"), `["consent.bank.example"]`)
	wants(t, "target", at(distribution, "Origins", 0, "DomainName"), `"d-1.execute-api.eu-west-1.amazonaws.com"`)
	wants(t, "nothing is cached", at(distribution, "DefaultCacheBehavior", "CachePolicyId"), `"4135ea2d-6df8-44a3-9df3-4b5a84be39ad"`)
	wants(t, "a person can say no", at(distribution, "DefaultCacheBehavior", "AllowedMethods"), `["GET","HEAD","OPTIONS","PUT","PATCH","POST","DELETE"]`)
	wants(t, "web ACL", at(distribution, "WebACLId"), "Acl.Arn")
	rate := at(tpl.one(t, "AWS::WAFv2::WebACL", "Acl").Properties, "Rules", 0, "Statement", "RateBasedStatement")
	wants(t, "limit", at(rate, "Limit"), "2000")
	wants(t, "of requests without", at(rate, "ScopeDownStatement", "NotStatement", "Statement", "SizeConstraintStatement", "FieldToMatch"), `{"SingleHeader":{"Name":"authorization"}}`)
}

// TestGradually: the alarm takes a new version back.
func TestGradually(t *testing.T) {
	tpl := built(t, t.TempDir(), nil, "Gradual", func(app awscdk.App) {
		stack := awscdk.NewStack(app, jsii.String("Gradual"), nil)
		function := awslambda.NewFunction(stack, jsii.String("Function"), &awslambda.FunctionProps{
			Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"), Code: awslambda.Code_FromAsset(jsii.String(t.TempDir()), nil),
		})
		alias := deployGradually(function, function.MetricErrors(nil).CreateAlarm(stack, jsii.String("Errors"), &awscloudwatch.CreateAlarmOptions{
			Threshold: jsii.Number(1), EvaluationPeriods: jsii.Number(1),
		}))
		awscdk.NewCfnOutput(stack, jsii.String("Invoked"), &awscdk.CfnOutputProps{Value: alias.FunctionArn()})
	})
	group := tpl.one(t, "AWS::CodeDeploy::DeploymentGroup", "FunctionGradually").Properties
	wants(t, "alarm", at(group, "AlarmConfiguration", "Alarms"), "Name Errors")
	if back := compact(at(group, "AutoRollbackConfiguration", "Events")); !strings.Contains(back, "DEPLOYMENT_STOP_ON_ALARM") {
		t.Errorf("a deployment goes back on %s", back)
	}
	wants(t, "alias", tpl.one(t, "AWS::Lambda::Alias", "FunctionLive").Properties["Name"], `"live"`)
}
