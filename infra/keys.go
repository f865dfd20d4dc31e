package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/keys"
)

// addKeys makes five keys. All outlive the stack: without the root key no further receipt can
// be signed under it, without the pseudonym key nobody finds their ledger, without the identity
// key nobody learns whose a data request is, and without the data key nobody can read a ledger.
// The receipts that people hold need none of these keys.
func (s *parts) addKeys() {
	s.rootKey = s.newKey("RootKey", "RootKeyEC9149F6", "Consent receipts: root key, signs certificates by functions certify and selfsign only",
		awskms.KeySpec_ECC_NIST_P256, awskms.KeyUsage_SIGN_VERIFY)
	s.pseudonymKey = s.newKey("PseudonymKey", "PseudonymKey2CD808DE", "Consent receipts: people's pseudonyms are derived from it, never replace it",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.sessionKey = s.newKey("SessionKey", "SessionKey0FE01E29", "Consent receipts: the portal's session cookies",
		awskms.KeySpec_HMAC_256, awskms.KeyUsage_GENERATE_VERIFY_MAC)
	s.dataKey = s.newKey("DataKey", "DataKey17AFBB84", "Consent receipts: table, queues, topic and logs at rest",
		awskms.KeySpec_SYMMETRIC_DEFAULT, awskms.KeyUsage_ENCRYPT_DECRYPT)
	s.identityKey = s.newKey("IdentityKey", "IdentityKey7A41C6D2", "Consent receipts: seals whose a data request is; opened by function operator, addresses of contacts by callbacks too",
		awskms.KeySpec_SYMMETRIC_DEFAULT, awskms.KeyUsage_ENCRYPT_DECRYPT)
	s.unlockForServices()
	s.onlyFor(functions.RootKey, s.rootKey, "kms:Sign")
	s.onlyFor(functions.Pseudonyms, s.pseudonymKey, "kms:GenerateMac", "kms:VerifyMac")
	s.onlyFor(functions.SessionKey, s.sessionKey, "kms:GenerateMac", "kms:VerifyMac")
	opening := []string{"kms:Decrypt", "kms:ReEncryptFrom"} // Who encrypts anew for a key of their own, reads.
	s.onlyFor(functions.OpenMailed, s.identityKey, opening...)
	s.deny(s.identityKey, "OnlyContacts", map[string]any{
		"ArnNotEquals":  s.unless(functions.OpenSealed)["ArnNotEquals"],
		"StringNotLike": map[string]any{"kms:EncryptionContext:" + keys.Ledger: functions.Contacts},
	}, opening...)
}

// unlockForServices lets services that write for the stack use the data key, and only for this
// account.
func (s *parts) unlockForServices() {
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
}

// onlyFor denies some uses of a key to everybody but the functions with a need. The key's
// policy leaves all permissions to IAM, where an administrator of the account may grant them:
// a grant alone does not suffice for these.
func (s *parts) onlyFor(need functions.Need, key awskms.Key, actions ...string) {
	s.deny(key, "OnlyItsFunctions", s.unless(need), actions...)
}

// deny denies some uses of a key to everybody under the conditions.
func (s *parts) deny(key awskms.Key, sid string, conditions map[string]any, actions ...string) {
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: &sid, Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions: jsii.Strings(actions...), Resources: jsii.Strings("*"),
		Conditions: &conditions,
	}), jsii.Bool(false))
}

// unless is the condition of a policy that excepts the functions with a need.
func (s *parts) unless(need functions.Need) map[string]any {
	var roles []string
	for _, f := range functions.All() {
		if slices.Contains(f.Needs, need) {
			roles = append(roles, s.roleARN(f.Name))
		}
	}
	return map[string]any{"ArnNotEquals": map[string]any{"aws:PrincipalArn": roles}}
}

func (s *parts) newKey(name, id, description string, spec awskms.KeySpec, usage awskms.KeyUsage) awskms.Key {
	key := awskms.NewKey(s.scope, jsii.String(name), &awskms.KeyProps{
		Description: jsii.String(description), KeySpec: spec, KeyUsage: usage,
		EnableKeyRotation: rotation(spec), PendingWindow: awscdk.Duration_Days(jsii.Number(30)),
	})
	keep(key, id)
	return key
}

// rotation enables yearly rotation where KMS offers it: KMS keeps the old material for
// decryption. A key that signs or derives must not change by itself.
func rotation(spec awskms.KeySpec) *bool {
	if spec == awskms.KeySpec_SYMMETRIC_DEFAULT {
		return jsii.Bool(true)
	}
	return nil
}
