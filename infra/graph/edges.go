package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Edge is one thing of a deployment that calls another.
type Edge struct {
	Kind     string // "alarm to topic"
	From, To string // logical ids; To is what is written there if it is nothing of the template
	Needs    []Request
}

// Check returns what is wrong with each edge, in a fixed order: it leads nowhere, or a request
// that it needs is denied.
func (t *Template) Check() (wrong []string) {
	for _, e := range t.Edges() {
		name := e.Kind + ": " + e.From + " to " + e.To
		if t.Resources[e.To] == nil {
			wrong = append(wrong, name+": it is not in the template")
		}
		for _, need := range e.Needs {
			if err := t.Allowed(need); err != nil {
				wrong = append(wrong, name+": "+err.Error())
			}
		}
	}
	return wrong
}

// Edges lists the edges in a fixed order.
func (t *Template) Edges() (all []Edge) {
	for _, r := range t.Resources {
		switch r.Type {
		case "AWS::CloudWatch::Alarm":
			all = append(all, t.ofAlarm(r)...)
		case "AWS::Budgets::Budget":
			all = append(all, t.ofBudget(r)...)
		case "AWS::Backup::BackupSelection":
			all = append(all, t.ofBackup(r)...)
		case "AWS::Events::Rule":
			all = append(all, t.ofRule(r)...)
		case "AWS::Events::EventBus":
			all = append(all, t.ofBus(r)...)
		case "AWS::Events::Archive":
			all = append(all, t.ofArchive(r)...)
		case "AWS::SQS::Queue":
			all = append(all, t.ofQueue(r)...)
		case "AWS::Logs::LogGroup":
			all = append(all, t.ofLogGroup(r)...)
		case "AWS::Lambda::EventSourceMapping":
			all = append(all, t.ofMapping(r)...)
		case "AWS::Lambda::Function":
			all = append(all, t.ofFunction(r)...)
		case "AWS::ApiGatewayV2::Route":
			all = append(all, t.ofRoute(r)...)
		case "AWS::Cognito::UserPool":
			all = append(all, t.ofPool(r)...)
		}
		if strings.HasPrefix(r.Type, "Custom::") { // CloudFormation invokes it in the name of who deploys.
			all = append(all, t.edge("resource to function", r, text(r.Properties["ServiceToken"])))
		}
	}
	slices.SortFunc(all, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return all
}

// edge makes an edge to the resource with a name or an ARN.
func (t *Template) edge(kind string, from *Resource, to string, needs ...Request) Edge {
	e := Edge{Kind: kind, From: from.ID, To: to, Needs: needs}
	if r := t.find(to); r != nil {
		e.To = r.ID
	}
	return e
}

// find finds a resource by its ARN.
func (t *Template) find(arn string) *Resource {
	arn = strings.TrimSuffix(arn, ":*") // of a log group
	for _, r := range t.Resources {
		if r.ARN != "" && r.ARN == arn {
			return r
		}
	}
	return nil
}

// on is the requests of a principal on one resource.
func on(principal, resource string, context map[string][]string, actions ...string) (all []Request) {
	for _, action := range actions {
		all = append(all, Request{principal, action, resource, context})
	}
	return all
}

// from is the context of a service that acts for a resource.
func from(source string) map[string][]string {
	return map[string][]string{"aws:SourceArn": {source}, "aws:SourceAccount": {Account}}
}

// via is the context of a request to a key that a service makes in its caller's name.
func via(service string) map[string][]string {
	return map[string][]string{"kms:ViaService": {service + "." + region + "." + urlSuffix}}
}

// ofAlarm: an alarm publishes to its topics, and uses their keys.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (t *Template) ofAlarm(r *Resource) (all []Edge) {
	for _, kind := range []string{"AlarmActions", "InsufficientDataActions", "OKActions"} {
		for _, topic := range texts(r.Properties[kind]) {
			all = append(all, t.publishes("alarm", r, "cloudwatch", topic)...)
		}
	}
	return all
}

// ofBudget: a budget publishes to its topics, and uses their keys.
// https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html
func (t *Template) ofBudget(r *Resource) (all []Edge) {
	for _, notification := range values(r.Properties["NotificationsWithSubscribers"]) {
		for _, subscriber := range values(at(notification, "Subscribers")) {
			if text(at(subscriber, "SubscriptionType")) == "SNS" {
				all = append(all, t.publishes("budget", r, "budgets", text(at(subscriber, "Address")))...)
			}
		}
	}
	return all
}

// ofBackup: AWS Backup takes a role, and copies tables with it into the vault of the plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
func (t *Template) ofBackup(r *Resource) (all []Edge) {
	selection := r.Properties["BackupSelection"]
	role := text(at(selection, "IamRoleArn"))
	all = append(all, t.edge("backup to role", r, role, on("backup."+urlSuffix, role, nil, "sts:AssumeRole")...))
	for _, table := range texts(at(selection, "Resources")) {
		needs := on(role, table, nil, "dynamodb:DescribeTable", "dynamodb:CreateBackup", "dynamodb:StartAwsBackupJob", "dynamodb:ListTagsOfResource")
		if to := t.find(table); to != nil {
			needs = append(needs, on(role, text(at(to.Properties, "SSESpecification", "KMSMasterKeyId")), via("dynamodb"), "kms:Decrypt", "kms:GenerateDataKey")...)
		}
		all = append(all, t.edge("backup to table", r, table, needs...))
	}
	for _, vault := range t.Resources {
		if vault.Type == "AWS::Backup::BackupVault" {
			key := text(vault.Properties["EncryptionKeyArn"])
			all = append(all, t.edge("backup to vault", r, vault.ARN, on(role, vault.ARN, nil, "backup:CopyIntoBackupVault", "backup:DescribeBackupVault")...),
				t.edge("backup to vault's key", r, key, on(role, key, via("backup"), "kms:Decrypt", "kms:GenerateDataKey")...))
		}
	}
	return all
}

// publishes is the edges of a service that publishes to a topic for a resource.
func (t *Template) publishes(kind string, r *Resource, service, topic string) []Edge {
	service += "." + urlSuffix
	all := []Edge{t.edge(kind+" to topic", r, topic, on(service, topic, from(r.ARN), "sns:Publish")...)}
	if to := t.find(topic); to != nil && to.Properties["KmsMasterKeyId"] != nil {
		key := text(to.Properties["KmsMasterKeyId"])
		all = append(all, t.edge(kind+" to its topic's key", r, key, on(service, key, from(r.ARN), "kms:Decrypt", "kms:GenerateDataKey")...))
	}
	return all
}

// ofRule: a rule invokes functions, and sends to queues, also what it could not deliver.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
func (t *Template) ofRule(r *Resource) (all []Edge) {
	const service = "events." + urlSuffix
	queue := func(kind, arn string) {
		all = append(all, t.edge(kind, r, arn, slices.Concat(
			on(service, arn, from(r.ARN), "sqs:SendMessage"), t.keyOf(arn, service, from(r.ARN), "kms:Decrypt", "kms:GenerateDataKey"))...))
	}
	for _, target := range values(r.Properties["Targets"]) {
		arn := text(at(target, "Arn"))
		if strings.HasPrefix(arn, regional("lambda", "")) {
			all = append(all, t.edge("rule to function", r, arn, on(service, arn, from(r.ARN), "lambda:InvokeFunction")...))
		} else {
			queue("rule to queue", arn)
		}
		if dead := text(at(target, "DeadLetterConfig", "Arn")); dead != "" {
			queue("rule to dead letters", dead)
		}
	}
	return all
}

// keyOf is the requests to the key of a queue, if it has one of its own.
func (t *Template) keyOf(queue, principal string, context map[string][]string, actions ...string) []Request {
	if r := t.find(queue); r != nil && r.Properties["KmsMasterKeyId"] != nil {
		return on(principal, text(r.Properties["KmsMasterKeyId"]), context, actions...)
	}
	return nil
}

// ofBus: a bus encrypts the events on it, and puts those that it cannot encrypt or decrypt into
// its dead letters.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-key-policy.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
func (t *Template) ofBus(r *Resource) (all []Edge) {
	const service = "events." + urlSuffix
	if key := text(r.Properties["KmsKeyIdentifier"]); key != "" {
		all = append(all, t.edge("bus to key", r, key, slices.Concat(
			on(service, key, ofBus(r.ARN), "kms:Decrypt", "kms:GenerateDataKey"), on(service, key, from(r.ARN), "kms:DescribeKey"))...))
	}
	if dead := text(at(r.Properties, "DeadLetterConfig", "Arn")); dead != "" {
		all = append(all, t.edge("bus to dead letters", r, dead, slices.Concat(
			on(service, dead, from(r.ARN), "sqs:SendMessage"), t.keyOf(dead, service, from(r.ARN), "kms:Decrypt", "kms:GenerateDataKey"))...))
	}
	return all
}

// ofBus is the context in which EventBridge uses a key for what is on a bus.
func ofBus(arn string) map[string][]string {
	context := from(arn)
	context["kms:EncryptionContext:aws:events:event-bus:arn"] = []string{arn}
	return context
}

// ofArchive: an archive encrypts the events of its bus.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/encryption-archives.html
func (t *Template) ofArchive(r *Resource) (all []Edge) {
	bus := text(r.Properties["SourceArn"])
	all = append(all, t.edge("archive to bus", r, bus))
	if key := text(r.Properties["KmsKeyIdentifier"]); key != "" {
		all = append(all, t.edge("archive to key", r, key, on("events."+urlSuffix, key, ofBus(bus),
			"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")...))
	}
	return all
}

// ofQueue: a queue moves what was received too often to its dead letters, by itself.
func (t *Template) ofQueue(r *Resource) []Edge {
	if dead := text(at(r.Properties, "RedrivePolicy", "deadLetterTargetArn")); dead != "" {
		return []Edge{t.edge("queue to dead letters", r, dead)}
	}
	return nil
}

// ofLogGroup: the log service encrypts what is logged.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func (t *Template) ofLogGroup(r *Resource) []Edge {
	key := text(r.Properties["KmsKeyId"])
	if key == "" {
		return nil
	}
	return []Edge{t.edge("log group to key", r, key, on("logs."+region+"."+urlSuffix, key, map[string][]string{"kms:EncryptionContext:aws:logs:arn": {r.ARN}},
		"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey")...)}
}

// ofPool: a user pool invokes its triggers.
func (t *Template) ofPool(r *Resource) (all []Edge) {
	triggers, _ := r.Properties["LambdaConfig"].(map[string]any)
	for _, trigger := range triggers {
		function := cmp.Or(text(at(trigger, "LambdaArn")), text(trigger))
		all = append(all, t.edge("user pool to function", r, function, on("cognito-idp."+urlSuffix, function, from(r.ARN), "lambda:InvokeFunction")...))
	}
	return all
}

// ofRoute: a route of the HTTP API invokes the function of its integration.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func (t *Template) ofRoute(r *Resource) (all []Edge) {
	integration := t.Resources[strings.TrimPrefix(text(r.Properties["Target"]), "integrations/")]
	if integration == nil {
		return []Edge{{Kind: "route to integration", From: r.ID, To: fmt.Sprint(r.Properties["Target"])}}
	}
	method, path, _ := strings.Cut(text(r.Properties["RouteKey"]), " ") // or "$default" alone
	source := regional("execute-api", text(r.Properties["ApiId"])+"/$default/"+method+path)
	function := text(integration.Properties["IntegrationUri"])
	all = append(all, t.edge("route to function", r, function, on("apigateway."+urlSuffix, function, from(source), "lambda:InvokeFunction")...))
	if authorizer := text(r.Properties["AuthorizerId"]); authorizer != "" {
		all = append(all, Edge{Kind: "route to authorizer", From: r.ID, To: authorizer})
	}
	return all
}
