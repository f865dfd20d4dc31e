package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/aws/keys"
)

// Claims of docs/deploy.md.
const (
	iamDenies   = "that IAM denies"
	eraseClosed = "that a role may have a trust policy that denies everybody, and that the role `erase` cannot be assumed"
	leadingKeys = "that `dynamodb:LeadingKeys` works with `PartiQLInsert`"
	policies    = "that the table's and queues' resource policies deny"
)

// attempt is something that has to be denied.
type attempt struct {
	claim, tried string
	role         string // the function whose role tries it; "": whoever deployed, an administrator
	do           func(ctx context.Context, as aws.Config) error
}

// tryDenials tries what must be denied. An account that denies nothing at all, such as an
// emulator, shows nothing: there each of these is not tried. What resources deny to an
// administrator only an administrator can try.
func (p *proof) tryDenials(ctx context.Context) {
	evaluates := sync.OnceValue(func() error { return p.evaluates(ctx) })
	administers := sync.OnceValue(func() error { return p.administers(ctx) })
	borrowed := map[string]aws.Config{"": p.config}
	for _, a := range p.attempts() {
		who := "as administrator: "
		if a.role != "" {
			who = "as " + a.role + ": "
		}
		p.try(ctx, a.claim, who+a.tried, func(ctx context.Context) error {
			if err := evaluates(); err != nil {
				return err
			}
			if a.role == "" && administers() != nil {
				return administers()
			}
			as, ok := borrowed[a.role]
			if !ok {
				var giveBack func(context.Context) error
				var err error
				if as, giveBack, err = p.borrow(ctx, a.role, ""); err != nil {
					return err
				}
				defer func() { _ = giveBack(context.WithoutCancel(ctx)) }() // a session lasts on without the trust
				borrowed[a.role] = as
			}
			return denied(a.do(ctx, as))
		})
	}
}

// denied is nil if the error says that permission was denied, and nothing else.
func denied(err error) error {
	switch code := codeOf(err); {
	case err == nil:
		return errors.New("it was allowed")
	case errors.Is(err, errNotTried):
		return err
	case code == "AccessDenied" || code == "AccessDeniedException":
		return nil
	}
	return fmt.Errorf("neither allowed nor denied: %w", err)
}

// codeOf is the code of an error of AWS; "" of another.
func codeOf(err error) string {
	var of smithy.APIError
	if errors.As(err, &of) {
		return of.ErrorCode()
	}
	return ""
}

// evaluates is an error of all denials unless this account evaluates policies: a session whose
// own policy denies everything must not be able to describe the table.
func (p *proof) evaluates(ctx context.Context) error {
	const denyAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	as, giveBack, err := p.borrow(ctx, "optin", denyAll)
	if err != nil {
		return skip("no session to try with: %v", err)
	}
	defer func() { _ = giveBack(context.WithoutCancel(ctx)) }()
	table := p.outputs["TableName"]
	_, err = dynamodb.NewFromConfig(as).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	if denied(err) != nil {
		return skip("a session that may do nothing was not denied, so that a denial would show nothing here")
	}
	return nil
}

// administers is an error of all denials to an administrator unless whoever runs this may do by
// their own policies what is to be denied. Otherwise it is not the resource that denies it.
func (p *proof) administers(ctx context.Context) error {
	client, source := iam.NewFromConfig(p.config), aws.ToString(p.identity.Arn)
	// arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION does not have the role's path
	if _, session, ok := strings.Cut(source, ":assumed-role/"); ok {
		role, _, _ := strings.Cut(session, "/")
		got, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
		if err != nil {
			return skip("whether an administrator runs this is not known: %v", err)
		}
		source = aws.ToString(got.Role.Arn)
	}
	out, err := client.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &source, ActionNames: []string{
		"dynamodb:PutItem", "dynamodb:DeleteItem", "kms:Sign", "kms:GenerateMac", "sqs:SendMessage", "sts:AssumeRole",
	}})
	if err != nil {
		return skip("whether an administrator runs this is not known: %v", err)
	}
	for _, r := range out.EvaluationResults {
		if r.EvalDecision != iamtypes.PolicyEvaluationDecisionTypeAllowed {
			return skip("whoever runs this may not %s by their own policies, so that a denial would show nothing", aws.ToString(r.EvalActionName))
		}
	}
	return nil
}

// borrow lets this account assume a function's role until giveBack, and returns a session of it.
// A policy, if there is one, narrows the session.
func (p *proof) borrow(ctx context.Context, function, policy string) (as aws.Config, giveBack func(context.Context) error, err error) {
	client, role := iam.NewFromConfig(p.config), stackName+"-"+function+"-"+p.config.Region
	got, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
	if err != nil {
		return as, nil, err
	}
	before, err := url.QueryUnescape(aws.ToString(got.Role.AssumeRolePolicyDocument))
	if err != nil {
		return as, nil, err
	}
	trust, err := trusting(before, aws.ToString(p.identity.Account))
	if err != nil {
		return as, nil, err
	}
	set := func(ctx context.Context, document string) error {
		_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: &role, PolicyDocument: &document})
		return err
	}
	giveBack = func(ctx context.Context) error { return set(ctx, before) }
	if err := set(ctx, trust); err != nil {
		return as, nil, err
	}
	in := &sts.AssumeRoleInput{RoleArn: got.Role.Arn, RoleSessionName: aws.String("prove")}
	if policy != "" {
		in.Policy = &policy
	}
	var session *sts.AssumeRoleOutput
	err = p.until(ctx, "the role "+role+" can be assumed", func() (done bool, err error) {
		session, err = sts.NewFromConfig(p.config).AssumeRole(ctx, in)
		if code := codeOf(err); code == "AccessDenied" { // the trust takes effect after some seconds
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return as, nil, errors.Join(err, giveBack(context.WithoutCancel(ctx)))
	}
	as, c := p.config.Copy(), session.Credentials
	as.Credentials = credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	return as, giveBack, nil
}

// trusting adds to a trust policy that an account may assume the role.
func trusting(document, account string) (string, error) {
	var policy struct {
		Version   string
		Statement []any
	}
	if err := json.Unmarshal([]byte(document), &policy); err != nil {
		return "", fmt.Errorf("the trust policy: %w", err)
	}
	policy.Statement = append(policy.Statement, map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"AWS": account},
	})
	b, err := json.Marshal(policy)
	return string(b), err
}

// until asks again and again until it is so, for as long as the operator has patience.
func (p *proof) until(ctx context.Context, what string, so func() (bool, error)) error {
	for end := time.Now().Add(p.options.patience); ; {
		done, err := so()
		if done || err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("after %s it is not so that %s", p.options.patience, what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// attempts lists what must be denied. The items are of nobody, and the keys those of the stack.
func (p *proof) attempts() []attempt {
	table := p.outputs["TableName"]
	item := map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "subject#prove"}, "sk": &types.AttributeValueMemberS{Value: "receipt#0000000001"}}
	put := func(ctx context.Context, as aws.Config) error {
		_, err := dynamodb.NewFromConfig(as).PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: item})
		return err
	}
	remove := func(ctx context.Context, as aws.Config) error {
		_, err := dynamodb.NewFromConfig(as).DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &table, Key: item})
		return err
	}
	statement := func(format string) func(context.Context, aws.Config) error {
		return func(ctx context.Context, as aws.Config) error {
			_, err := dynamodb.NewFromConfig(as).ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(fmt.Sprintf(format, table))})
			return err
		}
	}
	return []attempt{
		{iamDenies, "PutItem", "optin", put},
		{iamDenies, "DeleteItem", "optin", remove},
		{iamDenies, "PartiQLUpdate", "optin", statement(`UPDATE "%s" SET r='x' WHERE pk='subject#prove' AND sk='receipt#0000000001'`)},
		{iamDenies, "invoke certify", "provision", p.invokeCertify},
		{iamDenies, "Sign with the root key", "", p.sign},
		{iamDenies, "GenerateMac with the pseudonym key", "", p.mac("PseudonymKey")},
		{iamDenies, "GenerateMac with the session key", "", p.mac("SessionKey")},
		{iamDenies, "Decrypt with the identity key", "", p.unseal},
		{iamDenies, "Decrypt with the identity key", "datarequest", p.unseal},
		{eraseClosed, "assume the role erase", "", p.assumeEraser},
		{leadingKeys, "INSERT under the key roots", "optin", statement(`INSERT INTO "%s" VALUE {'pk': 'roots', 'sk': 'root#prove'}`)},
		{policies, "PutItem", "", put},
		{policies, "DeleteItem", "", remove},
		{policies, "send to the queue of a producer", "", p.sendPast},
	}
}

func (p *proof) invokeCertify(ctx context.Context, as aws.Config) error {
	_, err := lambda.NewFromConfig(as).Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(stackName + "-certify"), Payload: []byte("{}")})
	return err
}

func (p *proof) sign(ctx context.Context, as aws.Config) error {
	key, err := p.named("AWS::KMS::Key", "RootKey")
	if err != nil {
		return err
	}
	_, err = kms.NewFromConfig(as).Sign(ctx, &kms.SignInput{KeyId: &key, Message: []byte("prove"), SigningAlgorithm: kmstypes.SigningAlgorithmSpecEcdsaSha256})
	return err
}

func (p *proof) mac(id string) func(context.Context, aws.Config) error {
	return func(ctx context.Context, as aws.Config) error {
		key, err := p.named("AWS::KMS::Key", id)
		if err != nil {
			return err
		}
		_, err = kms.NewFromConfig(as).GenerateMac(ctx, &kms.GenerateMacInput{KeyId: &key, Message: []byte("prove"), MacAlgorithm: kmstypes.MacAlgorithmSpecHmacSha256})
		return err
	}
}

// unseal seals a number, which who tries it may do, and opens it again.
func (p *proof) unseal(ctx context.Context, as aws.Config) error {
	key, err := p.named("AWS::KMS::Key", "IdentityKey")
	if err != nil {
		return err
	}
	client, of := kms.NewFromConfig(as), map[string]string{keys.Ledger: "subject#prove"}
	sealed, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &key, Plaintext: []byte("prove"), EncryptionContext: of})
	if err != nil {
		return fmt.Errorf("nothing to open: %v", err)
	}
	_, err = client.Decrypt(ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: of})
	return err
}

func (p *proof) assumeEraser(ctx context.Context, as aws.Config) error {
	partition, _, _ := strings.Cut(strings.TrimPrefix(aws.ToString(p.identity.Arn), "arn:"), ":")
	role := fmt.Sprintf("arn:%s:iam::%s:role/%s-erase-%s", partition, *p.identity.Account, stackName, p.config.Region)
	_, err := sts.NewFromConfig(as).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("prove")})
	return err
}

// sendPast sends to a producer's queue past the bus, where the queue tells the producer.
func (p *proof) sendPast(ctx context.Context, as aws.Config) error {
	for _, r := range p.resources {
		if r.kind == "AWS::SQS::Queue" && strings.HasPrefix(r.id, "Queue") {
			_, err := sqs.NewFromConfig(as).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &r.name, MessageBody: aws.String("{}")})
			return err
		}
	}
	return skip("what was deployed has no queue of a producer")
}
