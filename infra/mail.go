package main

import (
	"fmt"
	netmail "net/mail"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// mail is from whom mails are sent, those of user pools and those to people without an account: an
// address, and the ARN of the identity in SES that may send from it. Without one Cognito sends its
// mails itself, 50 a day for the account, and people without an account get none.
type mail struct{ from, identity string }

var identityARN = regexp.MustCompile(`^arn:aws[a-z-]*:ses:[a-z0-9-]+:[0-9]{12}:identity/[^\s]+$`)

// check refuses an address without an identity, and the reverse.
func (m mail) check() error {
	if m == (mail{}) {
		return nil
	}
	if _, err := netmail.ParseAddress(m.from); err != nil || !identityARN.MatchString(m.identity) {
		return fmt.Errorf("mailFrom is an address, with a name or without, not %q, and mailIdentity the ARN of an identity in SES, not %q", m.from, m.identity)
	}
	return nil
}

// permissions lets a function send mails from the address, and from no other.
// https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
func (m mail) permissions() []allow {
	if m == (mail{}) {
		return nil
	}
	from, err := netmail.ParseAddress(m.from)
	if err != nil {
		panic(err) // check refused it
	}
	return []allow{{[]string{"ses:SendEmail"}, []string{m.identity}, map[string]any{"StringEquals": map[string]any{"ses:FromAddress": from.Address}}}}
}

// sendFor lets a user pool send its mails so.
func (m mail) sendFor(pool awscognito.UserPool) {
	if m == (mail{}) {
		return
	}
	pool.Node().DefaultChild().(awscognito.CfnUserPool).SetEmailConfiguration(&awscognito.CfnUserPool_EmailConfigurationProperty{
		EmailSendingAccount: jsii.String("DEVELOPER"), From: &m.from, SourceArn: &m.identity,
	})
}
