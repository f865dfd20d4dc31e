package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/queue"
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
	all := s.allowed(f)
	for _, need := range f.Needs {
		some, written := all[need]
		if !written {
			panic("no permissions written for need " + string(need))
		}
		lines = append(lines, some...)
	}
	return lines
}

// allowed is what each need of a function comes to. Under Insert it may write nothing but
// items whose partition keys it names.
func (s *parts) allowed(f functions.Function) map[functions.Need][]allow {
	table, tasks := *s.table.TableArn(), s.arn("sqs", functionName(f.Name))
	queues, dead := s.queueARNs()
	invoke := func(arn string) []allow { return may([]string{arn}, "lambda:InvokeFunction") }
	mac := func(key awskms.Key) []allow { return may([]string{*key.KeyArn()}, "kms:GenerateMac") }
	query := func(index string) []allow { return may([]string{table + "/index/" + index}, "dynamodb:Query") }
	all := map[functions.Need][]allow{
		functions.Catalogue: nil, functions.Roots: nil, functions.Issuer: nil, functions.SignIn: nil, // They are told, and that is all.

		functions.Ledger:  may([]string{table}, "dynamodb:GetItem", "dynamodb:Query"),
		functions.ByKey:   query(dynamoledger.IndexByKey),
		functions.Docket:  query(dynamoledger.IndexDocket),
		functions.Agenda:  query(dynamoledger.IndexDue),
		functions.Insert:  s.insert(table, f.Inserts),
		functions.Decrypt: {s.unlock("dynamodb", "kms:Decrypt", "kms:DescribeKey")},
		functions.Stream: slices.Concat(
			may([]string{*s.table.TableStreamArn()}, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
			may([]string{"*"}, "dynamodb:ListStreams"), // It has no narrower resource.
			s.send(s.arn("sqs", publishDeadLetters))),
		functions.Scan: may([]string{table}, "dynamodb:Scan"),

		functions.Attach:   s.attach(),
		functions.Attached: s.attached(f),

		functions.Pseudonyms: mac(s.pseudonymKey),
		functions.SessionKey: mac(s.sessionKey),
		functions.Seal:       {s.identity("kms:Encrypt", f.Receipts()...)},
		functions.OpenSealed: {s.identity("kms:Decrypt", functions.People)},
		functions.OpenMailed: {s.identity("kms:Decrypt", functions.Contacts)},
		functions.Certify:    invoke(s.functionARN("certify")),
		functions.Root:       invoke(s.functionARN(functions.SelfSign)),
		functions.RootKey: slices.Concat(
			signWith(*s.rootKey.KeyArn(), map[string]any{"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}),
			may([]string{*s.rootKey.KeyArn()}, "kms:GetPublicKey")),
		functions.OpenDSRKey: signWith(s.config.openDSRKey, map[string]any{"kms:SigningAlgorithm": []string{"RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_256"}}),
		functions.Matching:   invoke(s.config.matchFunction),

		functions.Producers: append(may(queues, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), s.send(dead...)...),
		functions.Queue:     append(may([]string{tasks}, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), s.unlock("sqs", "kms:Decrypt")),
		functions.Tasks: append(may([]string{tasks}, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"),
			s.send(tasks+queue.DeadLetterSuffix)...),
		functions.Mail:    s.config.mail.permissions(),
		functions.Reports: s.config.report.permissions(*s.Partition()),
		functions.Retries: may([]string{tasks}, "sqs:ChangeMessageVisibility"),
		functions.News:    s.send(s.arn("sqs", functionName("callbacks"))),
		functions.Bus:     may([]string{*s.receiptsBus.EventBusArn()}, "events:PutEvents"),
	}
	for need, configured := range map[functions.Need]string{functions.OpenDSRKey: s.config.openDSRKey, functions.Matching: s.config.matchFunction} {
		if configured == "" {
			all[need] = nil
		}
	}
	return all
}

// insert allows new items under the keys, and never to replace one.
func (s *parts) insert(table string, keys []string) []allow {
	return []allow{
		// ForAllValues is true of no keys at all, so that there must be some.
		{[]string{"dynamodb:PartiQLInsert"}, []string{table}, map[string]any{
			"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": keys},
			"Null":                    map[string]any{"dynamodb:LeadingKeys": "false"},
		}},
		// DynamoDB alone uses the table's key, in the caller's name.
		s.unlock("dynamodb", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"),
	}
}

// may is one line of a role without a condition.
func may(resources []string, actions ...string) []allow {
	return []allow{{actions: actions, resources: resources}}
}

// unlock allows the use of the data key through one service only.
func (s *parts) unlock(service string, actions ...string) allow {
	return allow{actions, []string{*s.dataKey.KeyArn()}, map[string]any{"StringEquals": map[string]any{
		"kms:ViaService": service + "." + *s.Region() + "." + *s.UrlSuffix()}}}
}

// identity allows the use of the identity key for ledgers. The encryption context names the ledger.
func (s *parts) identity(action string, ledgers ...string) allow {
	return allow{[]string{action}, []string{*s.identityKey.KeyArn()}, map[string]any{
		"StringLike": map[string]any{"kms:EncryptionContext:" + keys.Ledger: ledgers}}}
}

// send allows sending messages to queues, which use the data key.
func (s *parts) send(queues ...string) []allow {
	return append(may(queues, "sqs:SendMessage"), s.unlock("sqs", "kms:Decrypt", "kms:GenerateDataKey"))
}

// signWith lets a key sign as the condition says.
func signWith(key string, equals map[string]any) []allow {
	return []allow{{[]string{"kms:Sign"}, []string{key}, map[string]any{"StringEquals": equals}}}
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
	lines := append(s.permissions(f), may([]string{logGroup}, "logs:CreateLogStream", "logs:PutLogEvents")...)
	// Lambda decrypts the environment with this role.
	lines = append(lines, allow{[]string{"kms:Decrypt"}, []string{*s.dataKey.KeyArn()}, map[string]any{
		"StringEquals": map[string]any{"kms:EncryptionContext:aws:lambda:FunctionArn": s.functionARN(f.Name)}}})
	if s.config.tracing {
		lines = append(lines, may([]string{"*"}, "xray:PutTelemetryRecords", "xray:PutTraceSegments")...) // They have no narrower resource.
	}
	role := awsiam.NewRole(s.scope, jsii.String("Role-"+f.Name), &awsiam.RoleProps{
		RoleName: jsii.String(roleName(f.Name, *s.Region())), AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description:    jsii.String("Consent receipts: what function " + f.Name + " may do"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"function": document(lines)},
	})
	return role.WithoutPolicyUpdates(nil)
}

// document is the policy document with some lines.
func document(lines []allow) awsiam.PolicyDocument {
	var statements []awsiam.PolicyStatement
	for _, l := range lines {
		props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(l.actions...), Resources: jsii.Strings(l.resources...)}
		if l.condition != nil {
			props.Conditions = &l.condition
		}
		statements = append(statements, awsiam.NewPolicyStatement(props))
	}
	return awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})
}

// addEraser makes the role of the function erase, before there is that function. The table's
// policy excepts whoever has the name of this role, so that nobody else may take it. The role
// has no permissions, and nobody can assume it.
func (s *parts) addEraser() {
	role := awsiam.NewRole(s.scope, jsii.String("Role-"+eraser), &awsiam.RoleProps{
		RoleName: jsii.String(roleName(eraser, *s.Region())), AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("Consent receipts: keeps the name of function erase, which does not exist yet"),
	})
	role.AssumeRolePolicy().AddStatements(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()}, Actions: jsii.Strings("sts:AssumeRole"),
	}))
	s.table.Node().AddDependency(role)
}
