// Package certifier asks the function certify, the only one that may use the
// root key.
package certifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Request is the event that certify takes: either a certificate request or Root.
type Request struct {
	CSR  []byte `json:"csr,omitempty"`  // PKCS #10 (RFC 2986), DER
	Root bool   `json:"root,omitempty"` // the root's own certificate, made anew
}

// Response is what certify answers.
type Response struct {
	Certificate []byte `json:"certificate"` // X.509, DER
}

// ErrRefused is wrapped when certify itself failed or refused. The reason is in certify's
// log.
var ErrRefused = errors.New("certify refused")

// Client is what a Certifier asks of AWS Lambda.
type Client interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Certifier invokes the function with the given name or ARN. Each call is one
// request.
type Certifier struct {
	Client   Client
	Function string
}

// New returns a Certifier that invokes a function.
func New(config aws.Config, function string) *Certifier {
	return &Certifier{Client: lambda.NewFromConfig(config), Function: function}
}

// Certify turns a PKCS #10 request (DER) into a leaf certificate (DER). It is a
// receipt.Certify.
func (c *Certifier) Certify(ctx context.Context, csr []byte) ([]byte, error) {
	return c.ask(ctx, Request{CSR: csr})
}

// Root returns a certificate (DER) of the root key. Each call makes a new certificate,
// dated by the day; the caller keeps the first.
func (c *Certifier) Root(ctx context.Context) ([]byte, error) {
	return c.ask(ctx, Request{Root: true})
}

func (c *Certifier) ask(ctx context.Context, r Request) ([]byte, error) {
	payload, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	out, err := c.Client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &c.Function, Payload: payload})
	if err != nil {
		return nil, fmt.Errorf("certify: %w", err)
	}
	if out.FunctionError != nil {
		return nil, ErrRefused
	}
	var answer Response
	if err := json.Unmarshal(out.Payload, &answer); err != nil || len(answer.Certificate) == 0 {
		return nil, fmt.Errorf("%w: its answer has no certificate", ErrRefused)
	}
	return answer.Certificate, nil
}
