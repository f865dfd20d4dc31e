package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
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
	undo      []undoing // what tearDown undoes, the latest first
}

// undoing removes something that was made beside the stack.
type undoing struct {
	what string
	do   func(context.Context) error
}

// resource is a resource of the stack.
type resource struct{ id, kind, name string }

func newProof(config aws.Config, o options, out io.Writer) *proof {
	return &proof{report: report{out: out}, options: o, config: config, outputs: map[string]string{}}
}

// errGuard: this account is not for that.
var errGuard = errors.New("nothing was done")

// toolkit is the stack that cdk bootstrap makes.
const toolkit = "CDKToolkit"

// guard refuses an account other than the named one, and one whose region has a stack that
// neither bootstrapping made nor the operator named: such an account is used for something else.
// It refuses the stack itself in any case, since that would be deleted.
func (p *proof) guard(ctx context.Context) (err error) {
	if p.identity, err = sts.NewFromConfig(p.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		return err
	}
	if got := aws.ToString(p.identity.Account); got != p.options.account {
		return fmt.Errorf("%w: the credentials are of account %s, and not of %q", errGuard, got, p.options.account)
	}
	allowed := append([]string{toolkit}, p.options.beside...)
	var others []string
	pages := cloudformation.NewDescribeStacksPaginator(cloudformation.NewFromConfig(p.config), &cloudformation.DescribeStacksInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, s := range page.Stacks {
			if name := aws.ToString(s.StackName); name == stackName {
				return fmt.Errorf("%w: the account has the stack %s already, which would be deleted", errGuard, stackName)
			} else if !slices.Contains(allowed, name) {
				others = append(others, name)
			}
		}
	}
	if others != nil {
		return fmt.Errorf("%w: the account is used for %s too; name a stack with -beside if it may be there", errGuard, strings.Join(others, ", "))
	}
	return nil
}

// exists reports whether there is the stack.
func (p *proof) exists(ctx context.Context) (bool, error) {
	_, err := cloudformation.NewFromConfig(p.config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil && strings.Contains(err.Error(), "does not exist") { // it has no code of its own
		return false, nil
	}
	return err == nil, err
}

// unattended are arguments of each cdk command: nobody is there to be asked or told.
var unattended = []string{"--ci", "--notices=false"}

// deployArgs are arguments of the cdk command, with those of the operator.
func (o options) deployArgs() []string {
	return slices.Concat([]string{"deploy", "--app", o.app, "--require-approval", "never"}, unattended, o.args)
}

func (o options) destroyArgs() []string {
	return slices.Concat([]string{"destroy", "--app", o.app, "--force"}, unattended)
}

func (p *proof) deploy(ctx context.Context) error { return p.run(ctx, p.options.deployArgs()) }

// look finds what the stack consists of now.
func (p *proof) look(ctx context.Context) error {
	client := cloudformation.NewFromConfig(p.config)
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(stackName)})
	if err != nil {
		return err
	}
	var resources []resource
	pages := cloudformation.NewListStackResourcesPaginator(client, &cloudformation.ListStackResourcesInput{StackName: aws.String(stackName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.StackResourceSummaries {
			if r.ResourceStatus != types.ResourceStatusDeleteComplete {
				resources = append(resources, resource{aws.ToString(r.LogicalResourceId), aws.ToString(r.ResourceType), aws.ToString(r.PhysicalResourceId)})
			}
		}
	}
	p.resources = resources
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

// later has tearDown undo what is about to be made beside the stack.
func (p *proof) later(what string, undo func(context.Context) error) {
	p.undo = append(p.undo, undoing{what, undo})
}

// tearDown removes what was made beside the stack, the stack, and what outlives it on purpose. It
// looks at the stack once more: a deployment that failed in the middle left a part of it.
func (p *proof) tearDown(ctx context.Context) {
	for _, u := range slices.Backward(p.undo) {
		p.try(ctx, "", u.what, u.do)
	}
	p.try(ctx, "", "what there is to remove", func(ctx context.Context) error {
		if there, err := p.exists(ctx); err != nil || !there {
			return cmp.Or(err, skip("there is no stack"))
		}
		return p.look(ctx)
	})
	p.try(ctx, "", "cdk destroy", p.destroy)
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

func (p *proof) destroy(ctx context.Context) error {
	if there, err := p.exists(ctx); err != nil || !there {
		return cmp.Or(err, skip("there is no stack"))
	}
	if err := p.run(ctx, p.options.destroyArgs()); err != nil {
		return err
	}
	there, err := p.exists(ctx)
	if err == nil && there {
		err = fmt.Errorf("the stack %s is still there", stackName)
	}
	return err
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

// ifThere is an error of what was to be removed. What is not there is not tried to be removed.
func ifThere(err error) error {
	switch codeOf(err) {
	case "ResourceNotFoundException", "NotFoundException", "KMSInvalidStateException": // the last is of a key that waits for its deletion
		return skip("it is gone already")
	}
	return err
}
