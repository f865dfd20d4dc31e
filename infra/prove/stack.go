package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// proof is one run.
type proof struct {
	report
	options   options
	config    aws.Config
	identity  *sts.GetCallerIdentityOutput
	resources []resource
	outputs   map[string]string
}

// resource is a resource of the stack.
type resource struct{ id, kind, name string }

func newProof(config aws.Config, o options, out io.Writer) *proof {
	return &proof{report: report{out: out}, options: o, config: config, outputs: map[string]string{}}
}

// errGuard: this account is not for that.
var errGuard = errors.New("nothing was done")

// guard refuses an account other than the named one, and one that has the stack.
func (p *proof) guard(ctx context.Context) (err error) {
	if p.identity, err = sts.NewFromConfig(p.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		return err
	}
	if got := aws.ToString(p.identity.Account); got != p.options.account {
		return fmt.Errorf("%w: the credentials are of account %s, and not of %q", errGuard, got, p.options.account)
	}
	there, err := p.exists(ctx)
	if err == nil && there {
		err = fmt.Errorf("%w: the account has the stack %s already, which would be deleted", errGuard, stackName)
	}
	return err
}

// exists reports whether there is the stack.
func (p *proof) exists(ctx context.Context) (bool, error) {
	_, err := cloudformation.NewFromConfig(p.config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil && strings.Contains(err.Error(), "does not exist") { // it has no code of its own
		return false, nil
	}
	return err == nil, err
}

func (p *proof) deploy(ctx context.Context) error {
	return p.run(ctx, append([]string{"deploy", "--app", p.options.app, "--require-approval", "never"}, p.options.args...)...)
}

// look finds what the stack consists of.
func (p *proof) look(ctx context.Context) error {
	client := cloudformation.NewFromConfig(p.config)
	pages := cloudformation.NewListStackResourcesPaginator(client, &cloudformation.ListStackResourcesInput{StackName: aws.String(stackName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.StackResourceSummaries {
			p.resources = append(p.resources, resource{aws.ToString(r.LogicalResourceId), aws.ToString(r.ResourceType), aws.ToString(r.PhysicalResourceId)})
		}
	}
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil {
		return err
	}
	for _, o := range out.Stacks[0].Outputs {
		p.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return nil
}

// has is an error of a claim that cannot be tried unless the stack has a resource of a type.
func (p *proof) has(kind string) error {
	if !slices.ContainsFunc(p.resources, func(r resource) bool { return r.kind == kind }) {
		return skip("what was deployed has no %s", kind)
	}
	return nil
}

// named returns the physical name of the resource with a logical id, which may have CDK's hash.
func (p *proof) named(kind, id string) (string, error) {
	matches := regexp.MustCompile("^" + id + "([0-9A-F]{8})?$")
	for _, r := range p.resources {
		if r.kind == kind && matches.MatchString(r.id) {
			return r.name, nil
		}
	}
	return "", skip("what was deployed has no %s %s", kind, id)
}

// tearDown removes the stack, and what outlives it on purpose.
func (p *proof) tearDown(ctx context.Context) {
	p.try(ctx, "", "cdk destroy", func(ctx context.Context) error {
		if err := p.run(ctx, "destroy", "--app", p.options.app, "--force"); err != nil {
			return err
		}
		there, err := p.exists(ctx)
		if err == nil && there {
			err = fmt.Errorf("the stack %s is still there", stackName)
		}
		return err
	})
	for _, r := range p.resources {
		var remove func(context.Context, string) error
		switch r.kind {
		case "AWS::DynamoDB::Table":
			remove = p.removeTable
		case "AWS::KMS::Key":
			remove = p.removeKey
		case "AWS::Cognito::UserPool":
			remove = p.removePool
		default:
			continue
		}
		p.try(ctx, "", "remove "+r.id+", which outlives the stack", func(ctx context.Context) error { return remove(ctx, r.name) })
	}
}

func (p *proof) removeTable(ctx context.Context, name string) error {
	client := dynamodb.NewFromConfig(p.config)
	if _, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name}); err != nil {
		return ifThere(err)
	}
	if _, err := client.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, DeletionProtectionEnabled: aws.Bool(false)}); err != nil {
		return err
	}
	_, err := client.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
	return err
}

// removeKey: KMS deletes a key after seven days at the earliest, and bills nothing meanwhile.
func (p *proof) removeKey(ctx context.Context, id string) error {
	_, err := kms.NewFromConfig(p.config).ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &id, PendingWindowInDays: aws.Int32(7)})
	return ifThere(err)
}

func (p *proof) removePool(ctx context.Context, id string) error {
	client := cognitoidentityprovider.NewFromConfig(p.config)
	described, err := client.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &id})
	if err != nil {
		return ifThere(err)
	}
	if domain := described.UserPool.Domain; domain != nil {
		if _, err := client.DeleteUserPoolDomain(ctx, &cognitoidentityprovider.DeleteUserPoolDomainInput{UserPoolId: &id, Domain: domain}); err != nil {
			return err
		}
	}
	if described.UserPool.DeletionProtection == cognito.DeletionProtectionTypeActive {
		return fmt.Errorf("the pool %s is protected from deletion: synthesize with firstDeployment", id)
	}
	_, err = client.DeleteUserPool(ctx, &cognitoidentityprovider.DeleteUserPoolInput{UserPoolId: &id})
	return err
}

// ifThere is nil if the error says that what was to be removed is not there.
func ifThere(err error) error {
	if err != nil && (codeOf(err) == "ResourceNotFoundException" || codeOf(err) == "KMSInvalidStateException") {
		return nil
	}
	return err
}
