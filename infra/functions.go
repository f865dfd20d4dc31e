package main

import (
	"encoding/json"
	"path/filepath"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// function is how one runs. Memory buys CPU: at 1769 MB there is one whole core,
// and one command needs some milliseconds of it.
type function struct {
	name    string
	what    string
	memory  float64 // MB
	timeout float64 // seconds; an HTTP API waits for 30 at most
}

var functions = []function{
	{"certify", "Certifies leaf keys with the root key", 256, 10},
	{"provision", "Keeps catalogue, notices and root certificate, at deployment", 256, 60},
	{"optin", "GET /v1/offers, POST /v1/opt-in", 512, 15},
	{"optout", "POST /v1/opt-out, POST /v1/signals", 512, 15},
	{"datarequest", "/v1/data-requests", 512, 15},
	{"operator", "/v1/operator: the staff", 512, 15},
	{"receipts", "Receipts, bundles and public documents", 1024, 29}, // builds ZIP files
	{"portal", "Web pages of the person", 512, 29},
	{"intake", "Events of producers, from their queues", 512, 60},
	{"protocols", "OpenDSR and Data Rights Protocol", 512, 15},
	{"callbacks", "What became of requests, to those who sent them", 512, 60},  // a batch of attempts of 10 s
	{"staff", "Scopes of the staff, by their groups in the user pool", 128, 5}, // Cognito waits for 5
	{"sweep", "What time alone changes, each hour", 512, 300},
	{"publish", "Receipts, from the table's stream to the bus", 512, 60},
}

// functions are those of the stack: staff serves a user pool of the stack's alone.
func (c *config) functions() []function {
	return slices.DeleteFunc(slices.Clone(functions), func(f function) bool { return f.name == "staff" && c.staff.issuer != "" })
}

// logRetention is how long logs are kept. They hold nothing of a person.
const logRetention = awslogs.RetentionDays_THREE_MONTHS

// addFunctions makes the functions. provision comes second and the rest depends on
// what it gives, so that none of them runs before there are roots to trust.
func (s *parts) addFunctions() {
	s.functions = map[string]awslambda.Function{}
	for _, f := range s.config.functions()[:2] {
		s.addFunction(f)
	}
}

func (s *parts) addFunction(f function) {
	logs := awslogs.NewLogGroup(s.Stack, jsii.String("Logs-"+f.name), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/lambda/" + functionName(f.name)), Retention: logRetention,
		EncryptionKey: s.dataKey, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	architecture := awslambda.Architecture_ARM_64()
	if s.config.architecture == "amd64" {
		architecture = awslambda.Architecture_X86_64()
	}
	environment := map[string]*string{}
	for name, value := range s.environment(f.name) {
		environment[name] = jsii.String(value)
	}
	s.functions[f.name] = awslambda.NewFunction(s.Stack, jsii.String("Function-"+f.name), &awslambda.FunctionProps{
		FunctionName: jsii.String(functionName(f.name)), Description: jsii.String(f.what),
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"), Architecture: architecture,
		Code:       awslambda.Code_FromAsset(jsii.String(filepath.Join(s.config.dist, f.name)), nil),
		MemorySize: jsii.Number(f.memory), Timeout: awscdk.Duration_Seconds(jsii.Number(f.timeout)),
		Role:        s.newRole(f.name, *logs.LogGroupArn()),
		Environment: &environment, EnvironmentEncryption: s.dataKey, LogGroup: logs, LoggingFormat: awslambda.LoggingFormat_JSON,
	})
}

// environment is what a function is told, by functions/internal/boot.
func (s *parts) environment(function string) map[string]string {
	table, catalogue, issuer := *s.table.TableName(), s.config.digest, s.config.catalogue.Issuer
	env := map[string]string{}
	switch function {
	case "staff": // needs nothing
	case "certify":
		env = map[string]string{"ROOT_KEY_ID": *s.rootKey.KeyArn(), "ISSUER": issuer}
	case "provision":
		env = map[string]string{"TABLE_NAME": table, "CERTIFY_FUNCTION": functionName("certify")}
	case "publish":
		env = map[string]string{"ROOTS": s.roots, "ISSUER": issuer, "EVENT_BUS": *s.receiptsBus.EventBusName()}
	case "portal":
		env = map[string]string{
			"SESSION_KEY_ID": *s.sessionKey.KeyArn(), "BASE_URL": s.baseURL, "OIDC_ISSUER": s.people.issuer, "OIDC_CLIENT_ID": s.people.clientID,
			"STAFF_OIDC_ISSUER": s.staff.issuer, "STAFF_OIDC_CLIENT_ID": s.staff.clientID, "LANGUAGES": s.config.languages(),
		}
	default: // those that read or write ledgers
		env = map[string]string{
			"TABLE_NAME": table, "CATALOGUE": catalogue, "ROOTS": s.roots,
		}
		if slices.Contains([]string{"optin", "optout", "datarequest", "operator", "receipts"}, function) { // their problems name it
			env["ISSUER"] = issuer
		}
		if function != "sweep" && function != "callbacks" { // they need not know who people are
			env["PSEUDONYM_KEY_ID"] = *s.pseudonymKey.KeyArn()
		}
		if function != "receipts" && function != "callbacks" { // they append nothing
			env["CERTIFY_FUNCTION"] = functionName("certify")
		}
		answering := s.config.openDSRKey != "" || s.config.local
		if (function == "protocols" || function == "callbacks") && answering {
			env["OPENDSR_KEY_ID"] = s.config.openDSRKey
		}
		if function == "callbacks" {
			env["DEAD_LETTERS"] = s.arn("sqs", callbacksName+"-dlq")
		}
		if function == "protocols" && (s.config.matchFunction != "" || s.config.local) {
			env["MATCH_FUNCTION"] = s.config.matchFunction
		}
		if function == "intake" {
			env["PRODUCERS"] = s.producersJSON()
		}
	}
	if s.config.local {
		for _, service := range []string{"DYNAMODB", "KMS", "LAMBDA", "EVENTBRIDGE", "SQS"} {
			env["AWS_ENDPOINT_URL_"+service] = ""
		}
	}
	return env
}

// producersJSON tells intake who sends to which queue.
func (s *parts) producersJSON() string {
	type told struct {
		Name    string `json:"name"`
		Channel string `json:"channel"`
	}
	by := map[string]told{}
	for name, p := range s.config.producers {
		by[queueName(name)] = told{name, p.Channel}
	}
	b, _ := json.Marshal(by) // strings: cannot fail
	return string(b)
}
