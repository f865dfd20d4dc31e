// Package queue sends messages to Amazon SQS.
package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ErrARN is returned for what is not the ARN of a queue.
var ErrARN = errors.New("not the ARN of an SQS queue")

// API is what Sender needs of *sqs.Client.
type API interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
	ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error)
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct{ Client API }

// New returns a Sender.
func New(config aws.Config) Sender { return Sender{sqs.NewFromConfig(config)} }

// Send puts a message into the queue with the ARN; nil means that SQS has it. Attributes
// are text, at most 10 and none empty.
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html).
func (s Sender) Send(ctx context.Context, arn, body string, attributes map[string]string) error {
	url, err := URL(arn)
	if err != nil {
		return err
	}
	in := &sqs.SendMessageInput{
		QueueUrl: &url, MessageBody: &body, MessageAttributes: map[string]types.MessageAttributeValue{},
	}
	for name, value := range attributes {
		in.MessageAttributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
	}
	if _, err := s.Client.SendMessage(ctx, in); err != nil {
		return fmt.Errorf("send to %s: %w", arn, err)
	}
	return nil
}

// maxBatch is how many messages SQS takes at once.
const maxBatch = 10

// SendAll puts messages into the queue with the ARN, with as few requests as suffice; nil
// means that SQS has all of them. After an error it may have some.
func (s Sender) SendAll(ctx context.Context, arn string, bodies []string) error {
	url, err := URL(arn)
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(bodies, maxBatch) {
		in := &sqs.SendMessageBatchInput{QueueUrl: &url}
		for i, body := range batch {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &body})
		}
		out, err := s.Client.SendMessageBatch(ctx, in)
		if err == nil && len(out.Failed) > 0 {
			err = fmt.Errorf("%d messages are refused: %s", len(out.Failed), aws.ToString(out.Failed[0].Code))
		}
		if err != nil {
			return fmt.Errorf("send to %s: %w", arn, err)
		}
	}
	return nil
}

// Waiting counts the messages in the queue with the ARN, with those that somebody has received
// and not deleted. The count may be late by a minute.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
func (s Sender) Waiting(ctx context.Context, arn string) (total int, err error) {
	url, err := URL(arn)
	if err != nil {
		return 0, err
	}
	out, err := s.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}})
	if err != nil {
		return 0, fmt.Errorf("attributes of %s: %w", arn, err)
	}
	for name, value := range out.Attributes {
		n, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("attributes of %s: %s is %.20q", arn, name, value)
		}
		total += n
	}
	return total, nil
}

// maxHidden is how long SQS hides a message at most, counted from when it was received.
const maxHidden = 12*time.Hour - 5*time.Minute

// Hide hides a message that was received, named by its receipt handle. The message is
// received again after the given time, or 12 hours after it was received, whichever comes
// first.
func (s Sender) Hide(ctx context.Context, arn, receipt string, d time.Duration) error {
	url, err := URL(arn)
	if err != nil {
		return err
	}
	seconds := int32(min(max(d, 0), maxHidden) / time.Second)
	_, err = s.Client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: &receipt, VisibilityTimeout: seconds,
	})
	if err != nil {
		return fmt.Errorf("hide a message of %s: %w", arn, err)
	}
	return nil
}

// URL is the address of the queue with the ARN. It is the documented form, so
// that nobody has to ask for it with a permission of its own:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
func URL(arn string) (string, error) {
	part := strings.Split(arn, ":") // arn:partition:sqs:region:account:name
	if len(part) != 6 || part[0] != "arn" || part[2] != "sqs" || part[3] == "" || part[4] == "" || part[5] == "" {
		return "", fmt.Errorf("%w: %q", ErrARN, arn)
	}
	suffix := "amazonaws.com"
	if part[1] == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	return "https://sqs." + part[3] + "." + suffix + "/" + part[4] + "/" + part[5], nil
}
