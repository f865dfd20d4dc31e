package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
)

// addProvision runs provision at each deployment with a new catalogue, and makes the other
// functions, which trust the roots that it returns.
func (s *parts) addProvision() {
	resource := awscdk.NewCustomResource(s.scope, jsii.String("Provision"), &awscdk.CustomResourceProps{
		ServiceToken: s.functions[functions.Provision].FunctionArn(), ResourceType: jsii.String("Custom::Provision"),
		ServiceTimeout: awscdk.Duration_Minutes(jsii.Number(5)),
		Properties: &map[string]any{
			"CatalogueDigest": s.config.digest, "PreviousRoots": listed(s.config.previousRoots),
			"Table": s.table.TableName(), "RootKey": s.rootKey.KeyArn(), "Replaces": listed(s.config.replaces),
		},
	})
	keep(resource, "Provision")
	// There is nothing behind the resource that could be removed. So CloudFormation never asks
	// provision to remove it, and a deployment that failed because of provision goes back without it.
	resource.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	resource.Node().AddDependency(s.functions[functions.SelfSign], s.table)
	s.roots = *resource.GetAttString(jsii.String("Roots"))
	s.rootFingerprint = *resource.GetAttString(jsii.String("RootFingerprint"))
	if s.config.local {
		s.roots = "" // set when the functions are run
	}
	for _, f := range s.config.functions() {
		if !f.Early {
			s.addFunction(f)
		}
	}
}

// listed is a list for CloudFormation, which knows no null.
func listed(texts []string) []string { return append([]string{}, texts...) }
