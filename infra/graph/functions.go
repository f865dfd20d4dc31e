package graph

import (
	"maps"
	"slices"
	"strings"
)

// ofMapping: Lambda reads a queue or a stream with the role of the function, and puts what a
// stream's function could not handle where the mapping says. A function that is told of dead
// letters, its own or those of the producers' queues, also puts messages there itself, with the
// reason.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-create-mapping.html
func (t *Template) ofMapping(r *Resource) (all []Edge) {
	function := t.find(regional("lambda", "function:"+text(r.Properties["FunctionName"])))
	if function == nil {
		return []Edge{{Kind: "mapping to function", From: r.ID, To: text(r.Properties["FunctionName"])}}
	}
	role, source := text(function.Properties["Role"]), text(r.Properties["EventSourceArn"])
	if table, _, ok := strings.Cut(source, "/stream/"); ok {
		key := text(at(t.propertiesOf(table), "SSESpecification", "KMSMasterKeyId"))
		all = append(all, t.edge("function to stream", function, table, slices.Concat(
			on(role, source, nil, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
			on(role, "*", nil, "dynamodb:ListStreams"), on(role, key, via("dynamodb"), "kms:Decrypt"))...))
	} else {
		all = append(all, t.edge("function to queue", function, source, slices.Concat(
			on(role, source, nil, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
			t.keyOf(source, role, via("sqs"), "kms:Decrypt"))...))
	}
	buried := text(at(t.propertiesOf(source), "RedrivePolicy", "deadLetterTargetArn"))
	if told, _ := at(function.Properties, "Environment", "Variables").(map[string]any); told["DEAD_LETTERS"] == nil && told["PRODUCERS"] == nil {
		buried = ""
	}
	for _, dead := range []string{text(at(r.Properties, "DestinationConfig", "OnFailure", "Destination")), buried} {
		if dead != "" {
			all = append(all, t.edge("function to dead letters", function, dead, t.sends(role, dead)...))
		}
	}
	return all
}

func (t *Template) propertiesOf(arn string) map[string]any {
	if r := t.find(arn); r != nil {
		return r.Properties
	}
	return nil
}

func (t *Template) sends(role, queue string) []Request {
	return slices.Concat(on(role, queue, nil, "sqs:SendMessage"), t.keyOf(queue, role, via("sqs"), "kms:Decrypt", "kms:GenerateDataKey"))
}

// ofFunction: Lambda assumes the function's role, decrypts its environment and writes its log
// with it; and the function uses what its environment names.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
func (t *Template) ofFunction(r *Resource) (all []Edge) {
	role := text(r.Properties["Role"])
	all = append(all, t.edge("function to role", r, role, on("lambda."+urlSuffix, role, from(r.ARN), "sts:AssumeRole")...))
	if key := text(r.Properties["KmsKeyArn"]); key != "" {
		context := map[string][]string{"kms:EncryptionContext:aws:lambda:FunctionArn": {r.ARN}}
		all = append(all, t.edge("function to environment's key", r, key, on(role, key, context, "kms:Decrypt")...))
	}
	if group := text(at(r.Properties, "LoggingConfig", "LogGroup")); group != "" {
		arn := regional("logs", "log-group:"+group)
		all = append(all, t.edge("function to log group", r, arn, on(role, arn+":log-stream:1", nil, "logs:CreateLogStream", "logs:PutLogEvents")...))
	}
	variables, _ := at(r.Properties, "Environment", "Variables").(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if to := t.named(name, text(variables[name])); to != nil {
			all = append(all, Edge{"function to " + name, r.ID, to.ID, t.uses(role, name, to)})
		} else if typeNamed(name) != "" && !strings.HasPrefix(text(variables[name]), "arn:") {
			all = append(all, Edge{Kind: "function to " + name, From: r.ID, To: text(variables[name])})
		}
	}
	return all
}

// named finds what a variable of an environment names: by ARN, or by name.
func (t *Template) named(variable, value string) *Resource {
	for _, r := range t.Resources {
		if r.Name == value && r.Type == typeNamed(variable) {
			return r
		}
	}
	return t.find(value)
}

// typeNamed is the type of the resource that a variable gives the name of.
func typeNamed(variable string) string {
	for end, kind := range map[string]string{
		"TABLE_NAME": "AWS::DynamoDB::Table", "SCANNED_TABLE": "AWS::DynamoDB::Table", "_FUNCTION": "AWS::Lambda::Function", "_BUS": "AWS::Events::EventBus",
	} {
		if strings.HasSuffix(variable, end) {
			return kind
		}
	}
	return ""
}

// uses is what a function does at least with something that its environment names.
func (t *Template) uses(role, variable string, to *Resource) []Request {
	switch to.Type {
	case "AWS::DynamoDB::Table":
		key, reads := text(at(to.Properties, "SSESpecification", "KMSMasterKeyId")), []string{"dynamodb:GetItem", "dynamodb:Query"}
		if variable == "SCANNED_TABLE" {
			reads = []string{"dynamodb:Scan"}
		}
		return slices.Concat(on(role, to.ARN, nil, reads...), on(role, key, via("dynamodb"), "kms:Decrypt"))
	case "AWS::Lambda::Function":
		return on(role, to.ARN, nil, "lambda:InvokeFunction")
	case "AWS::Events::EventBus":
		return on(role, to.ARN, nil, "events:PutEvents")
	case "AWS::SQS::Queue":
		return t.sends(role, to.ARN)
	case "AWS::KMS::Key":
		switch to.Properties["KeyUsage"] {
		case "GENERATE_VERIFY_MAC":
			return on(role, to.ARN, nil, "kms:GenerateMac")
		case "ENCRYPT_DECRYPT":
			return t.seals(role, to.ARN)
		}
		signs := map[string][]string{"kms:SigningAlgorithm": {"ECDSA_SHA_256"}, "kms:MessageType": {"RAW"}}
		return slices.Concat(on(role, to.ARN, signs, "kms:Sign"), on(role, to.ARN, nil, "kms:GetPublicKey"))
	}
	return nil
}

// seals is the use of a key that seals for ledgers: of people, of contacts alone, or to open what is
// sealed for contacts.
func (t *Template) seals(role, key string) (uses []Request) {
	for _, use := range [][2]string{{"contact#1", "kms:Decrypt"}, {"contact#1", "kms:Encrypt"}, {"subject#1", "kms:Encrypt"}} {
		possible := on(role, key, map[string][]string{"kms:EncryptionContext:ledger": {use[0]}}, use[1])
		if uses == nil || t.Allowed(possible[0]) == nil {
			uses = possible
		}
	}
	return uses
}
