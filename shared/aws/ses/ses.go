// Package ses sends mails by Amazon Simple Email Service.
package ses

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/mail"
)

// Sender sends from one address. It is safe for concurrent use.
type Sender struct {
	client         *sesv2.Client
	from, identity string
}

// Open returns the sender of an address, with a name or without. Identity is the ARN of the
// identity in SES that may send from it. It makes no request.
func Open(config aws.Config, from, identity string) *Sender {
	return &Sender{sesv2.NewFromConfig(config), from, identity}
}

var utf8 = aws.String("UTF-8")

// Send implements mail.Send. nil means that SES has the mail, not that somebody does. SES writes
// the headers from the members, so that no text becomes one.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
func (s *Sender) Send(ctx context.Context, m mail.Message) error {
	_, err := s.client.SendEmail(ctx, &sesv2.SendEmailInput{
		FromEmailAddress: &s.from, FromEmailAddressIdentityArn: &s.identity,
		Destination: &types.Destination{ToAddresses: []string{string(m.To)}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Charset: utf8, Data: &m.Subject},
			Body:    &types.Body{Text: &types.Content{Charset: utf8, Data: &m.Text}},
		}},
	})
	if answer, ok := errors.AsType[smithy.APIError](err); ok { // its message can have the address
		err = errors.New(answer.ErrorCode())
	}
	if err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	return nil
}
