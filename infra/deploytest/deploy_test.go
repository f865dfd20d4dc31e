// Package deploytest deploys the stack with the CDK's own command, to moto: the real
// packages, and every resource that moto's CloudFormation takes.
//
// What it shows: that bootstrapping and deploying work, that what is uploaded is what
// was built, that the services take the descriptions, and that the functions work
// with the environment that they are deployed with. What it cannot show: whether IAM
// denies anything. moto asks nobody for permission.
package deploytest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/errtest"
)

const (
	stackName = "ConsentReceipts"
	account   = "123456789012" // moto's
	region    = "eu-west-1"
	// qualifier is part of the names of what bootstrapping makes. moto finds the
	// bucket in the path of a template's address, as it is at an IP address, only if
	// the address has this word in it.
	qualifier = "localhost"
	bucket    = "cdk-" + qualifier + "-assets-" + account + "-" + region
)

// deployment is a deployment by a test.
type deployment struct {
	root string // folder of the repository
	dist string // folder of the packages
	moto string // address
	env  []string

	template *template
	keys     map[string]struct{ Arn, Ref string } // by logical id
	described
}

// described is what describe.py prints.
type described struct {
	Stack     struct{ StackStatus string }
	Resources map[string]struct {
		Type, Name string
		Described  map[string]any
	}
	Packages map[string]map[string]string // by CodeSha256: SHA-256 of each file
}

func TestDeploy(t *testing.T) {
	d := &deployment{root: filepath.Join("..", ".."), dist: filepath.Join(t.TempDir(), "dist")}
	var err error
	d.root, err = filepath.Abs(d.root)
	must(t, err)
	d.needs(t, "node_modules/.bin/cdk", ".venv/bin/python")
	d.inAccount(t)
	d.run(t, nil, "make", "--no-print-directory", "package", "ARCH=amd64", "DIST="+d.dist)

	d.deploy(t)
	t.Run("table", d.testTable)
	t.Run("functions", d.testFunctions)
	t.Run("roles", d.testRoles)
	t.Run("queues", d.testQueues)
	t.Run("first receipt", d.testReceipt)
	t.Run("prove", d.testProve)
}

// inAccount gives the deployment an empty account of moto.
func (d *deployment) inAccount(t *testing.T) {
	t.Helper()
	d.moto = mototest.Start(t)
	d.env = append(os.Environ(),
		"AWS_ENDPOINT_URL="+d.moto, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region,
		"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=1", "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false", "CDK_DISABLE_CLI_TELEMETRY=true")
}

// needs skips the test where a program is missing, and fails it with CI=true.
func (d *deployment) needs(t *testing.T, programs ...string) {
	t.Helper()
	_, err := exec.LookPath("node")
	for _, program := range programs {
		if err == nil {
			_, err = os.Stat(filepath.Join(d.root, program))
		}
	}
	switch {
	case err != nil && os.Getenv("CI") == "true":
		t.Fatalf("%v, and CI=true allows no skip", err)
	case err != nil:
		t.Skipf("skipped: %v; make test installs it", err)
	}
}

// run runs a command in the repository and returns its output.
func (d *deployment) run(t *testing.T, input []byte, name string, args ...string) []byte {
	t.Helper()
	out, said, err := d.try(t, input, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, said)
	}
	return out
}

// try is run for a command that may fail.
func (d *deployment) try(t *testing.T, input []byte, name string, args ...string) (out, said []byte, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	var stdout, stderr bytes.Buffer
	command.Dir, command.Env, command.Stdin, command.Stdout, command.Stderr = d.root, d.env, bytes.NewReader(input), &stdout, &stderr
	err = command.Run()
	return stdout.Bytes(), stderr.Bytes(), err
}

func (d *deployment) cdk(t *testing.T, args ...string) {
	t.Helper()
	d.run(t, nil, "node_modules/.bin/cdk", append(args, "--ci", "--notices=false")...)
}

const python = ".venv/bin/python"

// prepare bootstraps the account, and synthesizes the part of the stack that moto takes. It
// returns the folder of the app, and more arguments that deploying it there needs.
func (d *deployment) prepare(t *testing.T, context ...string) (app string, args []string) {
	t.Helper()
	app = filepath.Join(t.TempDir(), "cdk.out")
	synth := []string{"synth", "--quiet", "--output", app}
	for _, c := range append(context, "architecture=amd64", "dist="+d.dist, "@aws-cdk/core:bootstrapQualifier="+qualifier) {
		synth = append(synth, "--context", c)
	}
	d.cdk(t, synth...)
	d.template = readTemplate(t, app)
	d.template.prune(t)

	properties := map[string]any{}
	for id, r := range d.template.removed {
		if r["Type"] == "AWS::KMS::Key" {
			properties[id] = r["Properties"]
		}
	}
	wanted, err := json.Marshal(properties)
	must(t, err)
	must(t, json.Unmarshal(d.run(t, wanted, python, "infra/deploytest/keys.py"), &d.keys))
	args = []string{"--method", "direct"}
	for id, key := range d.keys {
		for name, value := range map[string]string{id + "Arn": key.Arn, id + "Ref": key.Ref} {
			if d.template.whole["Parameters"].(map[string]any)[name] != nil {
				args = append(args, "--parameters", name+"="+value)
			}
		}
	}
	d.cdk(t, "bootstrap", "aws://"+account+"/"+region, "--app", app, "--qualifier", qualifier)
	return app, args
}

// deploy goes from nothing to a stack that is complete, as docs/deploy.md does.
func (d *deployment) deploy(t *testing.T) {
	t.Helper()
	app, args := d.prepare(t)
	d.cdk(t, append([]string{"deploy", "--app", app, "--require-approval", "never"}, args...)...)
	d.cdk(t, "diff", "--app", app, "--method", "template")
	must(t, json.Unmarshal(d.run(t, nil, python, "infra/deploytest/describe.py", stackName, bucket), &d.described))
	if d.Stack.StackStatus != "CREATE_COMPLETE" || len(d.Resources) != len(d.template.resources()) {
		t.Fatalf("%s with %d resources, the template has %d", d.Stack.StackStatus, len(d.Resources), len(d.template.resources()))
	}
}

// of is a deployed resource, by its name in the CDK app.
func (d *deployment) of(t *testing.T, name string) map[string]any {
	t.Helper()
	r, ok := d.Resources[d.template.id(t, name)]
	if !ok || r.Described == nil {
		t.Fatalf("%s is not deployed, or not described", name)
	}
	return r.Described
}

// testTable: moto's CloudFormation takes point-in-time recovery and does not turn it
// on; that the template asks for it is shown by the stack's own test.
func (d *deployment) testTable(t *testing.T) {
	table := d.of(t, "Ledger")
	for _, c := range []struct {
		what string
		got  any
		want string
	}{
		{"keys", table["KeySchema"], `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]`},
		{"stream", at(table, "StreamSpecification"), `{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}`},
		{"billing", at(table, "BillingModeSummary", "BillingMode"), `"PAY_PER_REQUEST"`},
		{"local index", at(table, "LocalSecondaryIndexes", 0, "KeySchema"), `[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"idem","KeyType":"RANGE"}]`},
		{"global index", at(table, "GlobalSecondaryIndexes", 0, "KeySchema"), `[{"AttributeName":"due","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}]`},
		{"deletion protection", table["DeletionProtectionEnabled"], `true`},
	} {
		if got := compact(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func (d *deployment) testFunctions(t *testing.T) {
	for _, name := range functions.Names() {
		f := d.of(t, "Function"+name)
		if got := compact([]any{f["FunctionName"], f["Runtime"], f["Handler"], f["Architectures"]}); got !=
			compact([]any{stackName + "-" + name, "provided.al2023", "bootstrap", []string{"x86_64"}}) {
			t.Errorf("%s: %s", name, got)
		}
		binary, err := os.ReadFile(filepath.Join(d.dist, name, "bootstrap"))
		must(t, err)
		sum := sha256.Sum256(binary)
		if got := d.Packages[f["CodeSha256"].(string)]["bootstrap"]; got != hex.EncodeToString(sum[:]) {
			t.Errorf("%s runs other code (%s) than what was built", name, f["CodeSha256"])
		}
		if size := f["CodeSize"].(float64); size > maxPackage(name) {
			t.Errorf("the package of %s has %.0f bytes, at most %.0f", name, size, maxPackage(name))
		}
		variables, _ := at(f, "Environment", "Variables").(map[string]any) // staff is told nothing
		for variable, value := range variables {
			text, ok := value.(string)
			told := text == "absent" && (name == "portal" || variable == "ROOTS") // by what moto cannot make
			if !ok || text == "" || strings.Contains(text, "absent") && !told && variable != "BASE_URL" {
				t.Errorf("%s is told %s=%v", name, variable, value)
			}
		}
	}
}

// maxPackage is the maximum size of a function's package, in bytes: a larger package starts
// more slowly.
func maxPackage(name string) float64 {
	switch name {
	case "receipts", "portal", "door": // pages and PDFs, and S3 or SES
		return 10e6
	case "operator", "report": // S3
		return 7e6
	}
	return 5e6
}

// testRoles: each function has its own role, with one policy, and nothing attached.
func (d *deployment) testRoles(t *testing.T) {
	for _, name := range functions.Names() {
		role := d.of(t, "Role"+name)
		policies, _ := role["Policies"].(map[string]any)
		if len(policies) != 1 || compact(role["Attached"]) != "[]" {
			t.Errorf("%s has the policies %s, attached %s", name, compact(policies), compact(role["Attached"]))
		}
		for _, forbidden := range []string{
			"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", `"kms:*"`, `"dynamodb:*"`, `"*:*"`,
		} {
			if strings.Contains(compact(policies), forbidden) {
				t.Errorf("%s may %s", name, forbidden)
			}
		}
		if signs := strings.Contains(compact(policies), "kms:Sign"); signs != (name == "certify" || name == functions.SelfSign) {
			t.Errorf("%s may sign with the root key: %v", name, signs)
		}
		if f := d.of(t, "Function"+name); f["Role"] != role["Arn"] {
			t.Errorf("%s runs as %s", name, f["Role"])
		}
	}
}

func (d *deployment) testQueues(t *testing.T) {
	queue, dead := d.of(t, "Queuecrm"), d.of(t, "DeadLetterscrm")
	var redrive struct {
		DeadLetterTargetARN string `json:"deadLetterTargetArn"`
		MaxReceiveCount     int    `json:"maxReceiveCount"`
	}
	text, _ := queue["RedrivePolicy"].(string)
	if err := json.Unmarshal([]byte(text), &redrive); err != nil || redrive.DeadLetterTargetARN != dead["QueueArn"] || redrive.MaxReceiveCount == 0 {
		t.Errorf("redrive policy %q, %v", text, err)
	}
	rule := d.of(t, "Rulecrm")
	if got := at(rule, "Targets", 0); at(got, "Arn") != queue["QueueArn"] || at(got, "InputPath") != "$.detail" {
		t.Errorf("the rule's target is %s", compact(got))
	}
	if rule["EventBusName"] != stackName+"-intake" || rule["EventPattern"] != `{"source": ["crm"]}` {
		t.Errorf("rule %s on %s", rule["EventPattern"], rule["EventBusName"])
	}
	for source, name := range map[string]string{"queue": "Intakecrm", "stream": "Streampublish"} {
		if m := d.of(t, name); m["State"] != "Enabled" {
			t.Errorf("the mapping of the %s is %v", source, m["State"])
		}
	}
}

// at walks into nested JSON by names and indexes; nil if there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// compact is a value as one line of JSON.
func compact(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

var must = errtest.None
