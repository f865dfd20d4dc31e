package main

import (
	"fmt"
	netmail "net/mail"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// mail is from whom user pools send their mails: an address, and the ARN of the identity in SES
// that may send from it. Without one Cognito sends them itself, 50 a day for the account.
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

// sendFor lets a user pool send its mails so.
func (m mail) sendFor(pool awscognito.UserPool) {
	if m == (mail{}) {
		return
	}
	pool.Node().DefaultChild().(awscognito.CfnUserPool).SetEmailConfiguration(&awscognito.CfnUserPool_EmailConfigurationProperty{
		EmailSendingAccount: jsii.String("DEVELOPER"), From: &m.from, SourceArn: &m.identity,
	})
}
