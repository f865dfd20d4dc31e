package main

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/queue"
)

// functions lists the functions of the stack. Those for the stack's user pool are left out if
// it has none.
func (c *config) functions() []functions.Function {
	return slices.DeleteFunc(functions.All(), func(f functions.Function) bool { return f.OwnPool && c.staff.issuer != "" })
}

// logRetention is the retention of logs. They contain no personal data.
const logRetention = awslogs.RetentionDays_THREE_MONTHS

// addFunctions makes provision and its dependencies. addProvision makes the other functions,
// which depend on the result of provision, so that none runs before there are roots to trust.
func (s *parts) addFunctions() {
	s.functions = map[string]awslambda.Function{}
	for _, f := range s.config.functions() {
		if f.Early {
			s.addFunction(f)
		}
	}
}

func (s *parts) addFunction(f functions.Function) {
	logs := awslogs.NewLogGroup(s.scope, jsii.String("Logs-"+f.Name), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/lambda/" + functionName(f.Name)), Retention: logRetention,
		EncryptionKey: s.dataKey, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	architecture := awslambda.Architecture_ARM_64()
	if s.config.architecture == "amd64" {
		architecture = awslambda.Architecture_X86_64()
	}
	environment := map[string]*string{}
	for name, value := range s.environment(f) {
		environment[name] = jsii.String(value)
	}
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(functionName(f.Name)), Description: jsii.String(f.What),
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Handler: jsii.String("bootstrap"), Architecture: architecture,
		Code:       awslambda.Code_FromAsset(jsii.String(filepath.Join(s.config.dist, f.Name)), nil),
		MemorySize: jsii.Number(f.Memory), Timeout: awscdk.Duration_Seconds(jsii.Number(f.Limit.Seconds())),
		Role:        s.newRole(f, *logs.LogGroupArn()),
		Environment: &environment, EnvironmentEncryption: s.dataKey, LogGroup: logs, LoggingFormat: awslambda.LoggingFormat_JSON,
	}
	s.config.adjust(props, f)
	s.functions[f.Name] = awslambda.NewFunction(s.scope, jsii.String("Function-"+f.Name), props)
}

// adjust makes a function as the operator wants functions to be. The functions that use the
// root key log whatever they sign: that is a record, which no level leaves out.
func (c *config) adjust(props *awslambda.FunctionProps, f functions.Function) {
	if c.tracing {
		props.Tracing = awslambda.Tracing_ACTIVE
	}
	if c.logLevel != "" && !slices.Contains(f.Needs, functions.RootKey) {
		props.ApplicationLogLevelV2 = awslambda.ApplicationLogLevel(c.logLevel)
	}
	if c.certifyConcurrency > 0 && f.Name == "certify" {
		props.ReservedConcurrentExecutions = jsii.Number(c.certifyConcurrency)
	}
}

// environment returns the environment variables of a function. A setting without a value has
// no variable.
func (s *parts) environment(f functions.Function) map[string]string {
	values := s.variables(f)
	env := map[string]string{}
	for _, name := range f.Variables() {
		if value, ok := values[name]; ok {
			env[name] = value
		}
	}
	if s.config.local {
		for _, service := range []string{"DYNAMODB", "KMS", "LAMBDA", "EVENTBRIDGE", "SQS", "S3", "SNS", "SES"} {
			env["AWS_ENDPOINT_URL_"+service] = ""
		}
	}
	return env
}

// variables returns the values of all environment variables that a function may have.
func (s *parts) variables(f functions.Function) map[string]string {
	values := map[string]string{
		"ATTACHMENTS_BUCKET": *s.attachments.BucketName(), "ATTACHMENT_DAYS": strconv.Itoa(int(s.config.answers.days)), "TABLE_NAME": *s.table.TableName(), "SCANNED_TABLE": *s.table.TableName(), "CATALOGUE": s.config.digest, "ROOTS": s.roots, "ISSUER": s.config.catalogue.Issuer,
		"PSEUDONYM_KEY_ID": *s.pseudonymKey.KeyArn(), "ROOT_KEY_ID": *s.rootKey.KeyArn(), "SESSION_KEY_ID": *s.sessionKey.KeyArn(), "IDENTITY_KEY_ID": *s.identityKey.KeyArn(),
		"CERTIFY_FUNCTION": functionName("certify"), "SELFSIGN_FUNCTION": functionName(functions.SelfSign), "EVENT_BUS": *s.receiptsBus.EventBusName(),
		"CALLBACKS_QUEUE": s.arn("sqs", functionName("callbacks")), "PRODUCERS": s.producersJSON(), "DEAD_LETTERS": s.arn("sqs", functionName(f.Name)+queue.DeadLetterSuffix),
		"BASE_URL": s.baseURL, "OIDC_ISSUER": s.people.issuer, "OIDC_CLIENT_ID": s.people.clientID,
		"STAFF_OIDC_ISSUER": s.staff.issuer, "STAFF_OIDC_CLIENT_ID": s.staff.clientID, "LANGUAGES": s.config.languages(),
	}
	for name, value := range map[string]string{
		"OPENDSR_KEY_ID": s.config.openDSRKey, "MATCH_FUNCTION": s.config.matchFunction,
		"MAIL_FROM": s.config.mail.from, "MAIL_IDENTITY": s.config.mail.identity,
		"ATTACHMENT_SCAN": s.config.answers.scan, "REPORT_BUCKET": s.config.report.bucket, "REPORT_TOPIC": s.config.report.topic,
	} {
		if value != "" || s.config.local {
			values[name] = value
		}
	}
	return values
}

// producersJSON maps queues to producers, for intake.
func (s *parts) producersJSON() string {
	type told struct {
		Name    string `json:"name"`
		Channel string `json:"channel"`
	}
	by := map[string]told{}
	for name, p := range s.config.producers {
		by[queueName(name)] = told{name, p.Channel}
	}
	b, _ := json.Marshal(by) // strings only: cannot fail
	return string(b)
}
