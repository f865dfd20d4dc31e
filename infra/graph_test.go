package main

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/infra/graph"
)

// checked fails for each edge of a deployment that a policy does not allow.
func checked(t *testing.T, tpl *template) *graph.Template {
	t.Helper()
	g := graphOf(t, tpl)
	for _, wrong := range g.Check() {
		t.Error(wrong)
	}
	return g
}

// TestGraph: whatever calls something else in a deployment, is allowed to, by every policy that
// has a say; and the graph has an edge for each alarm, rule, mapping, route and function.
func TestGraph(t *testing.T) {
	tpl := synthesized(t)
	edges := map[string]int{}
	for _, e := range checked(t, tpl).Edges() {
		edges[e.Kind]++
	}
	alarms, mappings, lambdas := len(tpl.of("AWS::CloudWatch::Alarm")), len(tpl.of("AWS::Lambda::EventSourceMapping")), len(tpl.of("AWS::Lambda::Function"))
	fed := len(tpl.of("AWS::Events::Rule"))
	for kind, want := range map[string]int{
		"alarm to topic": alarms + 1, "alarm to its topic's key": alarms + 1, // "overdue" tells of two states.
		"rule to queue": fed, "rule to dead letters": fed, "bus to key": 2, "bus to dead letters": 2, "queue to dead letters": fed + 1, // No rule feeds republish.
		"function to queue": mappings - 1, "function to stream": 1, "function to dead letters": mappings,
		"log group to key": len(tpl.of("AWS::Logs::LogGroup")), "route to function": len(tpl.of("AWS::ApiGatewayV2::Route")),
		"user pool to function": 1, "resource to function": 1,
		"function to role": lambdas, "function to log group": lambdas, "function to environment's key": lambdas,
		"function to CERTIFY_FUNCTION": 7, "function to SELFSIGN_FUNCTION": 1, "function to ROOT_KEY_ID": 2, "function to PSEUDONYM_KEY_ID": 7,
		"function to SESSION_KEY_ID": 1, "function to EVENT_BUS": 2, "function to DEAD_LETTERS": 3, "function to SCANNED_TABLE": 1,
	} {
		if edges[kind] != want {
			t.Errorf("%d edges %s, want %d", edges[kind], kind, want)
		}
	}
}

// TestInserts: a function inserts under the partition keys of its record, and under no other;
// and not where AWS gives no keys.
func TestInserts(t *testing.T) {
	g := graphOf(t, synthesized(t))
	table := arnOf(t, g, "Ledger")
	for _, f := range functions.All() {
		insert := func(keys ...string) error {
			return g.Allowed(graph.Request{Principal: roleOf(f.Name), Action: "dynamodb:PartiQLInsert", Resource: table, Context: map[string][]string{"dynamodb:LeadingKeys": keys}})
		}
		for _, prefix := range []string{"subject#*", "audit#*", "day#*", "ticket#stub/*", "ticket#outcome/*", "ticket#request/*", "ticket#sweep/*", "document#*", "roots"} {
			key := strings.ReplaceAll(prefix, "*", "1")
			if got := insert(key) == nil; got != slices.Contains(f.Inserts, prefix) {
				t.Errorf("%s inserts %s: %v", f.Name, key, got)
			}
			if insert(key, "elsewhere") == nil {
				t.Errorf("%s inserts %s and something else", f.Name, key)
			}
		}
		if insert() == nil {
			t.Errorf("%s inserts without a key", f.Name)
		}
	}
}

// TestForbidden: what nobody may do, whatever their own policies say, and what a function may
// not although another may.
func TestForbidden(t *testing.T) {
	g := graphOf(t, synthesized(t))
	table, root, pseudonyms, session := arnOf(t, g, "Ledger"), arnOf(t, g, "RootKey"), arnOf(t, g, "PseudonymKey"), arnOf(t, g, "SessionKey")
	for _, r := range []graph.Request{
		{Principal: graph.Administrator, Action: "dynamodb:DeleteItem", Resource: table},
		{Principal: graph.Administrator, Action: "dynamodb:PutItem", Resource: table},
		{Principal: graph.Administrator, Action: "dynamodb:PartiQLUpdate", Resource: table},
		{Principal: graph.Administrator, Action: "kms:Sign", Resource: root},
		{Principal: graph.Administrator, Action: "kms:GenerateMac", Resource: pseudonyms},
		{Principal: graph.Administrator, Action: "kms:VerifyMac", Resource: pseudonyms},
		{Principal: graph.Administrator, Action: "kms:GenerateMac", Resource: session},
		{Principal: roleOf("portal"), Action: "kms:GenerateMac", Resource: pseudonyms},
		{Principal: roleOf("optin"), Action: "kms:GenerateMac", Resource: session},
		{Principal: roleOf("optin"), Action: "kms:Sign", Resource: root},
		{Principal: roleOf("provision"), Action: "lambda:InvokeFunction", Resource: arnOf(t, g, "Functioncertify")},
		{Principal: roleOf("optin"), Action: "lambda:InvokeFunction", Resource: arnOf(t, g, "Functionselfsign")},
		{Principal: roleOf(eraser), Action: "dynamodb:DeleteItem", Resource: table},
		{Principal: "lambda.amazonaws.com", Action: "sts:AssumeRole", Resource: roleOf(eraser)},
	} {
		if err := g.Allowed(r); !errors.Is(err, graph.ErrDenied) {
			t.Errorf("%s: %v", r, err)
		}
	}
	services := []string{"apigateway.amazonaws.com", "events.amazonaws.com", "cognito-idp.amazonaws.com", "sqs.amazonaws.com", "sns.amazonaws.com"}
	for id, r := range g.Resources {
		if r.Type != "AWS::IAM::Role" {
			continue
		}
		for _, principal := range append(services, graph.Administrator, roleOf("optin")) { // only Lambda assumes roles
			if g.Allowed(graph.Request{Principal: principal, Action: "sts:AssumeRole", Resource: r.ARN}) == nil {
				t.Errorf("%s assumes %s", principal, id)
			}
		}
	}
	everybodyElse := map[string][]string{"aws:SourceArn": {"arn:aws:execute-api:eu-west-1:111122223333:other/*"}, "aws:SourceAccount": {graph.Account}}
	for _, service := range services {
		for id, r := range g.Resources {
			if r.Type == "AWS::Lambda::Function" && g.Allowed(graph.Request{Principal: service, Action: "lambda:InvokeFunction", Resource: r.ARN, Context: everybodyElse}) == nil {
				t.Errorf("%s of something else invokes %s", service, id)
			}
		}
	}
}

// TestMutations: the graph finds each of these mistakes, at the edge that it breaks.
func TestMutations(t *testing.T) {
	for name, test := range map[string]struct {
		want   string // the beginning of what it finds
		mutate func(resources)
	}{
		"the topic's policy does not name CloudWatch":           {"alarm to topic: ", func(r resources) { r.drop("AlarmsPolicy", "Sid", "Alarms") }},
		"the data key's policy does not name CloudWatch":        {"alarm to its topic's key: ", func(r resources) { r.drop("DataKey", "Sid", "Alarms") }},
		"the data key's policy does not name EventBridge":       {"rule to queue: ", func(r resources) { r.drop("DataKey", "Sid", "Events") }},
		"the data key's policy does not name the log service":   {"log group to key: ", func(r resources) { r.drop("DataKey", "Sid", "Logs") }},
		"the data key's policy leaves nothing to IAM":           {"function to environment's key: ", func(r resources) { r.drop("DataKey", "Action", "kms:*") }},
		"a queue's policy names another rule":                   {"rule to queue: Rulecrm", func(r resources) { r.replace("QueuecrmPolicy", "/ConsentReceipts-crm", "/ConsentReceipts-ivr") }},
		"what is undelivered is refused by its queue":           {"rule to dead letters: Rulecrm", func(r resources) { r.remove("UndeliveredcrmPolicy") }},
		"the deny of plain HTTP has lost its condition":         {"rule to queue: Rulecallbacks", func(r resources) { r.unbind("QueuecallbacksPolicy", "Bool") }},
		"the permission is another API's":                       {"route to function: Route", func(r resources) { r.replace("InvokePOSTv1optout", `{"Ref":"Api"}`, `"other"`) }},
		"the permission is another route's":                     {"route to function: RoutePOSTv1optout", func(r resources) { r.replace("InvokePOSTv1optout", "/POST/v1/opt-out", "/POST/v1/opt-in") }},
		"the schedule may not begin a sweep":                    {"rule to queue: Rulesweep", func(r resources) { r.remove("QueuesweepPolicy") }},
		"a bus may not put what it cannot encrypt anywhere":     {"bus to dead letters: ReceiptsBus", func(r resources) { r.remove("DeadLettersbusreceiptsPolicy") }},
		"republish may not scan":                                {"function to SCANNED_TABLE: Functionrepublish", func(r resources) { r.replace("Rolerepublish", `"dynamodb:Scan"`, `"dynamodb:Query"`) }},
		"the user pool may not invoke staff":                    {"user pool to function: Staff", func(r resources) { r.remove("StaffPreToken") }},
		"intake may not receive":                                {"function to queue: Functionintake", func(r resources) { r.replace("Roleintake", `"sqs:ReceiveMessage"`, `"sqs:PurgeQueue"`) }},
		"publish may not read the stream":                       {"function to stream: Functionpublish", func(r resources) { r.replace("Rolepublish", `"dynamodb:GetRecords"`, `"dynamodb:Get"`) }},
		"publish may use the data key through one service only": {"function to dead letters: Functionpublish", func(r resources) { r.replace("Rolepublish", `"sqs.",`, `"sns.",`) }},
		"optin's environment is another function's": {"function to environment's key: Functionoptin", func(r resources) {
			r.replace("Roleoptin", `:function:ConsentReceipts-optin"`, `:function:ConsentReceipts-optout"`)
		}},
		"receipts may not use the pseudonym key": {"function to PSEUDONYM_KEY_ID: Functionreceipts", func(r resources) {
			r.replace("PseudonymKey", ":role/ConsentReceipts-receipts-", ":role/ConsentReceipts-receipt-")
		}},
		"the root key is for another role": {"function to ROOT_KEY_ID: Functioncertify", func(r resources) { r.replace("RootKey", "ConsentReceipts-certify-", "ConsentReceipts-certifier-") }},
		"the role is another service's":    {"function to role: Functionoptin", func(r resources) { r.replace("Roleoptin", "lambda.amazonaws.com", "ec2.amazonaws.com") }},
		"the role trusts nobody":           {"function to role: Functionoptin", func(r resources) { r.drop("Roleoptin", "Action", "sts:AssumeRole") }},
		"the role's trust denies": {"function to role: Functionsweep", func(r resources) {
			r.replace("Rolesweep", `"sts:AssumeRole","Effect":"Allow"`, `"sts:AssumeRole","Effect":"Deny"`)
		}},
		"the role trusts another account's functions": {"function to role: Functionstaff", func(r resources) {
			r.replace("Rolestaff", `"sts:AssumeRole"`, `"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"444455556666"}}`)
		}},
		"a function that is asked has another name": {"function to CERTIFY_FUNCTION: ", func(r resources) {
			r.replace("Functioncertify", `"ConsentReceipts-certify"`, `"ConsentReceipts-certifies"`)
		}},
		"dead letters go to a queue elsewhere": {"queue to dead letters: Queuecallbacks", func(r resources) {
			r.replace("Queuecallbacks", `{"Fn::GetAtt":["DeadLetterscallbacks83045E01","Arn"]}`, `"elsewhere"`)
		}},
	} {
		mutated := readResources(t)
		before := compact(mutated)
		test.mutate(mutated)
		b := compact(map[string]any{"Resources": mutated})
		if before == compact(mutated) {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		g, err := graph.Parse([]byte(b))
		must(t, err)
		if wrong := g.Check(); !slices.ContainsFunc(wrong, func(w string) bool { return strings.HasPrefix(w, test.want) }) {
			t.Errorf("%s: it finds %q", name, wrong)
		}
	}
}

// resources are those of a template, by logical id, to be changed.
type resources map[string]any

func readResources(t *testing.T) resources {
	t.Helper()
	b, err := os.ReadFile(synthesized(t).file)
	must(t, err)
	var read struct{ Resources resources }
	must(t, json.Unmarshal(b, &read))
	return read.Resources
}

// id is the first of the logical ids that begin so, and are not followed by a small letter.
func (r resources) id(prefix string) string {
	for _, id := range slices.Sorted(maps.Keys(r)) {
		if rest, ok := strings.CutPrefix(id, prefix); ok && (rest == "" || rest[0] < 'a') {
			return id
		}
	}
	return prefix
}

func (r resources) remove(prefix string) { delete(r, r.id(prefix)) }

// replace changes a text in the JSON of a resource.
func (r resources) replace(prefix, before, after string) {
	id := r.id(prefix)
	var changed any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(compact(r[id]), before, after)), &changed); err == nil {
		r[id] = changed
	}
}

// drop removes the statements in which a member has a value from the policies of a resource.
func (r resources) drop(prefix, member, value string) {
	r.each(prefix, func(statement map[string]any) bool { return compact(statement[member]) != compact(value) })
}

// unbind removes the conditions of statements that have this operator from the policies of a resource.
func (r resources) unbind(prefix, operator string) {
	r.each(prefix, func(statement map[string]any) bool {
		if at(statement, "Condition", operator) != nil {
			delete(statement, "Condition")
		}
		return true
	})
}

// each walks the statements of a resource, and removes those that are not kept.
func (r resources) each(prefix string, keep func(statement map[string]any) bool) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if statements, ok := v["Statement"].([]any); ok {
				v["Statement"] = slices.DeleteFunc(statements, func(s any) bool { return !keep(s.(map[string]any)) })
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(r[r.id(prefix)])
}

func graphOf(t *testing.T, tpl *template) *graph.Template {
	t.Helper()
	b, err := os.ReadFile(tpl.file)
	must(t, err)
	g, err := graph.Parse(b)
	must(t, err)
	return g
}

// arnOf is the ARN of the resource with a name in CDK.
func arnOf(t *testing.T, g *graph.Template, name string) string {
	t.Helper()
	for id, r := range g.Resources {
		if named(id) == name {
			return r.ARN
		}
	}
	t.Fatalf("no resource %s", name)
	return ""
}

func roleOf(function string) string {
	return "arn:aws:iam::" + graph.Account + ":role/" + roleName(function, "eu-west-1")
}
