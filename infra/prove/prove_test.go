package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/repository"
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
	p.tearDown(t.Context())
	expect(t, p, notTried, map[string]status{
		"point-in-time recovery is on": failed, "restore it": passed, "remove the copy": passed, "remove LedgerB7379752, which outlives the stack": passed,
	})
	if len(p.lines) < 30 {
		t.Errorf("%d lines", len(p.lines))
	}
	role, err := iam.NewFromConfig(p.config).GetRole(t.Context(), &iam.GetRoleInput{RoleName: aws.String(stackName + "-optin-" + p.config.Region)})
	must(t, err)
	if got := aws.ToString(role.Role.AssumeRolePolicyDocument); strings.Contains(got, "123456789012") {
		t.Errorf("the account may still assume the role: %s", got)
	}
	if left := tables(t, p); len(left) > 0 {
		t.Errorf("the tables %v are left over", left)
	}
	var b strings.Builder
	must(t, p.write(&b, "moto"))
	if n := strings.Count(b.String(), "\n| "); n != len(p.lines)+1 {
		t.Errorf("the report has %d rows for %d lines:\n%s", n, len(p.lines), &b)
	}
}

// expect checks what became of each line: as in want, and otherwise all the same.
func expect(t *testing.T, p *proof, otherwise status, want map[string]status) {
	t.Helper()
	want = maps.Clone(want)
	for _, l := range p.lines {
		expected, ok := want[l.tried]
		if !ok {
			expected = otherwise
		}
		if l.status != expected {
			t.Errorf("%s: %s, want %s: %s", l.tried, l.status, expected, l.why)
		}
		if (l.why == "") != (l.status == passed) {
			t.Errorf("%s: %s, because %q", l.tried, l.status, l.why)
		}
		delete(want, l.tried)
	}
	if len(want) > 0 {
		t.Errorf("there is no line of %v", want)
	}
}

func tables(t *testing.T, p *proof) []string {
	t.Helper()
	out, err := dynamodb.NewFromConfig(p.config).ListTables(t.Context(), &dynamodb.ListTablesInput{})
	must(t, err)
	return out.TableNames
}

// TestNoDeployment: if nothing can be deployed, each line says so in the report that is written all
// the same, and whatever there is is torn down.
func TestNoDeployment(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", mototest.Start(t))
	for name, value := range map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"} {
		t.Setenv(name, value)
	}
	file := filepath.Join(t.TempDir(), "prove.md")
	r, err := prove(t.Context(), options{account: "123456789012", report: file, cdk: "false"}, io.Discard)
	must(t, err)
	if r.failures() != 1 {
		t.Errorf("%d lines failed, want that of cdk deploy", r.failures())
	}
	expect(t, &proof{report: *r}, notTried, map[string]status{"cdk deploy": failed, "nothing stopped this on the way": passed})
	written, err := os.ReadFile(file)
	must(t, err)
	for _, row := range []string{"| fail | cdk deploy |", "| not tried | restore it | " + tableRestores + " | the stack was not deployed |", "| not tried | cdk destroy |"} {
		if !strings.Contains(string(written), row) {
			t.Errorf("the report has no %q:\n%s", row, written)
		}
	}
}

// TestPanic: a step that panics fails. Those after it are tried, and everything is torn down.
func TestPanic(t *testing.T) {
	p := onMoto(t)
	p.identity = nil // of which the denials need the account
	p.tryDenials(t.Context())
	for _, l := range p.lines {
		if l.status != failed || !strings.HasPrefix(l.why, "panic: ") {
			t.Errorf("%s: %s: %s", l.tried, l.status, l.why)
		}
	}
	if want := len(p.attempts()); len(p.lines) != want {
		t.Errorf("%d lines, want %d", len(p.lines), want)
	}
	p.tearDown(t.Context())
	if left := tables(t, p); len(left) > 0 {
		t.Errorf("the tables %v are left over", left)
	}
}

// interrupting cancels what it writes the progress of, once it reads of a step.
type interrupting struct {
	step string
	stop context.CancelFunc
}

func (w interrupting) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.step) {
		w.stop()
	}
	return len(b), nil
}

// TestInterrupted: what was made before somebody interrupts it is removed, and what comes after
// is not tried.
func TestInterrupted(t *testing.T) {
	p := onMoto(t)
	ctx, stop := context.WithCancel(t.Context())
	p.out = interrupting{"restore it", stop}
	p.tryRestore(ctx)
	p.tearDown(context.WithoutCancel(ctx))
	expect(t, p, notTried, map[string]status{
		"point-in-time recovery is on": failed, "restore it": passed, "remove the copy": passed, "remove LedgerB7379752, which outlives the stack": passed,
	})
	if left := tables(t, p); len(left) > 0 {
		t.Errorf("the tables %v are left over", left)
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

// standIn answers what moto does not know, and hands on to moto what answer does not answer.
func standIn(t *testing.T, p *proof, answer func(w http.ResponseWriter, path, body string) bool) {
	t.Helper()
	moto, err := url.Parse(*p.config.BaseEndpoint)
	must(t, err)
	proxy := httputil.NewSingleHostReverseProxy(moto)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !answer(w, r.URL.Path, string(body)) {
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	p.config.BaseEndpoint = &server.URL
}

// TestAlarms: an alarm passes if its message is heard. One of which nothing is heard fails, and one
// that cannot be set off; other messages count for nothing.
func TestAlarms(t *testing.T) {
	p := onMoto(t)
	p.options.patience = 0 // to ask once: what is published is there by then
	topics := sns.NewFromConfig(p.config)
	topic, err := topics.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("alarms")})
	must(t, err)
	p.resources = []resource{{"Alarms1A2B3C4D", "AWS::SNS::Topic", *topic.TopicArn}}
	for _, name := range []string{"errors-optin", "calm", "absent"} {
		p.resources = append(p.resources, resource{name, "AWS::CloudWatch::Alarm", name})
	}
	// moto does not take CloudWatch's protocol of the SDK, and tells nobody of an alarm's state.
	// https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
	standIn(t, p, func(w http.ResponseWriter, path, body string) bool {
		if !strings.HasSuffix(path, "/operation/SetAlarmState") {
			return false
		}
		w.Header().Set("smithy-protocol", "rpc-v2-cbor")
		w.Header().Set("Content-Type", "application/cbor")
		if strings.Contains(body, "absent") {
			w.WriteHeader(http.StatusNotFound)
		}
		if strings.Contains(body, "errors-optin") {
			for _, message := range []string{`{"AlarmName":"calm","NewStateValue":"OK"}`, `no JSON`, `{"AlarmName":"errors-optin","NewStateValue":"ALARM"}`} {
				if _, err := topics.Publish(t.Context(), &sns.PublishInput{TopicArn: topic.TopicArn, Message: &message}); err != nil {
					t.Error(err)
				}
			}
		}
		_, _ = w.Write([]byte{0xa0}) // an empty map
		return true
	})
	p.tryAlarms(t.Context())
	p.tearDown(t.Context())
	expect(t, p, passed, map[string]status{"set off calm": failed, "set off absent": failed, "what there is to remove": notTried, "cdk destroy": notTried})
	queues, err := sqs.NewFromConfig(p.config).ListQueues(t.Context(), &sqs.ListQueuesInput{})
	must(t, err)
	if len(queues.QueueUrls) > 0 {
		t.Errorf("the queues %v are left over", queues.QueueUrls)
	}
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

// TestAdministers: that something is denied to an administrator is tried by one who may do it by
// their own policies, as IAM's simulation says, which moto does not have.
func TestAdministers(t *testing.T) {
	p := onMoto(t)
	p.identity.Arn = aws.String("arn:aws:sts::123456789012:assumed-role/" + stackName + "-optin-eu-west-1/session")
	decision := "allowed"
	standIn(t, p, func(w http.ResponseWriter, _, body string) bool {
		if !strings.Contains(body, "Action=SimulatePrincipalPolicy") {
			return false
		}
		if asked, _ := url.ParseQuery(body); asked.Get("PolicySourceArn") != "arn:aws:iam::123456789012:role/"+stackName+"-optin-eu-west-1" {
			t.Errorf("asked of %s", asked.Get("PolicySourceArn"))
		}
		_, err := fmt.Fprintf(w, `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member>
			<EvalActionName>kms:Sign</EvalActionName><EvalDecision>%s</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`, decision)
		return err == nil
	})
	must(t, p.administers(t.Context()))
	decision = "implicitDeny"
	if err := p.administers(t.Context()); !errors.Is(err, errNotTried) || !strings.Contains(err.Error(), "may not kms:Sign") {
		t.Errorf("somebody else: %v", err)
	}
	p.identity.Arn = aws.String("arn:aws:sts::123456789012:assumed-role/unknown/session")
	if err := p.administers(t.Context()); !errors.Is(err, errNotTried) || !strings.Contains(err.Error(), "is not known") {
		t.Errorf("nobody knows: %v", err)
	}
}

// TestGuard: an account other than the named one is left alone, and one that has other stacks
// than bootstrapping's and the named ones.
func TestGuard(t *testing.T) {
	p := onMoto(t)
	add := func(name string) {
		t.Helper()
		_, err := cloudformation.NewFromConfig(p.config).CreateStack(t.Context(), &cloudformation.CreateStackInput{
			StackName: &name, TemplateBody: aws.String(`{"Resources":{"Topic":{"Type":"AWS::SNS::Topic"}}}`),
		})
		must(t, err)
	}
	refused := func(why string) {
		t.Helper()
		if err := p.guard(t.Context()); !errors.Is(err, errGuard) || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want that %s", err, why)
		}
	}
	must(t, p.guard(t.Context()))
	add(toolkit)
	must(t, p.guard(t.Context()))
	add("Payroll")
	refused("used for Payroll too")
	p.options.beside = []string{"Payroll"}
	must(t, p.guard(t.Context()))
	add(stackName)
	p.options.beside = []string{"Payroll", stackName}
	refused("which would be deleted")
	p.options.account = "111122223333"
	refused("the credentials are of account 123456789012")
}

// TestArguments: the cdk command has each option that it is called with.
func TestArguments(t *testing.T) {
	cdk := repository.File(t, "node_modules", ".bin", "cdk")
	if _, err := os.Stat(cdk); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%v, and CI=true allows no skip", err)
		}
		t.Skipf("skipped: %v; make test installs it", err)
	}
	for _, args := range [][]string{options{}.deployArgs(), options{}.destroyArgs()} {
		help, err := exec.CommandContext(t.Context(), cdk, args[0], "--help").CombinedOutput()
		must(t, err)
		for _, arg := range args[1:] {
			option, _, _ := strings.Cut(arg, "=")
			if strings.HasPrefix(option, "--") && !regexp.MustCompile(`(?m)^ +`+option+`\b`).Match(help) {
				t.Errorf("cdk %s has no option %s:\n%s", args[0], option, help)
			}
		}
	}
}
