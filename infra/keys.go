package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"
)

// addKeys makes four keys. All outlive the stack: without the root key no further receipt can
// be signed under it, without the pseudonym key nobody finds their ledger, and without the
// data key nobody can read it. The receipts that people hold need none of these keys.
func (s *parts) addKeys() {
	s.rootKey = s.newKey("RootKey", "Consent receipts: root key, signs certificates by function certify only",
		awskms.KeySpec_ECC_NIST_P256, awskms.KeyUsage_SIGN_VERIFY)
	s.pseudonymKey = s.newKey("PseudonymKey", "Consent receipts: people's pseudonyms are derived from it, never replace it",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.sessionKey = s.newKey("SessionKey", "Consent receipts: the portal's session cookies",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.dataKey = s.newKey("DataKey", "Consent receipts: table, queues, topic and logs at rest",
		awskms.KeySpec_SYMMETRIC_DEFAULT, awskms.KeyUsage_ENCRYPT_DECRYPT)

	// These services write for the stack, and only for this account.
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
	// An administrator of the account may grant the permissions that the key's policy leaves
	// to IAM. This statement denies one of them: only certify's role may sign with the root
	// key.
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

// rotation enables yearly rotation where KMS offers it: KMS keeps the old material for
// decryption. A key that signs or derives must not change by itself.
func rotation(spec awskms.KeySpec) *bool {
	if spec == awskms.KeySpec_SYMMETRIC_DEFAULT {
		return jsii.Bool(true)
	}
	return nil
}
