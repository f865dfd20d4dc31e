package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// retained lists what outlives its stack, or what CloudFormation leaves behind when it
// replaces it: a line for each, with its logical id.
func retained(tpl *template) (lines []string) {
	for _, id := range slices.Sorted(maps.Keys(tpl.Resources)) {
		r := tpl.Resources[id]
		if strings.HasPrefix(r.DeletionPolicy, "Retain") || r.UpdateReplacePolicy == "Retain" {
			lines = append(lines, strings.Join([]string{id, r.Type, r.DeletionPolicy, r.UpdateReplacePolicy}, " "))
		}
	}
	return lines
}

// TestRetained: what is retained is known to CloudFormation by the ids of the golden file.
// With another id it would be made anew, and empty. A failed first deployment leaves none of
// it behind: CloudFormation removes what it made, but does not ask provision to remove anything.
func TestRetained(t *testing.T) {
	got, golden := strings.Join(retained(synthesized(t)), "\n")+"\n", filepath.Join("testdata", "retained.golden")
	if *update {
		must(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if got != string(want) {
		t.Errorf("CloudFormation would replace what must not be replaced\ngot:\n%s\nwant:\n%s", got, want)
	}
	for _, line := range retained(synthesized(t)) {
		if !strings.HasSuffix(line, " RetainExceptOnCreate Retain") && line != "Provision Custom::Provision Retain Retain" {
			t.Errorf("%s: not made with keep", line)
		}
	}
}

// TestWrapped puts the whole stack one construct deeper, which gives everything another id
// but what keep made. Beside it stands a key that was made without keep: TestRetained would
// find it. And the stack is too large where less is allowed.
func TestWrapped(t *testing.T) {
	want := retained(synthesized(t))
	tpl := build(t, t.TempDir(), nil, func(app awscdk.App, c *config) {
		stack := awscdk.NewStack(app, jsii.String(stackName), nil)
		wrapper := constructs.NewConstruct(stack, jsii.String("Wrapper"))
		made := &parts{Stack: stack, scope: wrapper, config: c}
		made.addAll()
		must(t, made.checkSize(maxResources))
		if err := made.checkSize(100); err == nil || !strings.Contains(err.Error(), "producers: with 1 of them") {
			t.Errorf("too many resources: %v", err)
		}
		awskms.NewKey(wrapper, jsii.String("Key"), nil)
	})
	if len(tpl.of("AWS::Lambda::Function")) == 0 {
		t.Fatal("no functions")
	}
	for id := range tpl.of("AWS::Lambda::Function") {
		if !strings.HasPrefix(id, "WrapperFunction") {
			t.Errorf("%s is not wrapped", id)
		}
	}
	var others []string
	for _, line := range retained(tpl) {
		if !slices.Contains(want, line) {
			others = append(others, line)
		}
	}
	if len(others) != 1 || !strings.HasPrefix(others[0], "WrapperKey") || len(retained(tpl)) != len(want)+1 {
		t.Errorf("wrapping changed %q", others)
	}
}

// TestFirstDeployment: nothing is protected from deletion until a deployment has succeeded,
// since CloudFormation could not remove what it made; everything is afterwards.
func TestFirstDeployment(t *testing.T) {
	first := synthesize(t, t.TempDir(), map[string]any{"firstDeployment": "true"})
	for tpl, protected := range map[*template]bool{synthesized(t): true, first: false} {
		if got := tpl.one(t, "AWS::DynamoDB::Table", "Ledger").Properties["DeletionProtectionEnabled"]; got != protected {
			t.Errorf("the table is protected: %v, want %v", got, protected)
		}
		for id, pool := range tpl.of("AWS::Cognito::UserPool") {
			if got := pool.Properties["DeletionProtection"] == "ACTIVE"; got != protected {
				t.Errorf("%s is protected: %v, want %v", id, got, protected)
			}
		}
		b, err := os.ReadFile(filepath.Join(filepath.Dir(tpl.file), "manifest.json"))
		must(t, err)
		var manifest struct {
			Artifacts map[string]struct {
				Properties struct{ TerminationProtection bool }
			}
		}
		must(t, json.Unmarshal(b, &manifest))
		if got := manifest.Artifacts[stackName].Properties.TerminationProtection; got != protected {
			t.Errorf("the stack is protected: %v, want %v", got, protected)
		}
	}
	if !slices.Equal(retained(first), retained(synthesized(t))) {
		t.Error("the first deployment makes other things than the second")
	}
}
