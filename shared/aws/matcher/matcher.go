// Package matcher asks a function of the controller which customer a request is about.
package matcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"consent-receipts/shared/drp"
)

// Answer is what the function answers: the customer's number, or why there is none.
type Answer struct {
	Customer string `json:"customer,omitempty"`
	Refusal  string `json:"refusal,omitempty"` // no-such-person, identity-not-proven, fraud-suspected or outside-jurisdiction
}

// ErrAnswer: the function failed, or its answer has neither a customer nor a refusal, or
// has both.
var ErrAnswer = errors.New("the matching function gave no answer")

// Client is what a Matcher asks of AWS Lambda.
type Client interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Matcher invokes the function with the given name or ARN. Its event is a drp.Person.
type Matcher struct {
	Client   Client
	Function string
}

// New returns a Matcher.
func New(config aws.Config, function string) *Matcher {
	return &Matcher{Client: lambda.NewFromConfig(config), Function: function}
}

// Match is a counter.Match. Errors quote nothing of the person.
func (m *Matcher) Match(ctx context.Context, person *drp.Person) (customer, refusal string, err error) {
	event, err := json.Marshal(person)
	if err != nil {
		return "", "", err
	}
	out, err := m.Client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &m.Function, Payload: event})
	if err != nil {
		return "", "", fmt.Errorf("matching: %w", err)
	}
	var a Answer
	if out.FunctionError != nil || json.Unmarshal(out.Payload, &a) != nil || (a.Customer == "") == (a.Refusal == "") {
		return "", "", ErrAnswer
	}
	return a.Customer, a.Refusal, nil
}
