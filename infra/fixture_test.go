package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
)

// template is a synthesized template.
type template struct {
	Resources map[string]resource
	Outputs   map[string]struct{ Value any }

	file string
}

type resource struct {
	Type                string
	Properties          map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
	DependsOn           []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	for _, o := range []*once{&defaults, &extended, &productive} {
		if o.dir != "" {
			_ = os.RemoveAll(o.dir)
		}
	}
	os.Exit(code)
}

// once is a template that is synthesized once for all tests.
type once struct {
	sync.Once
	dir string
	t   *template
}

func (o *once) of(t *testing.T, context map[string]any) *template {
	t.Helper()
	o.Do(func() {
		dir, err := os.MkdirTemp("", "consent-receipts-infra-")
		must(t, err)
		o.dir = dir
		o.t = synthesize(t, dir, context)
	})
	if o.t == nil {
		t.Skip("skipped: there is no template, see the first test")
	}
	return o.t
}

var defaults, extended, productive once

// synthesized is the template of the defaults.
func synthesized(t *testing.T) *template {
	t.Helper()
	return defaults.of(t, nil)
}

const (
	signingKey    = "arn:aws:kms:eu-west-1:111122223333:key/1"
	matchFunction = "arn:aws:lambda:eu-west-1:111122223333:function:match"
)

// withPeers is the template of a deployment that has what is optional beside the defaults:
// controllers, a key for OpenDSR, a function that matches people, and origins of other pages.
func withPeers(t *testing.T) *template {
	t.Helper()
	return extended.of(t, map[string]any{
		"openDSRControllers": []any{"acme", "other-bank"}, "openDSRKey": signingKey, "matchFunction": matchFunction,
		"corsOrigins": `["https://app.bank.example","https://bank.example:8443"]`,
	})
}

const (
	certificate  = "arn:aws:acm:eu-west-1:111122223333:certificate/1"
	mailIdentity = "arn:aws:ses:eu-west-1:111122223333:identity/bank.example"
	reportTopic  = "arn:aws:sns:eu-west-1:111122223333:privacy-office"
	clientSecret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:desk-AbCdEf"
)

// inProduction is the template of a deployment with a domain name of its own, limits and a budget
// of its own, mails from its own address, and users who sign in at its own providers.
func inProduction(t *testing.T) *template {
	t.Helper()
	return productive.of(t, map[string]any{
		"domainName": "consent.bank.example", "certificate": certificate, "rateLimit": "50", "burstLimit": 100.0, "budget": "250", "backupDays": 35.0, "alarmEmail": "oncall@bank.example",
		"mailFrom": "First Example Bank <no-reply@bank.example>", "mailIdentity": mailIdentity,
		"attachmentScan": "GuardDutyMalwareScanStatus=NO_THREATS_FOUND", "reportBucket": "bank-reports", "reportTopic": reportTopic,
		"federation": map[string]any{
			"people": map[string]any{"name": "bank", "metadata": "https://login.bank.example/saml"},
			"staff":  map[string]any{"name": "staff", "issuer": "https://staff.bank.example", "clientId": "desk", "clientSecret": clientSecret},
		},
	})
}

// synthesize makes a template in a folder.
func synthesize(t *testing.T, dir string, context map[string]any) *template {
	t.Helper()
	return build(t, dir, context, func(app awscdk.App, c *config) { must(t, newStack(app, c)) })
}

// build makes a template of what add adds to the app, and of packages that are stand-ins: the
// sample's catalogue, and a line of text for each binary.
func build(t *testing.T, dir string, context map[string]any, add func(awscdk.App, *config)) *template {
	t.Helper()
	dist := filepath.Join(dir, "dist")
	for _, f := range functions.Names() {
		write(t, filepath.Join(dist, f, "bootstrap"), []byte(f))
	}
	compiled, problems := source.Compile(sample.FS, "first-example-bank.yaml")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	write(t, filepath.Join(dist, "provision", "documents", "catalogue.json"), compiled.Canonical)
	all := map[string]any{"dist": dist}
	for name, value := range context {
		all[name] = value
	}
	return built(t, filepath.Join(dir, "cdk.out"), all, stackName, func(app awscdk.App) {
		config, err := readConfig(app.Node())
		must(t, err)
		add(app, config)
	})
}

// built makes the template of one stack of an app.
func built(t *testing.T, out string, context map[string]any, stack string, add func(awscdk.App)) *template {
	t.Helper()
	needsNode(t)
	app := newApp(context, &out)
	add(app)
	app.Synth(nil)
	made := &template{file: filepath.Join(out, stack+".template.json")}
	b, err := os.ReadFile(made.file)
	must(t, err)
	must(t, json.Unmarshal(b, made))
	return made
}

// needsNode skips the test where Node.js is missing, which CDK needs to synthesize.
func needsNode(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("node is missing, and CI=true allows no skip")
	}
	t.Skip("skipped: synthesizing needs Node.js")
}

// of lists the resources of a type by logical id.
func (t *template) of(kind string) map[string]resource {
	out := map[string]resource{}
	for id, r := range t.Resources {
		if r.Type == kind {
			out[id] = r
		}
	}
	return out
}

// one returns the only resource of a type whose id begins so.
func (t *template) one(test *testing.T, kind, prefix string) resource {
	test.Helper()
	var found []resource
	for id, r := range t.of(kind) {
		if strings.HasPrefix(id, prefix) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		test.Fatalf("%d resources %s %s*, want one", len(found), kind, prefix)
	}
	return found[0]
}

// at walks into nested JSON by keys and indexes; nil if there is nothing.
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

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(t, os.WriteFile(file, b, 0o644))
}

var must = errtest.None
