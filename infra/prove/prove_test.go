package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/errtest"
)

var must = errtest.None

// onMoto is a proof in an account of moto that has a table and the roles of two functions, as if
// a stack had made them. moto asks nobody for permission and runs no function.
func onMoto(t *testing.T) *proof {
	t.Helper()
	config := mototest.Config(mototest.Start(t))
	p := newProof(config, options{account: "123456789012", patience: 5 * time.Minute}, io.Discard)
	var err error
	p.identity, err = sts.NewFromConfig(config).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	must(t, err)
	_, err = dynamodb.NewFromConfig(config).CreateTable(t.Context(), dynamoledger.TableInput("ledger"))
	must(t, err)
	for _, function := range []string{"optin", "provision"} {
		_, err := iam.NewFromConfig(config).CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String(stackName + "-" + function + "-" + config.Region), AssumeRolePolicyDocument: aws.String(trust)})
		must(t, err)
	}
	p.outputs["TableName"] = "ledger"
	p.resources = []resource{{"LedgerB7379752", "AWS::DynamoDB::Table", "ledger"}}
	return p
}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// TestNoFalsePass: where nothing is ever denied, no function runs and there is no API, none of
// their claims passes. What passes is what moto really does; and what is wrong there fails.
func TestNoFalsePass(t *testing.T) {
	p := onMoto(t)
	p.tryAll(t.Context())
	want := map[string]status{"restore it": passed, "remove the copy": passed, "point-in-time recovery is on": failed}
	for _, l := range p.lines {
		expected, ok := want[l.tried]
		if !ok {
			expected = notTried
		}
		if l.status != expected {
			t.Errorf("%s: %s, want %s: %s", l.tried, l.status, expected, l.why)
		}
		if (l.why == "") != (l.status == passed) {
			t.Errorf("%s: %s, because %q", l.tried, l.status, l.why)
		}
		delete(want, l.tried)
	}
	if len(want) > 0 || len(p.lines) < 30 {
		t.Errorf("%d lines, without %v", len(p.lines), want)
	}
	role, err := iam.NewFromConfig(p.config).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String(stackName + "-optin-" + p.config.Region)})
	must(t, err)
	if got := aws.ToString(role.Role.AssumeRolePolicyDocument); strings.Contains(got, "123456789012") {
		t.Errorf("the account may still assume the role: %s", got)
	}
	var b strings.Builder
	must(t, p.write(&b, "moto"))
	if n := strings.Count(b.String(), "\n| "); n != len(p.lines)+1 {
		t.Errorf("the report has %d rows for %d lines:\n%s", n, len(p.lines), &b)
	}
}

// TestClaims: each row of the table of what only a real account shows has a line in the report,
// be it that it is left for somebody.
func TestClaims(t *testing.T) {
	doc, err := os.ReadFile("../../docs/deploy.md")
	must(t, err)
	_, table, found := strings.Cut(string(doc), "| Only a real account shows | Try |\n|---|---|\n")
	if !found {
		t.Fatal("docs/deploy.md has no such table")
	}
	tried := map[string]bool{}
	for _, l := range left {
		tried[l.claim] = true
	}
	for _, a := range newProof(aws.Config{}, options{}, io.Discard).attempts() {
		tried[a.claim] = true
	}
	for _, claim := range []string{routesMatch, authorizers, tableRestores, alarmsFire, leadingKeys} {
		tried[claim] = true
	}
	rows := map[string]bool{}
	for _, row := range strings.Split(table, "\n") {
		if !strings.HasPrefix(row, "| ") {
			break
		}
		claim := strings.Split(row, " | ")[0][2:]
		if rows[claim] = true; !tried[claim] {
			t.Errorf("nothing tries %q", claim)
		}
	}
	for claim := range tried {
		if !rows[claim] {
			t.Errorf("the table has no %q", claim)
		}
	}
}

// TestInbox: the queue hears what the topic says of alarms, and of nothing else.
func TestInbox(t *testing.T) {
	p := onMoto(t)
	topics := sns.NewFromConfig(p.config)
	topic, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("alarms")})
	must(t, err)
	in, err := p.subscribe(t.Context(), *topic.TopicArn)
	must(t, err)
	for _, message := range []string{`{"AlarmName":"calm","NewStateValue":"OK"}`, `no JSON`, `{"AlarmName":"errors-optin","NewStateValue":"ALARM"}`} {
		_, err := topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: &message})
		must(t, err)
	}
	var heard []string
	must(t, p.until(t.Context(), "an alarm is heard", func() (bool, error) {
		names, err := in.receive(t.Context())
		heard = append(heard, names...)
		return len(heard) > 0, err
	}))
	if len(heard) != 1 || heard[0] != "errors-optin" {
		t.Errorf("heard %q", heard)
	}
	must(t, in.remove(t.Context()))
}

// TestDenied: only a denial is one.
func TestDenied(t *testing.T) {
	for code, want := range map[string]bool{"AccessDeniedException": true, "AccessDenied": true, "ThrottlingException": false, "ResourceNotFoundException": false} {
		if err := denied(&smithy.GenericAPIError{Code: code}); (err == nil) != want {
			t.Errorf("%s: %v", code, err)
		}
	}
	if denied(nil) == nil {
		t.Error("what was allowed counts as denied")
	}
}

// TestGuard: an account other than the named one is left alone.
func TestGuard(t *testing.T) {
	p := onMoto(t)
	must(t, p.guard(t.Context()))
	p.options.account = "111122223333"
	if err := p.guard(t.Context()); err == nil || !strings.Contains(err.Error(), "nothing was done") {
		t.Errorf("another account: %v", err)
	}
}
