package main

import (
	"encoding/json"
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
		"rule to queue": fed, "rule to dead letters": fed, "bus to key": 2, "bus to dead letters": 2, "queue to dead letters": fed + 2, // No rule feeds republish, nor report by default.
		"function to queue": mappings - 1, "function to stream": 1, "function to dead letters": mappings - 1, // Report puts nothing there.
		"log group to key": len(tpl.of("AWS::Logs::LogGroup")), "route to function": len(tpl.of("AWS::ApiGatewayV2::Route")),
		"user pool to function": 1, "resource to function": 1,
		"function to role": lambdas, "function to log group": lambdas, "function to environment's key": lambdas,
		"function to CERTIFY_FUNCTION": 8, "function to SELFSIGN_FUNCTION": 1, "function to ROOT_KEY_ID": 2, "function to PSEUDONYM_KEY_ID": 8,
		"function to IDENTITY_KEY_ID": 6, "function to CALLBACKS_QUEUE": 1, "function to SESSION_KEY_ID": 1, "function to EVENT_BUS": 2, "function to DEAD_LETTERS": 3, "function to SCANNED_TABLE": 1,
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
		for _, prefix := range []string{"subject#*", "contact#*", "audit#*", "day#*", "ticket#stub/*", "ticket#outcome/*", "ticket#request/*", "ticket#sweep/*", "ticket#door/*", "ticket#told/*", "document#*", "roots"} {
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

// TestMutations: each of these mistakes is found: at the edge that it breaks, or as what somebody
// may do then.
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
		"the table's policy leaves out a way to replace": {"Administrator dynamodb:BatchWriteItem Ledger", func(r resources) {
			r.replace("Ledger", `"dynamodb:BatchWriteItem",`, ``)
		}},
		"the table's policy denies only the eraser": {"Administrator dynamodb:DeleteItem Ledger", func(r resources) { r.replace("Ledger", `"ArnNotEquals"`, `"ArnEquals"`) }},
		"portal may sign with the root key": {"portal kms:Sign RootKey", func(r resources) {
			r.replace("RootKey", `:role/ConsentReceipts-selfsign-`, `:role/ConsentReceipts-portal-`)
			r.replace("Roleportal", `"kms:GenerateMac"`, `"kms:Sign"`)
			r.replace("Roleportal", `"SessionKey0FE01E29"`, `"RootKeyEC9149F6"`)
		}},
		"whoever administers may open whose a request is": {"Administrator kms:Decrypt IdentityKey", func(r resources) { r.drop("IdentityKey", "Sid", "OnlyItsFunctions") }},
		"datarequest may open whose a request is": {"datarequest kms:Decrypt IdentityKey", func(r resources) {
			r.replace("Roledatarequest", `"kms:Encrypt","Condition":{"StringLike":{"kms:EncryptionContext:ledger"`, `"kms:*","Condition":{"StringLike":{"kms:EncryptionContext:ledger"`)
			r.replace("IdentityKey", ":role/ConsentReceipts-operator-", ":role/ConsentReceipts-d*")
			r.replace("IdentityKey", `"ArnNotEquals"`, `"ArnNotLike"`)
		}},
		"operator opens what is sealed to no ledger": {"operator kms:Decrypt IdentityKey", func(r resources) { r.unbind("Roleoperator", "StringLike") }},
		"intake seals nothing": {"function to IDENTITY_KEY_ID: Functionintake", func(r resources) {
			r.replace("Roleintake", `"kms:EncryptionContext:ledger":["subject#*"]`, `"kms:EncryptionContext:ledger":["audit#*"]`)
		}},
		"door reads files of people": {"door reads files for subject#*: true", func(r resources) {
			r.replace("Roledoor", `"/kept/~*"`, `"/kept/*"`)
		}},
		"callbacks opens who a customer is": {"callbacks kms:Decrypt IdentityKey", func(r resources) {
			r.replace("Rolecallbacks", `"kms:EncryptionContext:ledger":["contact#*"]`, `"kms:EncryptionContext:ledger":["*#*"]`)
			r.drop("IdentityKey", "Sid", "OnlyContacts")
		}},
		"publish may not tell of contacts": {"function to CALLBACKS_QUEUE: Functionpublish", func(r resources) {
			r.replace("Rolepublish", `:ConsentReceipts-callbacks"`, `:ConsentReceipts-callback"`)
		}},
		"door seals for people": {"door seals for subject#*: true", func(r resources) {
			r.replace("Roledoor", `"kms:EncryptionContext:ledger":["contact#*"]`, `"kms:EncryptionContext:ledger":["*#*"]`)
		}},
		"whoever administers may derive pseudonyms": {"Administrator kms:GenerateMac PseudonymKey", func(r resources) { r.drop("PseudonymKey", "Sid", "OnlyItsFunctions") }},
		"any rule may send what a producer sends":   {"events.amazonaws.com sqs:SendMessage Queuecrm", func(r resources) { r.unbind("QueuecrmPolicy", "ArnEquals") }},
		"any account's alarms reach the topic":      {"cloudwatch.amazonaws.com sns:Publish Alarms", func(r resources) { r.unbind("AlarmsPolicy", "ArnLike") }},
		"any account may use the data key through EventBridge": {"events.amazonaws.com kms:Decrypt DataKey", func(r resources) {
			r.replace("DataKey", `"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}},"Effect"`, `"Null":{"aws:SourceAccount":"false"}},"Effect"`)
		}},
		"every API may invoke optout": {"apigateway.amazonaws.com lambda:InvokeFunction Functionoptout", func(r resources) {
			delete(r[r.id("InvokePOSTv1optout")].(map[string]any)["Properties"].(map[string]any), "SourceArn")
		}},
		"another account may invoke certify": {"444455556666 lambda:InvokeFunction Functioncertify", func(r resources) {
			r["Other"] = map[string]any{"Type": "AWS::Lambda::Permission", "Properties": map[string]any{
				"Action": "lambda:InvokeFunction", "FunctionName": "ConsentReceipts-certify", "Principal": "444455556666"}}
		}},
		"whoever administers assumes optin's role": {"administrator sts:AssumeRole Roleoptin", func(r resources) {
			r.replace("Roleoptin", `{"Service":"lambda.amazonaws.com"}`, `{"AWS":"arn:aws:iam::111122223333:root"}`)
		}},
		"the role erase can be assumed": {"lambda.amazonaws.com sts:AssumeRole Roleerase", func(r resources) { r.drop("Roleerase", "Effect", "Deny") }},
		"provision may have leaves certified": {"provision lambda:InvokeFunction Functioncertify", func(r resources) {
			r.replace("Roleprovision", `-selfsign"`, `-certify"`)
		}},
		"receipts reads the docket": {"receipts dynamodb:Query Ledger/index/docket", func(r resources) {
			r.replace("Rolereceipts", `"dynamodb:GetItem"`, `"dynamodb:*"`)
			r.replace("Rolereceipts", `{"Fn::GetAtt":["LedgerB7379752","Arn"]}`, `"*"`)
		}},
		"sweep cannot read an index": {"sweep must dynamodb:Query Ledger/index/docket", func(r resources) { r.replace("Rolesweep", `"/index/docket"`, `"/index/by-key"`) }},
		"optin cannot encrypt what it inserts": {"optin must kms:GenerateDataKey DataKey", func(r resources) {
			r.replace("Roleoptin", `"kms:GenerateDataKey",`, ``)
		}},
		"the data key denies whoever comes through no service": {"log group to key: ", func(r resources) {
			r.deny("DataKey", `"kms:GenerateDataKey"`, `{"Null":{"kms:ViaService":"true"}}`)
		}},
		"a queue denies whoever is no role": {"bus to dead letters: IntakeBus", func(r resources) {
			r.deny("DeadLettersbusintakePolicy", `"sqs:Send*"`, `{"Null":{"aws:PrincipalArn":"true"}}`)
		}},
		"certify may use keys through services only": {"function to ROOT_KEY_ID: Functioncertify", func(r resources) {
			r.deny("Rolecertify", `"kms:*"`, `{"Null":{"kms:ViaService":"true"}}`)
		}},
		"the data key is for another account's alarms": {"alarm to its topic's key: ", func(r resources) {
			r.replace("DataKey", `{"Ref":"AWS::AccountId"}}}`, `"444455556666"}}`)
			r.replace("DataKey", `"aws:SourceAccount":{"Ref":"AWS::AccountId"}`, `"aws:SourceAccount":"444455556666"`)
		}},
		"the policy of a queue is attached to another": {"bus to dead letters: ReceiptsBus", func(r resources) {
			r.replace("DeadLettersbusreceiptsPolicy", r.id("DeadLettersbusreceipts"), r.id("DeadLettersbusintake"))
		}},
		"another pool may invoke staff": {"user pool to function: Staff", func(r resources) { r.replace("StaffPreToken", `"Staff35CBA1CE"`, `"PeopleE38C8D03"`) }},
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
		found := func(w string) bool { return strings.HasPrefix(w, test.want) }
		if wrong := g.Check(); !slices.ContainsFunc(wrong, found) && !slices.ContainsFunc(excess(t, g), found) {
			t.Errorf("%s: it finds %q and %q", name, wrong, excess(t, g))
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

// deny adds a statement to the policies of a resource, which denies everybody some actions.
func (r resources) deny(prefix, actions, condition string) {
	statement := `{"Effect":"Deny","Action":` + actions + `,"Resource":"*","Condition":` + condition
	if !strings.HasPrefix(prefix, "Role") { // The policy of a role has no principal.
		statement += `,"Principal":"*"`
	}
	r.replace(prefix, `"Statement":[`, `"Statement":[`+statement+`},`)
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
