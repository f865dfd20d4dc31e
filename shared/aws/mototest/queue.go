package mototest

import (
	"encoding/json"
	"maps"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Queue is a queue in the stand-in's SQS.
type Queue struct {
	ARN string

	url    string
	client *sqs.Client
}

// NewQueue makes a queue.
func NewQueue(t testing.TB, endpoint, name string) *Queue {
	t.Helper()
	client := sqs.NewFromConfig(Config(endpoint))
	made, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	q := &Queue{url: *made.QueueUrl, client: client}
	q.ARN = q.attribute(t, types.QueueAttributeNameQueueArn)
	return q
}

func (q *Queue) attribute(t testing.TB, name types.QueueAttributeName) string {
	t.Helper()
	out, err := q.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{name}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes[string(name)]
}

// Hidden counts the messages that were received and not deleted, and come again later.
func (q *Queue) Hidden(t testing.TB) int {
	t.Helper()
	n, err := strconv.Atoi(q.attribute(t, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Message is a message that was received.
type Message struct {
	Body       string
	Attributes map[string]string // SQS sets these: SentTimestamp ...
	Said       map[string]string // the sender set these

	received types.Message
}

// Receive takes the messages that are visible now; nobody else sees them for a minute.
func (q *Queue) Receive(t testing.TB) (all []Message) {
	t.Helper()
	out, err := q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 10, VisibilityTimeout: 60, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range out.Messages {
		said := map[string]string{}
		for name, value := range m.MessageAttributes {
			said[name] = aws.ToString(value.StringValue)
		}
		all = append(all, Message{*m.Body, maps.Clone(m.Attributes), said, m})
	}
	return all
}

// Event is the event in which Lambda hands a message to a function.
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
func (q *Queue) Event(t testing.TB, m Message) []byte {
	t.Helper()
	b, err := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"messageId": *m.received.MessageId, "receiptHandle": *m.received.ReceiptHandle, "body": m.Body, "attributes": m.Attributes,
		"messageAttributes": map[string]any{}, "eventSource": "aws:sqs", "eventSourceARN": q.ARN, "awsRegion": "eu-west-1",
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Delete removes a message, as Lambda does when the function has handled it.
func (q *Queue) Delete(t testing.TB, m Message) {
	t.Helper()
	if _, err := q.client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: m.received.ReceiptHandle}); err != nil {
		t.Fatal(err)
	}
}

// Send puts a message into the queue.
func (q *Queue) Send(t testing.TB, body string) {
	t.Helper()
	if _, err := q.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body}); err != nil {
		t.Fatal(err)
	}
}
