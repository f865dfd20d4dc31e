package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"
)

// allow is one line of a role: what it may do, to what, under which condition.
type allow struct {
	actions   []string
	resources []string
	condition map[string]any
}

// permissions is everything that each function may do. There is no other grant in
// the stack: no function is given anything by a construct. A reviewer reads this,
// and testdata/permissions.golden is what the template says.
//
// Nobody puts, updates or deletes items. Entries are made by PartiQL INSERT, which
// cannot replace one.
func (s *parts) permissions(function string) []allow {
	table, streamed := *s.table.TableArn(), *s.table.TableStreamArn()
	read := allow{actions: []string{"dynamodb:GetItem", "dynamodb:Query"}, resources: []string{table}}
	byKey := allow{actions: []string{"dynamodb:Query"}, resources: []string{table + "/index/by-key"}} // before an entry is made
	docket := allow{actions: []string{"dynamodb:Query"}, resources: []string{table + "/index/docket"}}
	agenda := allow{actions: []string{"dynamodb:Query"}, resources: []string{table + "/index/due"}}
	// Both may write nothing but what is theirs: people's entries, or documents and
	// roots.
	insert := func(keys ...string) allow {
		return allow{[]string{"dynamodb:PartiQLInsert"}, []string{table},
			map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": keys}}}
	}
	// The table's key is used by DynamoDB in the caller's name, and only by it.
	unlock := allow{[]string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"},
		[]string{*s.dataKey.KeyArn()}, s.via("dynamodb")}
	unlockToRead := allow{[]string{"kms:Decrypt", "kms:DescribeKey"}, []string{*s.dataKey.KeyArn()}, s.via("dynamodb")}
	pseudonyms := allow{actions: []string{"kms:GenerateMac"}, resources: []string{*s.pseudonymKey.KeyArn()}}
	certify := allow{actions: []string{"lambda:InvokeFunction"}, resources: []string{s.arn("lambda", "function:"+functionName("certify"))}}
	deadLetter := func(queues ...string) allow {
		return allow{actions: []string{"sqs:SendMessage"}, resources: queues}
	}
	unlockQueues := allow{[]string{"kms:Decrypt", "kms:GenerateDataKey"}, []string{*s.dataKey.KeyArn()}, s.via("sqs")}

	var answer []allow // in OpenDSR
	if s.config.openDSRKey != "" {
		answer = []allow{{[]string{"kms:Sign"}, []string{s.config.openDSRKey}, map[string]any{"StringEquals": map[string]any{
			"kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}}}}
	}

	switch function {
	case "optin", "optout", "datarequest":
		return []allow{read, byKey, insert("subject#*"), unlock, pseudonyms, certify}
	case "protocols": // and keeps a ticket of each request
		lines := append([]allow{read, byKey, insert("subject#*", "ticket#*"), unlock, pseudonyms, certify}, answer...)
		if s.config.matchFunction != "" {
			lines = append(lines, allow{actions: []string{"lambda:InvokeFunction"}, resources: []string{s.config.matchFunction}})
		}
		return lines
	case "callbacks":
		own := s.arn("sqs", callbacksName)
		return append([]allow{read, unlockToRead,
			{actions: []string{"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"}, resources: []string{own}},
			deadLetter(own + "-dlq"), unlockQueues}, answer...)
	case "sweep":
		return []allow{read, byKey, docket, agenda, insert("subject#*"), unlock, certify}
	case "operator": // and leaves a record of it
		return []allow{read, byKey, docket, insert("subject#*", "audit#*", "day#*"), unlock, pseudonyms, certify}
	case "receipts":
		return []allow{read, unlockToRead, pseudonyms}
	case "portal": // acts with the person's own token
		return []allow{{actions: []string{"kms:GenerateMac"}, resources: []string{*s.sessionKey.KeyArn()}}}
	case "intake":
		queues, dead := s.queueARNs()
		return []allow{read, byKey, insert("subject#*"), unlock, pseudonyms, certify,
			{actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}, resources: queues},
			deadLetter(dead...), unlockQueues}
	case "publish":
		return []allow{
			{actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}, resources: []string{streamed}},
			{actions: []string{"dynamodb:ListStreams"}, resources: []string{"*"}}, // has no narrower resource
			unlockToRead,
			{actions: []string{"events:PutEvents"}, resources: []string{*s.receiptsBus.EventBusArn()}},
			deadLetter(s.arn("sqs", stackName+"-publish-dlq")), unlockQueues}
	case "certify":
		return []allow{
			{[]string{"kms:Sign"}, []string{*s.rootKey.KeyArn()}, map[string]any{"StringEquals": map[string]any{
				"kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:MessageType": "RAW"}}},
			{actions: []string{"kms:GetPublicKey"}, resources: []string{*s.rootKey.KeyArn()}}}
	case "staff":
		return nil
	case "provision":
		return []allow{read, insert("document#*", "roots"), unlock, certify}
	}
	panic("no permissions written for " + function)
}

// queueARNs lists the producers' queues and their dead-letter queues.
func (s *parts) queueARNs() (queues, dead []string) {
	for _, name := range s.config.producerNames() {
		queues = append(queues, s.arn("sqs", queueName(name)))
		dead = append(dead, s.arn("sqs", queueName(name)+"-dlq"))
	}
	return queues, dead
}

// via lets a key be used through one service only.
func (s *parts) via(service string) map[string]any {
	return map[string]any{"StringEquals": map[string]any{"kms:ViaService": service + "." + *s.Region() + "." + *s.UrlSuffix()}}
}

// newRole makes a function's role. It is handed out so that nothing can be added.
func (s *parts) newRole(function, logGroup string) awsiam.IRole {
	lines := append(s.permissions(function), allow{
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
	role := awsiam.NewRole(s.Stack, jsii.String("Role-"+function), &awsiam.RoleProps{
		RoleName: jsii.String(roleName(function, *s.Region())), AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description:    jsii.String("Consent receipts: what function " + function + " may do"),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"function": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements})},
	})
	return role.WithoutPolicyUpdates(nil)
}
