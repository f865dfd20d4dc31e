package boot

import (
	"context"
	"crypto"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/aws/keys"
	"consent-receipts/shared/aws/queue"
)

// Bounds of a request to AWS. A function's own time limit is longer than what one
// command may need, with its retries.
const (
	attemptTimeout = 4 * time.Second
	maxAttempts    = 3
)

// config is what the SDK's clients share. It is written by hand instead of loaded:
// Lambda gives region and credentials in the environment, and looking for profiles
// and instance metadata costs start-up time.
func (e *Env) config() aws.Config {
	value := func(name string) string { v, _ := e.lookup(name); return v }
	return aws.Config{
		Region: e.String("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: value("AWS_ACCESS_KEY_ID"), SecretAccessKey: value("AWS_SECRET_ACCESS_KEY"),
				SessionToken: value("AWS_SESSION_TOKEN"), Source: "environment",
			}, nil
		}),
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(attemptTimeout),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = maxAttempts })
		},
	}
}

// endpoint is the address of a service's stand-in on an engineer's machine, and
// nil in the cloud.
func (e *Env) endpoint(service string) *string {
	if v, _ := e.lookup("AWS_ENDPOINT_URL_" + service); v != "" {
		return &v
	}
	return nil
}

// Ledger opens the table TABLE_NAME.
func (e *Env) Ledger() *dynamoledger.Store {
	client := dynamodb.NewFromConfig(e.config(), func(o *dynamodb.Options) { o.BaseEndpoint = e.endpoint("DYNAMODB") })
	return dynamoledger.New(client, e.String("TABLE_NAME"))
}

// Certifier asks the function CERTIFY_FUNCTION.
func (e *Env) Certifier() *certifier.Certifier {
	client := lambda.NewFromConfig(e.config(), func(o *lambda.Options) { o.BaseEndpoint = e.endpoint("LAMBDA") })
	return &certifier.Certifier{Client: client, Function: e.String("CERTIFY_FUNCTION")}
}

func (e *Env) kms() *kms.Client {
	return kms.NewFromConfig(e.config(), func(o *kms.Options) { o.BaseEndpoint = e.endpoint("KMS") })
}

// RootKey returns what opens the key ROOT_KEY_ID for one event. Its public half is
// read once.
func (e *Env) RootKey() func(context.Context) (crypto.Signer, error) {
	client, id := e.kms(), e.String("ROOT_KEY_ID")
	root := &Once[*keys.Root]{Open: func(ctx context.Context) (*keys.Root, error) { return keys.OpenRoot(ctx, client, id) }}
	return func(ctx context.Context) (crypto.Signer, error) {
		key, err := root.Get(ctx)
		if err != nil {
			return nil, err
		}
		return key.Signer(ctx), nil
	}
}

// Secret returns what derives 32 bytes from the HMAC key that a variable names.
// Each call is one request.
func (e *Env) Secret(variable, label string) func(context.Context) ([]byte, error) {
	client, id := e.kms(), e.String(variable)
	return func(ctx context.Context) ([]byte, error) { return keys.Secret(ctx, client, id, label) }
}

// Bus is the bus EVENT_BUS, for events of one source and type.
func (e *Env) Bus(source, detailType string) *eventbus.Bus {
	client := eventbridge.NewFromConfig(e.config(), func(o *eventbridge.Options) { o.BaseEndpoint = e.endpoint("EVENTBRIDGE") })
	return &eventbus.Bus{Client: client, Name: e.String("EVENT_BUS"), Source: source, DetailType: detailType}
}

// Queues sends to queues by their ARN.
func (e *Env) Queues() queue.Sender {
	return queue.Sender{Client: sqs.NewFromConfig(e.config(), func(o *sqs.Options) { o.BaseEndpoint = e.endpoint("SQS") })}
}
