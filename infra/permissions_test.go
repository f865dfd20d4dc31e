package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden file")

// TestPermissions: the permissions in the template are those of the golden file. No emulator
// evaluates these policies; reviewers read this table.
func TestPermissions(t *testing.T) {
	var lines []string
	for _, g := range grants(synthesized(t)) {
		lines = append(lines, g.String())
	}
	got := strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "permissions.golden")
	if *update {
		must(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if got != string(want) {
		t.Errorf("permissions changed; review them, then run go test ./infra -update\ngot:\n%s", got)
	}
}

// TestLeastPrivilege: who may insert, who may sign, and that nobody may replace.
func TestLeastPrivilege(t *testing.T) {
	holders := map[string][]string{}
	for _, g := range grants(synthesized(t)) {
		if g.effect == "Allow" && strings.HasPrefix(g.who, "function ") {
			name := strings.TrimPrefix(g.who, "function ")
			if !slices.Contains(holders[g.action], name) {
				holders[g.action] = append(holders[g.action], name)
			}
		}
		if strings.Contains(g.action, "*") && g.who != "the account" && g.effect == "Allow" {
			t.Errorf("a wildcard: %s", g)
		}
	}
	for action, want := range map[string]string{
		"dynamodb:PartiQLInsert": "callbacks datarequest door intake operator optin optout protocols provision sweep",
		"kms:Sign":               "certify selfsign",
		"kms:GenerateMac":        "datarequest door intake operator optin optout portal protocols receipts",
		"lambda:InvokeFunction":  "datarequest door intake operator optin optout protocols provision sweep",
		"events:PutEvents":       "publish republish",
		"dynamodb:Scan":          "republish",
		"dynamodb:PutItem":       "", "dynamodb:UpdateItem": "", "dynamodb:DeleteItem": "", "dynamodb:BatchWriteItem": "",
		"dynamodb:PartiQLUpdate": "", "dynamodb:PartiQLDelete": "", "dynamodb:UpdateTimeToLive": "",
	} {
		slices.Sort(holders[action])
		if got := strings.Join(holders[action], " "); got != want {
			t.Errorf("%s is held by %q, want %q", action, got, want)
		}
	}
}

// grant is one action that one statement allows or denies.
type grant struct{ who, effect, action, resource, condition string }

func (g grant) String() string {
	line := fmt.Sprintf("%-24s -> %s -> %s", g.who, g.action, g.resource)
	if g.effect == "Deny" {
		line = "DENY  " + line
	}
	if g.condition != "" {
		line += "  if " + g.condition
	}
	return line
}

// grants lists every statement of every policy in a template.
func grants(tpl *template) (all []grant) {
	add := func(who string, policy any, self string) {
		statements, _ := at(policy, "Statement").([]any)
		for _, s := range statements {
			to := who
			if to == "" {
				to = principal(at(s, "Principal"))
			}
			for _, action := range list(at(s, "Action")) {
				for _, r := range list(at(s, "Resource")) {
					name := readable(r)
					if name == "*" && self != "" {
						name = self
					}
					g := grant{to, fmt.Sprint(at(s, "Effect")), fmt.Sprint(action), name, ""}
					if c := at(s, "Condition"); c != nil {
						g.condition = readable(c)
					}
					all = append(all, g)
				}
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(tpl.Resources)) {
		r := tpl.Resources[id]
		switch r.Type {
		case "AWS::IAM::Role":
			policies, _ := r.Properties["Policies"].([]any)
			for _, p := range policies {
				add("function "+strings.TrimPrefix(named(id), "Role"), at(p, "PolicyDocument"), "")
			}
			for _, m := range list(r.Properties["ManagedPolicyArns"]) {
				all = append(all, grant{named(id), "Allow", "managed policy", readable(m), ""})
			}
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
			add(named(id), r.Properties["PolicyDocument"], "")
		case "AWS::KMS::Key":
			add("", r.Properties["KeyPolicy"], named(id))
		case "AWS::DynamoDB::Table":
			add("", at(r.Properties, "ResourcePolicy", "PolicyDocument"), named(id))
		case "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy":
			add("", r.Properties["PolicyDocument"], "")
		case "AWS::Events::EventBusPolicy":
			add("", map[string]any{"Statement": []any{r.Properties["Statement"]}}, "")
		case "AWS::Lambda::Permission":
			all = append(all, grant{readable(r.Properties["Principal"]), "Allow", readable(r.Properties["Action"]),
				readable(r.Properties["FunctionName"]), "source " + readable(r.Properties["SourceArn"])})
		}
	}
	slices.SortStableFunc(all, func(a, b grant) int { return strings.Compare(a.who, b.who) })
	return all
}

func principal(p any) string {
	text := strings.TrimPrefix(strings.TrimPrefix(readable(p), "Service "), "AWS ")
	if strings.Contains(text, ":root") {
		return "the account"
	}
	return text
}

func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

var (
	hash = regexp.MustCompile(`[0-9A-F]{8}$`)
)

// named is a logical id without the hash that CDK adds.
func named(id string) string { return hash.ReplaceAllString(id, "") }

// readable writes a value with intrinsics as text: references by logical id, and
// pseudo parameters left out.
func readable(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok {
			if strings.HasPrefix(ref, "AWS::") {
				return strings.TrimPrefix(ref, "AWS::")
			}
			return named(ref)
		}
		if get := list(v["Fn::GetAtt"]); len(get) == 2 {
			return named(fmt.Sprint(get[0])) + "." + fmt.Sprint(get[1])
		}
		if join := list(v["Fn::Join"]); len(join) == 2 {
			var parts []string
			for _, part := range list(join[1]) {
				parts = append(parts, readable(part))
			}
			return strings.NewReplacer("arn:Partition:", "", ":Region:AccountId:", ":", "::AccountId:", ":").Replace(strings.Join(parts, fmt.Sprint(join[0])))
		}
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+" "+readable(v[key]))
		}
		return strings.Join(parts, " and ")
	case []any:
		var parts []string
		for _, part := range v {
			parts = append(parts, readable(part))
		}
		return strings.Join(parts, ", ")
	}
	return compact(v)
}
