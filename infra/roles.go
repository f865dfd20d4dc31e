package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/dynamoledger"
)

// allow is one statement of a role: actions, resources, conditions.
type allow struct {
	actions   []string
	resources []string
	condition map[string]any
}

// permissions returns all permissions of a function, need by need. The stack has no other
// grant: no construct grants anything to a function. Reviewers read this function, and
// testdata/permissions.golden lists the permissions in the template.
//
// Nobody puts, updates or deletes items. Entries are made by PartiQL INSERT, which
// cannot replace one.
func (s *parts) permissions(f functions.Function) (lines []allow) {
	for _, need := range f.Needs {
		lines = append(lines, s.allowed(need, f.Inserts)...)
	}
	return lines
}

// allowed returns the permissions of one need.
func (s *parts) allowed(need functions.Need, inserts []string) []allow {
	switch need {
	case functions.Catalogue, functions.Roots, functions.Issuer, functions.SignIn: // These needs are met by environment variables alone.
		return nil
	case functions.Ledger, functions.ByKey, functions.Docket, functions.Agenda, functions.Insert, functions.Decrypt, functions.Stream:
		return s.allowedAtTable(need, inserts)
	case functions.Pseudonyms:
		return []allow{{actions: []string{"kms:GenerateMac"}, resources: []string{*s.pseudonymKey.KeyArn()}}}
	case functions.SessionKey:
		return []allow{{actions: []string{"kms:GenerateMac"}, resources: []string{*s.sessionKey.KeyArn()}}}
	case functions.Certify:
		return []allow{{actions: []string{"lambda:InvokeFunction"}, resources: []string{s.arn("lambda", "function:"+functionName("certify"))}}}
	case functions.RootKey:
		return []allow{
			signWith(*s.rootKey.KeyArn(), map[string]any{"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}),
			{actions: []string{"kms:GetPublicKey"}, resources: []string{*s.rootKey.KeyArn()}},
		}
	case functions.OpenDSRKey:
		if s.config.openDSRKey == "" {
			return nil
		}
		return []allow{signWith(s.config.openDSRKey, map[string]any{"kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"})}
	case functions.Matching:
		if s.config.matchFunction == "" {
			return nil
		}
		return []allow{{actions: []string{"lambda:InvokeFunction"}, resources: []string{s.config.matchFunction}}}
	case functions.Producers:
		queues, dead := s.queueARNs()
		return append([]allow{{actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}, resources: queues}}, s.send(dead...)...)
	case functions.Callbacks:
		own := s.arn("sqs", callbacksName)
		return append([]allow{{actions: []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"},
			resources: []string{own}}}, s.send(own+"-dlq")...)
	case functions.Bus:
		return append([]allow{{actions: []string{"events:PutEvents"}, resources: []string{*s.receiptsBus.EventBusArn()}}},
			s.send(s.arn("sqs", stackName+"-publish-dlq"))...)
	}
	panic("no permissions written for need " + string(need))
}

// allowedAtTable returns the permissions on the ledger's table. With Insert, a function may
// write only items with the partition keys that it names.
func (s *parts) allowedAtTable(need functions.Need, inserts []string) []allow {
	table := *s.table.TableArn()
	query := func(index string) []allow {
		return []allow{{actions: []string{"dynamodb:Query"}, resources: []string{table + "/index/" + index}}}
	}
	switch need {
	case functions.Ledger:
		return []allow{{actions: []string{"dynamodb:GetItem", "dynamodb:Query"}, resources: []string{table}}}
	case functions.ByKey:
		return query(dynamoledger.IndexByKey)
	case functions.Docket:
		return query(dynamoledger.IndexDocket)
	case functions.Agenda:
		return query(dynamoledger.IndexDue)
	case functions.Insert:
		return []allow{
			{[]string{"dynamodb:PartiQLInsert"}, []string{table},
				map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": inserts}}},
			// DynamoDB alone uses the table's key, in the caller's name.
			s.unlock("dynamodb", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
		}
	case functions.Decrypt:
		return []allow{s.unlock("dynamodb", "kms:Decrypt", "kms:DescribeKey")}
	case functions.Stream:
		return []allow{
			{actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}, resources: []string{*s.table.TableStreamArn()}},
			{actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"}}, // The action has no narrower resource.
		}
	}
	panic("no permissions written for need " + string(need))
}

// unlock allows the use of the data key through one service only.
func (s *parts) unlock(service string, actions ...string) allow {
	return allow{actions, []string{*s.dataKey.KeyArn()}, map[string]any{"StringEquals": map[string]any{
		"kms:ViaService": service + "." + *s.Region() + "." + *s.UrlSuffix()}}}
}

// send allows sending messages to queues, which use the data key.
func (s *parts) send(queues ...string) []allow {
	return []allow{{actions: []string{"sqs:SendMessage"}, resources: queues}, s.unlock("sqs", "kms:Decrypt", "kms:GenerateDataKey")}
}

// signWith allows signing with a key under a condition.
func signWith(key string, equals map[string]any) allow {
	return allow{[]string{"kms:Sign"}, []string{key}, map[string]any{"StringEquals": equals}}
}

// queueARNs lists the producers' queues and their dead-letter queues.
func (s *parts) queueARNs() (queues, dead []string) {
	for _, name := range s.config.producerNames() {
		queues = append(queues, s.arn("sqs", queueName(name)))
		dead = append(dead, s.arn("sqs", queueName(name)+"-dlq"))
	}
	return queues, dead
}

// newRole makes a function's role. It is returned as immutable, so that no construct can add
// permissions.
func (s *parts) newRole(f functions.Function, logGroup string) awsiam.IRole {
	lines := append(s.permissions(f), allow{
		actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, resources: []string{logGroup},
	})
	var statements []awsiam.PolicyStatement
	for _, l := range lines {
		props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(l.actions...), Resources: jsii.Strings(l.resources...)}
		if l.condition != nil {
			props.Conditions = &l.condition
		}
		statements = append(statements, awsiam.NewPolicyStatement(props))
	}
	role := awsiam.NewRole(s.Stack, jsii.String("Role-"+f.Name), &awsiam.RoleProps{
		RoleName: jsii.String(roleName(f.Name, *s.Region())), AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description:    jsii.String("Consent receipts: what function " + f.Name + " may do"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"function": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})},
	})
	return role.WithoutPolicyUpdates(nil)
}
