package queue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"consent-receipts/shared/aws/queue"
)

func TestURL(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sqs:eu-south-2:123456789012:demo-intake-crm-dlq": "https://sqs.eu-south-2.amazonaws.com/123456789012/demo-intake-crm-dlq",
		"arn:aws-cn:sqs:cn-north-1:123456789012:q":                "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q",
		"arn:aws:sns:eu-south-2:123456789012:q":                   "",
		"arn:aws:sqs:eu-south-2:123456789012:":                    "",
		"":                                                        "",
	} {
		got, err := queue.URL(arn)
		if got != want || (want == "") != errors.Is(err, queue.ErrARN) {
			t.Errorf("%s: %q %v", arn, got, err)
		}
	}
}

// sent keeps what was sent.
type sent struct {
	in     *sqs.SendMessageInput
	hidden *sqs.ChangeMessageVisibilityInput
	err    error
}

func (s *sent) ChangeMessageVisibility(_ context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error) {
	s.hidden = in
	return &sqs.ChangeMessageVisibilityOutput{}, s.err
}

func (s *sent) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	s.in = in
	return &sqs.SendMessageOutput{}, s.err
}

func TestSend(t *testing.T) {
	api := &sent{}
	err := queue.Sender{Client: api}.Send(t.Context(), "arn:aws:sqs:eu-south-2:123456789012:q", "body", map[string]string{"reason": "busy"})
	if err != nil || *api.in.MessageBody != "body" || *api.in.MessageAttributes["reason"].StringValue != "busy" ||
		*api.in.MessageAttributes["reason"].DataType != "String" {
		t.Errorf("%v, sent %+v", err, api.in)
	}
	api.err = errors.New("no")
	if err := (queue.Sender{Client: api}).Send(t.Context(), "arn:aws:sqs:eu-south-2:123456789012:q", "b", nil); !errors.Is(err, api.err) {
		t.Errorf("a failure is %v", err)
	}
}

// TestHide: for as long as is wanted, and no longer than SQS allows.
func TestHide(t *testing.T) {
	for wanted, seconds := range map[time.Duration]int32{time.Minute: 60, -time.Second: 0, 48 * time.Hour: 42900} {
		api := new(sent)
		err := queue.Sender{Client: api}.Hide(t.Context(), "arn:aws:sqs:eu-west-1:111122223333:q", "handle", wanted)
		if err != nil || api.hidden.VisibilityTimeout != seconds || *api.hidden.ReceiptHandle != "handle" {
			t.Errorf("%s: %+v, %v", wanted, api.hidden, err)
		}
	}
	if err := (queue.Sender{Client: new(sent)}).Hide(t.Context(), "q", "handle", 0); !errors.Is(err, queue.ErrARN) {
		t.Errorf("no ARN: %v", err)
	}
}
