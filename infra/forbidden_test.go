package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/infra/graph"
	"consent-receipts/shared/aws/keys"
)

// TestForbidden: what nobody may do, whatever their own policies say, and what a function may do
// because of its record alone.
func TestForbidden(t *testing.T) {
	for _, wrong := range excess(t, graphOf(t, synthesized(t))) {
		t.Error(wrong)
	}
}

// right is what a need comes to on a resource: the functions with the need may do it, and no
// other.
type right struct {
	need     functions.Need
	resource string // its name in CDK, with what follows in its ARN
	context  map[string][]string
	actions  []string
	guarded  bool // No administrator may do it either.
}

var rights = []right{
	{functions.RootKey, "RootKey", map[string][]string{"kms:SigningAlgorithm": {"ECDSA_SHA_256"}, "kms:MessageType": {"RAW"}}, []string{"kms:Sign"}, true},
	{functions.Pseudonyms, "PseudonymKey", nil, []string{"kms:GenerateMac"}, true},
	{functions.SessionKey, "SessionKey", nil, []string{"kms:GenerateMac"}, true},
	{functions.OpenSealed, "IdentityKey", sealedOf("subject#1"), []string{"kms:Decrypt"}, true},
	{functions.OpenMailed, "IdentityKey", sealedOf("contact#1"), []string{"kms:Decrypt"}, true},
	{"nobody", "IdentityKey", sealedOf("subject#1"), []string{"kms:ReEncryptFrom"}, true},
	{"nobody", "IdentityKey", sealedOf("audit#1"), []string{"kms:Decrypt"}, true},
	{"nobody", "IdentityKey", nil, []string{"kms:Decrypt"}, true},
	{"nobody", "PseudonymKey", nil, []string{"kms:VerifyMac"}, true},
	{"nobody", "SessionKey", nil, []string{"kms:VerifyMac"}, true},
	{"nobody", "Ledger", nil, plain(*replacing), true},
	{functions.Insert, "DataKey", map[string][]string{"kms:ViaService": {"dynamodb.eu-west-1.amazonaws.com"}}, []string{"kms:GenerateDataKey", "kms:Encrypt"}, false},
	{functions.Ledger, "Ledger", nil, []string{"dynamodb:GetItem", "dynamodb:Query"}, false},
	{functions.ByKey, "Ledger/index/by-key", nil, []string{"dynamodb:Query"}, false},
	{functions.Docket, "Ledger/index/docket", nil, []string{"dynamodb:Query"}, false},
	{functions.Agenda, "Ledger/index/due", nil, []string{"dynamodb:Query"}, false},
	{functions.Scan, "Ledger", nil, []string{"dynamodb:Scan"}, false},
	{functions.Attach, "Attachments/uploads/x", nil, []string{"s3:GetObject", "s3:PutObject"}, false},
	{functions.Attach, "Attachments/added/x", nil, []string{"s3:GetObject"}, true},
	{functions.Attach, "Attachments/added/x", map[string][]string{"s3:if-none-match": {"*"}}, []string{"s3:PutObject"}, true},
	{functions.Attach, "Attachments/kept/x", map[string][]string{"s3:if-none-match": {"*"}}, []string{"s3:PutObject"}, true},
	{functions.Attached, "Attachments/kept/~x", nil, []string{"s3:GetObject"}, true},
	{functions.Attached, "Attachments", nil, []string{"s3:ListBucket"}, false},
	{"nobody", "Attachments/added/x", nil, []string{"s3:PutObject", "s3:PutObjectTagging"}, true},
	{"nobody", "Attachments/kept/x", nil, []string{"s3:PutObject", "s3:PutObjectTagging"}, true},
	{functions.Bus, "ReceiptsBus", nil, []string{"events:PutEvents"}, false},
	{"nobody", "IntakeBus", nil, []string{"events:PutEvents"}, false},
}

// sealedOf is the context in which a ledger's identity is sealed and opened.
func sealedOf(ledger string) map[string][]string {
	return map[string][]string{"kms:EncryptionContext:" + keys.Ledger: {ledger}}
}

func plain(texts []*string) (all []string) {
	for _, text := range texts {
		all = append(all, *text)
	}
	return all
}

// excess lists who may do more than their need, or less: "portal kms:Sign RootKey", and
// "certify must kms:Sign RootKey".
func excess(t *testing.T, g *graph.Template) (wrong []string) {
	t.Helper()
	allowed := func(principal, action, arn string, context map[string][]string) bool {
		return g.Allowed(graph.Request{Principal: principal, Action: action, Resource: arn, Context: context}) == nil
	}
	all := slices.Clone(rights)
	for _, f := range functions.Names() {
		needs := map[string]functions.Need{"certify": functions.Certify, functions.SelfSign: functions.Root}
		all = append(all, right{needs[f], "Function" + f, nil, []string{"lambda:InvokeFunction"}, false})
	}
	for _, r := range all {
		name, rest, _ := strings.Cut(r.resource, "/")
		arn := strings.TrimSuffix(arnOf(t, g, name)+"/"+rest, "/")
		for _, action := range r.actions {
			for _, f := range functions.All() {
				switch may, must := allowed(roleOf(f.Name), action, arn, r.context), slices.Contains(f.Needs, r.need); {
				case may && !must:
					wrong = append(wrong, f.Name+" "+action+" "+r.resource)
				case must && !may:
					wrong = append(wrong, f.Name+" must "+action+" "+r.resource)
				}
			}
			if r.guarded && allowed(graph.Administrator, action, arn, r.context) {
				wrong = append(wrong, "Administrator "+action+" "+r.resource)
			}
		}
	}
	return slices.Concat(wrong, apart(t, g), strangers(g))
}

// apart lists who may seal for ledgers of receipts into which they do not insert, or read files of
// answers there, or may not where they should.
func apart(t *testing.T, g *graph.Template) (wrong []string) {
	t.Helper()
	for _, f := range functions.All() {
		for keys, file := range map[string]string{functions.People: "x", functions.Contacts: "~x"} {
			inserts := slices.Contains(f.Inserts, keys)
			for _, one := range []struct {
				does, action, resource string
				context                map[string][]string
				must                   bool
			}{
				{"seals", "kms:Encrypt", arnOf(t, g, "IdentityKey"), sealedOf(strings.ReplaceAll(keys, "*", "1")), inserts && slices.Contains(f.Needs, functions.Seal)},
				{"reads files", "s3:GetObject", arnOf(t, g, "Attachments") + "/kept/" + file, nil, (inserts || len(f.Receipts()) == 0) && slices.Contains(f.Needs, functions.Attached)},
			} {
				if may := g.Allowed(graph.Request{Principal: roleOf(f.Name), Action: one.action, Resource: one.resource, Context: one.context}) == nil; may != one.must {
					wrong = append(wrong, fmt.Sprintf("%s %s for %s: %v", f.Name, one.does, keys, may))
				}
			}
		}
	}
	return wrong
}

// strangers lists what a service may do for something that is not of this deployment, and what
// another account, an administrator or a function may do in the name of a role.
func strangers(g *graph.Template) (wrong []string) {
	const elsewhere = "444455556666"
	services := []string{"apigateway.amazonaws.com", "events.amazonaws.com", "cognito-idp.amazonaws.com", "cloudwatch.amazonaws.com", "budgets.amazonaws.com",
		"sqs.amazonaws.com", "sns.amazonaws.com", "s3.amazonaws.com"}
	ours := map[string][]string{"aws:SourceArn": {"arn:aws:execute-api:eu-west-1:" + graph.Account + ":other/*"}, "aws:SourceAccount": {graph.Account}}
	theirs := map[string][]string{"aws:SourceArn": {"arn:aws:cloudwatch:eu-west-1:" + elsewhere + ":alarm:a"}, "aws:SourceAccount": {elsewhere}}
	for _, id := range slices.Sorted(maps.Keys(g.Resources)) {
		r := g.Resources[id]
		try := func(principal, action string, context map[string][]string) {
			if g.Allowed(graph.Request{Principal: principal, Action: action, Resource: r.ARN, Context: context}) == nil {
				wrong = append(wrong, strings.TrimPrefix(principal, "arn:aws:iam::"+graph.Account+":role/")+" "+action+" "+named(id))
			}
		}
		if strings.HasSuffix(r.ARN, ":role/"+roleName(eraser, "eu-west-1")) {
			try("lambda.amazonaws.com", "sts:AssumeRole", nil)
		}
		for _, who := range append(services, elsewhere, graph.Administrator, roleOf("optin")) {
			switch r.Type {
			case "AWS::IAM::Role": // only Lambda and AWS Backup assume roles
				try(who, "sts:AssumeRole", nil)
			}
		}
		for _, who := range append(services, elsewhere) {
			switch r.Type {
			case "AWS::Lambda::Function":
				try(who, "lambda:InvokeFunction", ours)
			case "AWS::SQS::Queue":
				try(who, "sqs:SendMessage", ours)
			case "AWS::SNS::Topic":
				try(who, "sns:Publish", theirs)
			case "AWS::KMS::Key":
				try(who, "kms:Decrypt", theirs)
			}
		}
	}
	return wrong
}
