package boot

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Bounds of a request to AWS. A function's own time limit is longer than what one
// command may need, with its retries.
const (
	attemptTimeout = 4 * time.Second
	maxAttempts    = 3
)

// AWS is what a client of one service is made of: the service's name is that in
// AWS_ENDPOINT_URL_<service>, the address of its stand-in on an engineer's machine.
//
// It is written by hand instead of loaded: Lambda gives region and credentials in
// the environment, and looking for profiles and instance metadata costs start-up
// time. Clients themselves are made by the packages under shared/aws, so that a
// function carries only those that it uses.
func (e *Env) AWS(service string) aws.Config {
	value := func(name string) string { v, _ := e.lookup(name); return v }
	config := aws.Config{
		Region: e.String("AWS_REGION"),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID: value("AWS_ACCESS_KEY_ID"), SecretAccessKey: value("AWS_SECRET_ACCESS_KEY"),
				SessionToken: value("AWS_SESSION_TOKEN"), Source: "environment",
			}, nil
		}),
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(attemptTimeout),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = maxAttempts
				o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(cutOff))
			})
		},
	}
	if address := value("AWS_ENDPOINT_URL_" + service); address != "" {
		config.BaseEndpoint = &address
	}
	return config
}

// cutOff retries when an answer ends in its middle, which the SDK does not of its own:
// whatever is asked of AWS here may be asked twice.
func cutOff(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
