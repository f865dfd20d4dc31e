package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// addKeys makes four keys. All outlive the stack: without the root key no further
// receipt is signed under it, without the pseudonym key nobody finds their ledger,
// without the data key nobody reads it. Receipts that people hold need none of them.
func (s *parts) addKeys() {
	s.rootKey = s.newKey("RootKey", "Consent receipts: root key, signs certificates by function certify only",
		awskms.KeySpec_ECC_NIST_P256, awskms.KeyUsage_SIGN_VERIFY)
	s.pseudonymKey = s.newKey("PseudonymKey", "Consent receipts: people's pseudonyms are derived from it, never replace it",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.sessionKey = s.newKey("SessionKey", "Consent receipts: the portal's session cookies",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.dataKey = s.newKey("DataKey", "Consent receipts: table, queues, topic and logs at rest",
		awskms.KeySpec_SYMMETRIC_DEFAULT, awskms.KeyUsage_ENCRYPT_DECRYPT)

	// Services that write here for the stack, and only for this account.
	for _, service := range []struct {
		sid, principal string
		conditions     map[string]any
	}{
		{"Logs", "logs." + *s.Region() + "." + *s.UrlSuffix(), map[string]any{"ArnLike": map[string]any{
			"kms:EncryptionContext:aws:logs:arn": s.arn("logs", "log-group:*"),
		}}},
		{"Events", "events.amazonaws.com", map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": s.Account()}}},
	} {
		s.dataKey.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String(service.sid), Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String(service.principal), nil)},
			Actions:   jsii.Strings("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:DescribeKey"),
			Resources: jsii.Strings("*"), Conditions: &service.conditions,
		}), jsii.Bool(false))
	}
	// Whoever administers the account may give out what the key's policy leaves to
	// IAM. This they may not: sign with the root key by any other role than certify's.
	s.rootKey.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("OnlyCertifySigns"), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings("kms:Sign"), Resources: jsii.Strings("*"),
		Conditions: &map[string]any{"ArnNotEquals": map[string]any{"aws:PrincipalArn": s.roleARN("certify")}},
	}), jsii.Bool(false))
}

func (s *parts) newKey(id, description string, spec awskms.KeySpec, usage awskms.KeyUsage) awskms.Key {
	return awskms.NewKey(s.Stack, jsii.String(id), &awskms.KeyProps{
		Description: jsii.String(description), KeySpec: spec, KeyUsage: usage,
		EnableKeyRotation: rotation(spec), RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		PendingWindow: awscdk.Duration_Days(jsii.Number(30)),
	})
}

// rotation is yearly where KMS can: it keeps the old material to read what it wrote.
// A key that signs or derives must not change by itself.
func rotation(spec awskms.KeySpec) *bool {
	if spec == awskms.KeySpec_SYMMETRIC_DEFAULT {
		return jsii.Bool(true)
	}
	return nil
}
