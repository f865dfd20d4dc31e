// Package ledgerurl reads the URL of the ledger that somebody names on a command line:
//
//	dynamodb://TABLE[?region=REGION][&endpoint=URL]
//
// Region, credentials and all else come from where the AWS tools look for them:
// the environment, profiles, the machine's role. Reading a ledger takes the
// permission dynamodb:Query on the table, and the use of its key.
package ledgerurl

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Scheme is the URL scheme of a ledger on DynamoDB.
const Scheme = "dynamodb"

// ErrURL is wrapped when the URL names no ledger.
var ErrURL = errors.New("not the URL of a ledger, such as " + Scheme + "://TABLE?region=REGION")

// In returns the configuration for a client in a region, with credentials from where the AWS
// tools look for them.
func In(ctx context.Context, region string) (aws.Config, error) {
	return config.LoadDefaultConfig(ctx, config.WithRegion(region))
}

// Config returns the configuration for a client of the ledger's table, and the table's
// name. It does not ask the network whether the table exists.
func Config(ctx context.Context, raw string) (_ aws.Config, table string, err error) {
	fail := func(err error) (aws.Config, string, error) { return aws.Config{}, "", err }
	u, err := url.Parse(raw)
	if err != nil {
		return fail(fmt.Errorf("%w: %v", ErrURL, err))
	}
	if u.Scheme != Scheme || u.Host == "" || u.User != nil || u.Path != "" || u.Fragment != "" {
		return fail(fmt.Errorf("%w: %s", ErrURL, u.Redacted()))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return fail(fmt.Errorf("%w: %v", ErrURL, err))
	}
	var options []func(*config.LoadOptions) error
	var endpoint *string
	for name, values := range query {
		switch {
		case len(values) == 1 && name == "region":
			options = append(options, config.WithRegion(values[0]))
		case len(values) == 1 && name == "endpoint":
			endpoint = &values[0]
		default:
			return fail(fmt.Errorf("%w: %q is not one region or endpoint", ErrURL, name))
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return fail(err)
	}
	if cfg.Region == "" {
		return fail(fmt.Errorf("%w: neither it nor AWS_REGION nor the profile names a region", ErrURL))
	}
	if endpoint != nil {
		cfg.BaseEndpoint = endpoint
	}
	return cfg, u.Host, nil
}
