package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/attachments"
	"consent-receipts/shared/ledger"
)

// answers says how files of answers are treated.
type answers struct {
	days float64 // how long a file waits for the answer, and again how long it is kept from then on
	scan string  // the tag, as key=value, that the operator's scanner sets on uploads in which it found no malware; "": none is asked for
}

var tag = regexp.MustCompile(`^[A-Za-z0-9._:/@-]{1,128}=[A-Za-z0-9._:/@-]{1,256}$`)

func (a answers) check() error {
	if a.days < 1 || a.days > 3650 || a.days != float64(int(a.days)) {
		return fmt.Errorf("attachmentDays is a number of days from 1 to 3650, not %v", a.days)
	}
	if a.scan != "" && !tag.MatchString(a.scan) {
		return fmt.Errorf("attachmentScan is a tag as key=value, not %q", a.scan)
	}
	return nil
}

// addAttachments makes the bucket of the files with which the staff answers data requests. It
// deletes uploads after a day, since those that count have been copied by then; in the same way, what
// was added is copied when the request is answered. The person reads the last whole day of what is
// kept, in any time zone; so it is kept a day more. The bucket has no versions, so that what is
// deleted is gone.
func (s *parts) addAttachments() {
	expire := func(prefix string, days float64) *awss3.LifecycleRule {
		return &awss3.LifecycleRule{
			Id: jsii.String(strings.TrimSuffix(prefix, "/")), Prefix: jsii.String(prefix), Expiration: awscdk.Duration_Days(jsii.Number(days)),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(1)),
		}
	}
	s.attachments = awss3.NewBucket(s.scope, jsii.String("Attachments"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		Encryption: awss3.BucketEncryption_KMS, EncryptionKey: s.dataKey, BucketKeyEnabled: jsii.Bool(true),
		EnforceSSL:     jsii.Bool(true), // S3 itself takes TLS 1.2 and later alone
		LifecycleRules: &[]*awss3.LifecycleRule{expire(attachments.Uploads, 1), expire(attachments.Added, s.config.answers.days), expire(attachments.Kept, s.config.answers.days+1)},
	})
	keep(s.attachments, "Attachments")
	s.guardAttachments()
}

// guardAttachments has the bucket refuse whatever would change a file that was added or is kept, or
// read it past the functions, whoever asks. The operator's scanner reads uploads alone.
func (s *parts) guardAttachments() {
	added, kept := s.objects(attachments.Added), s.objects(attachments.Kept)
	for _, deny := range []struct {
		sid        string
		objects    []string
		actions    []string
		conditions map[string]any
	}{
		{"NobodyReplaces", []string{added, kept}, []string{"s3:PutObject"}, map[string]any{"Null": map[string]any{"s3:if-none-match": "true"}}},
		{"OnlyItsFunctionPuts", []string{added, kept}, []string{"s3:PutObject", "s3:PutObjectTagging"}, s.unless(functions.Attach)},
		{"OnlyItsFunctionGets", []string{added}, []string{"s3:GetObject"}, s.unless(functions.Attach)},
		{"OnlyItsFunctionsGet", []string{kept}, []string{"s3:GetObject"}, s.unless(functions.Attached)},
	} {
		s.attachments.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String(deny.sid), Effect: awsiam.Effect_DENY, Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
			Actions: jsii.Strings(deny.actions...), Resources: jsii.Strings(deny.objects...), Conditions: &deny.conditions,
		}))
	}
}

// objects names all objects with a prefix.
func (s *parts) objects(prefix string) string { return *s.attachments.BucketArn() + "/" + prefix + "*" }

// attach is what a function needs to take files in, and to keep them for the person.
func (s *parts) attach() []allow {
	uploads, added, kept := s.objects(attachments.Uploads), s.objects(attachments.Added), s.objects(attachments.Kept)
	lines := append(may([]string{uploads, added}, "s3:GetObject", "s3:PutObject"), may([]string{kept}, "s3:PutObject")...)
	if s.config.answers.scan != "" {
		lines = append(lines, may([]string{uploads}, "s3:GetObjectTagging")...)
	}
	return append(lines, s.unlock("s3", "kms:GenerateDataKey"))
}

// attached is what a function needs to say where a file can be read: one that inserts receipts of
// contacts alone, theirs alone. It lists none, but without the permission to list, S3 does not say
// that there is no such file.
func (s *parts) attached(f functions.Function) []allow {
	files := attachments.Kept
	if slices.Equal(f.Receipts(), []string{functions.Contacts}) {
		files += ledger.ContactMark
	}
	lines := append(may([]string{s.objects(files)}, "s3:GetObject"), may([]string{*s.attachments.BucketArn()}, "s3:ListBucket")...)
	return append(lines, s.unlock("s3", "kms:Decrypt"))
}
