package matcher_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"consent-receipts/shared/aws/matcher"
	"consent-receipts/shared/drp"
)

// function answers what a test says, and keeps its event.
type function struct {
	answer string
	failed *string
	event  string
}

func (f *function) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	f.event = string(in.Payload)
	return &lambda.InvokeOutput{Payload: []byte(f.answer), FunctionError: f.failed}, nil
}

func TestMatch(t *testing.T) {
	for answer, want := range map[string][2]string{
		`{"customer":"customer-0001"}`: {"customer-0001", ""}, `{"refusal":"no-such-person"}`: {"", "no-such-person"},
	} {
		f := &function{answer: answer}
		customer, refusal, err := (&matcher.Matcher{Client: f, Function: "match"}).Match(t.Context(), &drp.Person{Email: "alex@example.com", EmailVerified: true})
		if err != nil || customer != want[0] || refusal != want[1] {
			t.Errorf("%s: %q, %q, %v", answer, customer, refusal, err)
		}
		if f.event != `{"email":"alex@example.com","email_verified":true}` {
			t.Errorf("it was asked %s", f.event)
		}
	}
	for answer, failed := range map[string]*string{`{}`: nil, `[]`: nil, `{"customer":"a","refusal":"b"}`: nil, `{"customer":"a"}`: aws.String("Unhandled")} {
		f := &function{answer: answer, failed: failed}
		_, _, err := (&matcher.Matcher{Client: f}).Match(t.Context(), &drp.Person{Email: "alex@example.com"})
		if !errors.Is(err, matcher.ErrAnswer) || strings.Contains(err.Error(), "alex") {
			t.Errorf("%s: %v", answer, err)
		}
	}
}
