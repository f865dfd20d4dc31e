package boot

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// These are the limits of a request to AWS: how long one attempt may take, and how many there
// are. The context bounds all of them together.
const (
	attemptTimeout = 4 * time.Second
	maxAttempts    = 3
)

// AWS returns the configuration of a client of one service. The service's name is that in
// AWS_ENDPOINT_URL_<service>, the address of the service's substitute on an engineer's
// machine.
//
// It reads the region and the credentials from the environment, where Lambda puts them: the
// SDK's loader would also search profiles and instance metadata, which costs start-up time.
// The packages under shared/aws make the clients, so that a function links only those it uses.
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
		HTTPClient: attempts{awshttp.NewBuildableClient().GetTransport()},
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

// attempts sends the attempts of requests to AWS, and bounds each.
type attempts struct{ transport http.RoundTripper }

// Do implements aws.HTTPClient. The services used here do not redirect.
func (a attempts) Do(r *http.Request) (*http.Response, error) {
	client := http.Client{
		Transport: a.transport, Timeout: share(r.Context()),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client.Do(r) //nolint:gosec // the SDK made the request, to a service of AWS
}

// share is the time for the next attempt: an equal share of what is left, for each attempt that
// a request may have. So a service that answers too late once leaves the time to ask again,
// however little time there was.
func share(ctx context.Context) time.Duration {
	end, ok := ctx.Deadline()
	if !ok {
		return attemptTimeout
	}
	return min(attemptTimeout, max(time.Until(end)/maxAttempts, time.Nanosecond)) // 0 would be no limit
}

// cutOff retries when an answer is cut off, which the SDK does not do by itself. Every
// request here may be repeated.
func cutOff(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
