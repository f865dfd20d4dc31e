package queue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

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
	bodies []string
	failed int // of the next batch
	counts map[string]string
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

func (s *sent) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	ids := map[string]bool{}
	for _, e := range in.Entries {
		ids[*e.Id] = true
		s.bodies = append(s.bodies, *e.MessageBody)
	}
	if len(ids) != len(in.Entries) || len(ids) < 1 || len(ids) > 10 {
		return nil, errors.New("SQS refuses such a batch")
	}
	return &sqs.SendMessageBatchOutput{Failed: make([]types.BatchResultErrorEntry, s.failed)}, s.err
}

func (s *sent) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{Attributes: s.counts}, s.err
}

const arn = "arn:aws:sqs:eu-south-2:123456789012:q"

// TestSendAll: all messages are sent, ten at once, and a refused one is an error.
func TestSendAll(t *testing.T) {
	var bodies []string
	for n := range 23 {
		bodies = append(bodies, fmt.Sprint(n))
	}
	api := &sent{}
	sender := queue.Sender{Client: api}
	if err := sender.SendAll(t.Context(), arn, bodies); err != nil || !slices.Equal(api.bodies, bodies) {
		t.Errorf("%v, sent %q", err, api.bodies)
	}
	if err := sender.SendAll(t.Context(), arn, nil); err != nil {
		t.Errorf("nothing: %v", err)
	}
	if err := sender.SendAll(t.Context(), "q", bodies); !errors.Is(err, queue.ErrARN) {
		t.Errorf("no ARN: %v", err)
	}
	api.failed = 1
	if err := sender.SendAll(t.Context(), arn, bodies); err == nil {
		t.Error("a message was refused")
	}
	api.failed, api.err = 0, errors.New("no")
	if err := sender.SendAll(t.Context(), arn, bodies); !errors.Is(err, api.err) {
		t.Errorf("a failure is %v", err)
	}
}

// TestWaiting: messages that somebody has received wait too.
func TestWaiting(t *testing.T) {
	api := &sent{counts: map[string]string{"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "2", "ApproximateNumberOfMessagesDelayed": "1"}}
	sender := queue.Sender{Client: api}
	if n, err := sender.Waiting(t.Context(), arn); err != nil || n != 6 {
		t.Errorf("%d (%v)", n, err)
	}
	if _, err := sender.Waiting(t.Context(), "q"); !errors.Is(err, queue.ErrARN) {
		t.Errorf("no ARN: %v", err)
	}
	api.counts["ApproximateNumberOfMessages"] = "many"
	if _, err := sender.Waiting(t.Context(), arn); err == nil {
		t.Error("what is no number is counted")
	}
	api.err = errors.New("no")
	if _, err := sender.Waiting(t.Context(), arn); !errors.Is(err, api.err) {
		t.Errorf("a failure is %v", err)
	}
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

// TestBus: of a bus that is a queue each event knows whether the queue took it.
func TestBus(t *testing.T) {
	const arn = "arn:aws:sqs:eu-south-2:123456789012:q"
	for failed, want := range map[int]bool{0: false, 1: true} {
		client := &sent{failed: failed}
		errs := queue.Bus{Sender: queue.Sender{Client: client}, ARN: arn}.Put(t.Context(), [][]byte{[]byte("one"), []byte("two")})
		if len(errs) != 2 || (errs[0] != nil) != want || (errs[1] != nil) != want || !slices.Equal(client.bodies, []string{"one", "two"}) {
			t.Errorf("%d failed: %v, sent %q", failed, errs, client.bodies)
		}
	}
	if errs := (queue.Bus{Sender: queue.Sender{Client: &sent{}}, ARN: arn}).Put(t.Context(), nil); len(errs) != 0 {
		t.Errorf("of nothing: %v", errs)
	}
}
