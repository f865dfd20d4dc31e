package deploytest

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// absent is what moto's CloudFormation cannot make, by the beginning of the type's
// name, and why. What refers to it refers to a parameter instead.
var absent = []struct{ kind, why string }{
	{"AWS::ApiGatewayV2::", "moto's CloudFormation makes none"},
	{"AWS::Cognito::", "moto's CloudFormation makes none"},
	{"AWS::CloudWatch::Alarm", "moto's CloudFormation makes none"},
	{"AWS::Logs::MetricFilter", "moto's CloudFormation makes none"},
	{"AWS::SNS::TopicPolicy", "moto's CloudFormation makes none"},
	{"AWS::SQS::QueuePolicy", "moto's CloudFormation makes none"},
	{"AWS::KMS::Key", "moto's CloudFormation makes each key a symmetric one: made before, by KMS itself, without its policy"},
	{"Custom::Provision", "moto runs functions in Docker only: run afterwards, as a process"},
}

// template is one that was synthesized, of which a part is deployed.
type template struct {
	file    string
	whole   map[string]any
	removed map[string]map[string]any // resources that are not deployed, by logical id
}

// readTemplate reads the stack's template from a folder that cdk wrote.
func readTemplate(t *testing.T, folder string) *template {
	t.Helper()
	m := &template{file: filepath.Join(folder, stackName+".template.json"), removed: map[string]map[string]any{}}
	b, err := os.ReadFile(m.file)
	must(t, err)
	must(t, json.Unmarshal(b, &m.whole))
	return m
}

func (m *template) resources() map[string]any { return m.whole["Resources"].(map[string]any) }

// prune removes the resources that are not deployed, writes the template back, and returns a
// summary.
func (m *template) prune(t *testing.T) {
	t.Helper()
	deployed := map[string]int{}
	for id, r := range m.resources() {
		kind := r.(map[string]any)["Type"].(string)
		i := slices.IndexFunc(absent, func(a struct{ kind, why string }) bool { return strings.HasPrefix(kind, a.kind) })
		if i < 0 {
			deployed[kind]++
			keepOnMoto(r.(map[string]any))
			continue
		}
		m.removed[id] = r.(map[string]any)
		delete(m.resources(), id)
	}
	for _, part := range []string{"Resources", "Outputs"} {
		m.whole[part] = m.rewrite(m.whole[part])
	}
	b, err := json.Marshal(m.whole)
	must(t, err)
	must(t, os.WriteFile(m.file, b, 0o644))
	for _, kind := range slices.Sorted(maps.Keys(deployed)) {
		t.Logf("deployed:     %2d %s", deployed[kind], kind)
	}
	for _, a := range absent {
		n := 0
		for _, r := range m.removed {
			if strings.HasPrefix(r["Type"].(string), a.kind) {
				n++
			}
		}
		if n == 0 {
			t.Errorf("the stack has no %s: it needs no line in the table", a.kind)
		}
		t.Logf("not deployed: %2d %s: %s", n, a.kind, a.why)
	}
}

// keepOnMoto has moto keep what outlives the stack. It knows no RetainExceptOnCreate.
func keepOnMoto(resource map[string]any) {
	if resource["DeletionPolicy"] == "RetainExceptOnCreate" {
		resource["DeletionPolicy"] = "Retain"
	}
}

// rewrite replaces references to resources that are not deployed by parameters, and those to
// event buses by their names, which moto cannot resolve.
func (m *template) rewrite(v any) any {
	switch v := v.(type) {
	case []any:
		kept := []any{}
		for _, e := range v {
			if id, ok := e.(string); ok && m.removed[id] != nil { // of DependsOn
				continue
			}
			kept = append(kept, m.rewrite(e))
		}
		return kept
	case map[string]any:
		if id, ok := v["Ref"].(string); ok {
			if m.removed[id] != nil {
				return m.parameter(id + "Ref")
			}
			if r, ok := m.resources()[id].(map[string]any); ok && r["Type"] == "AWS::Events::EventBus" {
				return r["Properties"].(map[string]any)["Name"]
			}
		}
		if of, ok := v["Fn::GetAtt"].([]any); ok && m.removed[of[0].(string)] != nil {
			return m.parameter(of[0].(string) + of[1].(string))
		}
		out := map[string]any{}
		for name, e := range v {
			out[name] = m.rewrite(e)
		}
		return out
	}
	return v
}

func (m *template) parameter(name string) any {
	m.whole["Parameters"].(map[string]any)[name] = map[string]any{"Type": "String", "Default": "absent"}
	return map[string]any{"Ref": name}
}

// id finds the logical id of a resource, deployed or not: its name in the CDK app,
// and a hash behind it in most cases.
func (m *template) id(t *testing.T, name string) string {
	t.Helper()
	matches := regexp.MustCompile("^" + name + "([0-9A-F]{8})?$")
	var found []string
	for _, ids := range [][]string{slices.Collect(maps.Keys(m.resources())), slices.Collect(maps.Keys(m.removed))} {
		for _, id := range ids {
			if matches.MatchString(id) {
				found = append(found, id)
			}
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d resources are called %s, want one", len(found), name)
	}
	return found[0]
}
