package reports

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// Topic is one topic. It is safe for concurrent use.
type Topic struct {
	client *sns.Client
	arn    string
}

// OpenTopic returns the topic with this ARN. It makes no request.
func OpenTopic(config aws.Config, arn string) *Topic { return &Topic{sns.NewFromConfig(config), arn} }

// Publish sends a text to the subscribers. The subject is of ASCII, under 100 characters; the
// text has at most 256 KB. nil means that SNS has it.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (t *Topic) Publish(ctx context.Context, subject, text string) error {
	if _, err := t.client.Publish(ctx, &sns.PublishInput{TopicArn: &t.arn, Subject: &subject, Message: &text}); err != nil {
		return fmt.Errorf("publish to %s: %w", t.arn, err)
	}
	return nil
}
