// Package certifier asks the functions certify and selfsign, the only ones that may use the
// root key. They are two, so that IAM tells apart who may have a leaf certified and who may
// have the root's own certificate made.
package certifier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Request is the event that certify takes. The event of selfsign is an empty object.
type Request struct {
	CSR []byte `json:"csr"` // PKCS #10 (RFC 2986), DER
}

// Response is what both functions answer.
type Response struct {
	Certificate []byte `json:"certificate"` // X.509, DER
}

// ErrRefused is wrapped when the function itself failed or refused. The reason is in its log.
var ErrRefused = errors.New("certificate refused")

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

// Certify asks certify to turn a PKCS #10 request (DER) into a leaf certificate (DER). It is
// a receipt.Certify.
func (c *Certifier) Certify(ctx context.Context, csr []byte) ([]byte, error) {
	return c.ask(ctx, Request{CSR: csr})
}

// Root asks selfsign for a certificate (DER) of the root key. Each call makes a new
// certificate, dated by the day; the caller keeps the first.
func (c *Certifier) Root(ctx context.Context) ([]byte, error) {
	return c.ask(ctx, struct{}{})
}

func (c *Certifier) ask(ctx context.Context, event any) ([]byte, error) {
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	out, err := c.Client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &c.Function, Payload: payload})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Function, err)
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
