package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/shared/errtest"
)

// parse reads a template of some resources, as JSON.
func parse(t *testing.T, resources string) *Template {
	t.Helper()
	tpl, err := Parse([]byte(`{"Resources":{` + resources + `}}`))
	must(t, err)
	return tpl
}

// role is a role named app with one policy.
func role(statements string) string {
	return `"App":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"app","AssumeRolePolicyDocument":{"Statement":[]},
		"Policies":[{"PolicyDocument":{"Statement":[` + statements + `]}}]}}`
}

const app = roles + "app"

// TestGlob: every pattern of up to five characters, on every text of as many, matches as a regular
// expression does.
func TestGlob(t *testing.T) {
	words := func(letters string) []string {
		all := []string{""}
		for i := 0; len(all[i]) < 5; i++ {
			for _, letter := range letters {
				all = append(all, all[i]+string(letter))
			}
		}
		return all
	}
	texts := words("ab")
	for _, pattern := range words("ab*?") {
		same := regexp.MustCompile("^" + strings.NewReplacer("*", ".*", "?", ".").Replace(pattern) + "$")
		for _, text := range texts {
			if got := glob(pattern, text); got != same.MatchString(text) {
				t.Fatalf("%q on %q: %t", pattern, text, got)
			}
		}
	}
}

// TestConditions: each operator, on keys that are there with one value or several, and that
// are not. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
func TestConditions(t *testing.T) {
	arn := "arn:aws:sqs:eu-west-1:111122223333:orders"
	for _, test := range []struct {
		block  string
		values []string
		want   bool
	}{
		{`{"StringEquals":{"k":"a"}}`, []string{"a"}, true},
		{`{"StringEquals":{"k":["b","a"]}}`, []string{"a"}, true},
		{`{"StringEquals":{"k":"a*"}}`, []string{"ab"}, false},
		{`{"StringEquals":{"K":"a"}}`, []string{"a"}, true}, // Names of keys have no case.
		{`{"StringEquals":{"k":"a"}}`, nil, false},
		{`{"StringEqualsIfExists":{"k":"a"}}`, nil, true},
		{`{"StringEqualsIfExists":{"k":"a"}}`, []string{"b"}, false},
		{`{"StringNotEquals":{"k":["a","b"]}}`, []string{"b"}, false},
		{`{"StringNotEquals":{"k":["a","b"]}}`, []string{"c"}, true},
		{`{"StringNotEquals":{"k":"a"}}`, nil, true},
		{`{"StringLike":{"k":"a*c?"}}`, []string{"abbcd"}, true},
		{`{"StringLike":{"k":"a*c?"}}`, []string{"abbc"}, false},
		{`{"StringNotLike":{"k":"a*"}}`, []string{"ab"}, false},
		{`{"StringEqualsIgnoreCase":{"k":"A"}}`, []string{"a"}, true},
		{`{"Bool":{"k":false}}`, []string{"false"}, true},
		{`{"Bool":{"k":"false"}}`, []string{"true"}, false},
		{`{"Bool":{"k":"false"}}`, nil, false},
		{`{"Null":{"k":"true"}}`, nil, true},
		{`{"Null":{"k":"false"}}`, nil, false},
		{`{"Null":{"k":false}}`, []string{"a"}, true},
		{`{"ArnEquals":{"k":"arn:aws:sqs:*:*:orders"}}`, []string{arn}, true},
		{`{"ArnLike":{"k":"arn:aws:*:orders"}}`, []string{arn}, false}, // It does not reach beyond its part.
		{`{"ArnLike":{"k":"arn:aws:sqs:eu-west-1:111122223333:ord*"}}`, []string{arn}, true},
		{`{"ArnNotEquals":{"k":["arn:aws:iam::1:role/a","` + arn + `"]}}`, []string{arn}, false},
		{`{"ArnNotEquals":{"k":"` + arn + `"}}`, nil, true},
		{`{"ForAllValues:StringLike":{"k":"a*"}}`, []string{"a1", "a2"}, true},
		{`{"ForAllValues:StringLike":{"k":"a*"}}`, []string{"a1", "b"}, false},
		{`{"ForAllValues:StringLike":{"k":"a*"}}`, nil, true}, // which is why Null belongs beside it
		{`{"ForAllValues:StringLike":{"k":"a*"},"Null":{"k":"false"}}`, nil, false},
		{`{"ForAnyValue:StringLike":{"k":"a*"}}`, []string{"b", "a1"}, true},
		{`{"ForAnyValue:StringLike":{"k":"a*"}}`, nil, false},
		{`{"ForAnyValue:StringNotEquals":{"k":"a"}}`, []string{"a"}, false},
		{`{"StringEquals":{"k":"a"},"Bool":{"other":"true"}}`, []string{"a"}, false},
	} {
		tpl := parse(t, role(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+test.block+`}`))
		err := tpl.Allowed(Request{app, "sqs:SendMessage", arn, map[string][]string{"k": test.values}})
		if (err == nil) != test.want {
			t.Errorf("%s with %q: %v", test.block, test.values, err)
		}
	}
}

// TestStatements: actions, resources, and who is named, in policies of a role and of a queue.
func TestStatements(t *testing.T) {
	const queue = "arn:aws:sqs:eu-west-1:111122223333:orders"
	for name, test := range map[string]struct {
		own, attached string
		principal     string
		want          bool
	}{
		"nothing":           {"", "", app, false},
		"own":               {`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `"}`, "", app, true},
		"own of another":    {`{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `"}`, "", roles + "other", false},
		"case of actions":   {`{"Effect":"Allow","Action":"SQS:send*","Resource":"*"}`, "", app, true},
		"another action":    {`{"Effect":"Allow","Action":"sqs:Send","Resource":"*"}`, "", app, false},
		"another resource":  {`{"Effect":"Allow","Action":"sqs:*","Resource":"` + queue + `-dlq"}`, "", app, false},
		"NotAction":         {`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, "", app, true},
		"NotAction of it":   {`{"Effect":"Allow","NotAction":["iam:*","sqs:Send*"],"Resource":"*"}`, "", app, false},
		"NotResource":       {`{"Effect":"Allow","Action":"sqs:*","NotResource":"arn:aws:sqs:*:*:other"}`, "", app, true},
		"NotResource of it": {`{"Effect":"Allow","Action":"sqs:*","NotResource":"arn:aws:sqs:*:*:ord*"}`, "", app, false},
		"own Deny":          {`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"sqs:*","Resource":"*"}`, "", app, false},
		"by the queue":      {"", `{"Effect":"Allow","Principal":{"AWS":"` + app + `"},"Action":"sqs:*","Resource":"*"}`, app, true},
		"by its account":    {"", `{"Effect":"Allow","Principal":{"AWS":"` + accountRoot + `"},"Action":"sqs:*","Resource":"*"}`, app, false},
		"everybody":         {"", `{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}`, app, true},
		"a service":         {"", `{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","events.amazonaws.com"]},"Action":"sqs:*","Resource":"*"}`, "events.amazonaws.com", true},
		"another service":   {"", `{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:*","Resource":"*"}`, "events.amazonaws.com", false},
		"federated":         {"", `{"Effect":"Allow","Principal":{"Federated":"login.example"},"Action":"sqs:*","Resource":"*"}`, "login.example", true},
		"its Deny":          {`{"Effect":"Allow","Action":"*","Resource":"*"}`, `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sqs:*","Resource":"*"}`, app, false},
		"its Deny of the account": {`{"Effect":"Allow","Action":"*","Resource":"*"}`,
			`{"Effect":"Deny","Principal":{"AWS":"` + Account + `"},"Action":"sqs:*","Resource":"*"}`, app, false},
		"its Deny but of others": {`{"Effect":"Allow","Action":"*","Resource":"*"}`,
			`{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + app + `"}}}`, app, true},
		"administrators too": {"",
			`{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + app + `"}}}`, Administrator, false},
		"without TLS": {`{"Effect":"Allow","Action":"*","Resource":"*"}`,
			`{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`, app, true},
	} {
		tpl := parse(t, role(test.own)+`,"Orders":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":"orders"}},
			"Policy":{"Type":"AWS::SQS::QueuePolicy","Properties":{"Queues":[{"Ref":"Orders"}],"PolicyDocument":{"Statement":[`+test.attached+`]}}}`)
		if err := tpl.Allowed(Request{test.principal, "sqs:SendMessage", queue, nil}); (err == nil) != test.want || err != nil && !errors.Is(err, ErrDenied) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTrust: what a role's own policy allows with another role, counts only if the trust policy
// of the other leaves it to the account; but to pass that role on, it suffices.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
func TestTrust(t *testing.T) {
	own := role(`{"Effect":"Allow","Action":["sts:AssumeRole","iam:PassRole"],"Resource":"*"}`)
	statement := func(effect, principal string) string {
		return `{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"sts:AssumeRole"}`
	}
	account := statement("Allow", `{"AWS":"`+accountRoot+`"}`)
	for trust, want := range map[string]bool{
		"": false,
		statement("Allow", `{"Service":"lambda.amazonaws.com"}`): false,
		statement("Allow", `{"AWS":"`+roles+`other"}`):           false,
		statement("Allow", `{"AWS":"`+app+`"}`):                  true,
		account:                                                  true,
		account + "," + statement("Deny", `"*"`):                 false,
	} {
		tpl := parse(t, own+`,"Desk":{"Type":"AWS::IAM::Role","Properties":{"RoleName":"desk","AssumeRolePolicyDocument":{"Statement":[`+trust+`]}}}`)
		if err := tpl.Allowed(Request{app, "sts:AssumeRole", roles + "desk", nil}); (err == nil) != want {
			t.Errorf("%s: %v", trust, err)
		}
		must(t, tpl.Allowed(Request{app, "iam:PassRole", roles + "desk", nil}))
	}
}

// TestKeyPolicy: what a role's own policy allows with a key, counts only if the key's policy
// leaves it to the account. https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func TestKeyPolicy(t *testing.T) {
	own := role(`{"Effect":"Allow","Action":"kms:Sign","Resource":{"Fn::GetAtt":["Key","Arn"]}}`)
	const left = `{"Effect":"Allow","Principal":{"AWS":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::",{"Ref":"AWS::AccountId"},":root"]]}},"Action":"kms:*","Resource":"*"}`
	for policy, want := range map[string]bool{
		"":   false,
		left: true,
		`{"Effect":"Allow","Principal":{"AWS":{"Fn::Sub":"arn:${AWS::Partition}:iam::${AWS::AccountId}:role/app"}},"Action":"kms:Sign","Resource":"*"}`: true,
		left + `,{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Sign","Resource":"*"}`:                                                          false,
	} {
		tpl := parse(t, own+`,"Key":{"Type":"AWS::KMS::Key","Properties":{"KeyPolicy":{"Statement":[`+policy+`]}}}`)
		if err := tpl.Allowed(Request{app, "kms:Sign", tpl.Resources["Key"].ARN, nil}); (err == nil) != want {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

// TestUnsupported: what is not evaluated is refused and not ignored.
func TestUnsupported(t *testing.T) {
	queue := func(property string) string {
		return `"Q":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":` + property + `}}`
	}
	for name, resources := range map[string]string{
		"operator":       role(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`),
		"set operator":   role(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForSomeValues:StringEquals":{"k":"a"}}}`),
		"NotPrincipal":   role(`{"Effect":"Deny","NotPrincipal":"*","Action":"*","Resource":"*"}`),
		"effect":         role(`{"Effect":"deny","Action":"*","Resource":"*"}`),
		"variable":       role(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username}"}`),
		"statement":      role(`"all"`),
		"intrinsic":      queue(`{"Fn::ImportValue":"name"}`),
		"reference":      queue(`{"Ref":"Nothing"}`),
		"attribute":      queue(`{"Fn::GetAtt":["Nothing","Arn"]}`),
		"substitution":   queue(`{"Fn::Sub":"${Nothing}"}`),
		"policy apart":   `"P":{"Type":"AWS::IAM::Policy","Properties":{}}`,
		"managed policy": `"R":{"Type":"AWS::IAM::Role","Properties":{"ManagedPolicyArns":["arn:aws:iam::aws:policy/AdministratorAccess"]}}`,
		"boundary":       `"R":{"Type":"AWS::IAM::Role","Properties":{"PermissionsBoundary":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}`,
		"bus elsewhere":  `"R":{"Type":"AWS::Events::Rule","Properties":{"EventBusName":{"Ref":"Nothing"}}}`,
	} {
		if _, err := Parse([]byte(`{"Resources":{` + resources + `}}`)); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse([]byte("{")); err == nil {
		t.Error("no JSON was read")
	}
}

// TestCheck: an edge that leads nowhere, and one whose needs are denied, are named; one that
// is allowed is not.
func TestCheck(t *testing.T) {
	rule := func(target string, policy any) string {
		b, err := json.Marshal(policy)
		must(t, err)
		return fmt.Sprintf(`"Bus":{"Type":"AWS::Events::EventBus","Properties":{"Name":"bus"}},
			"Rule":{"Type":"AWS::Events::Rule","Properties":{"Name":"r","EventBusName":{"Ref":"Bus"},"Targets":[{"Arn":%s}]}},
			"Q":{"Type":"AWS::SQS::Queue","Properties":{}},
			"P":{"Type":"AWS::SQS::QueuePolicy","Properties":{"Queues":[{"Ref":"Q"}],"PolicyDocument":{"Statement":%s}}}`, target, b)
	}
	allow := map[string]any{"Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": "arn:aws:events:eu-west-1:111122223333:rule/bus/r"}}}
	const toQ = `{"Fn::GetAtt":["Q","Arn"]}`
	for name, test := range map[string]struct{ resources, want string }{
		"allowed": {rule(toQ, allow), ""},
		"denied":  {rule(toQ, []any{}), "rule to queue: Rule to Q: denied: events.amazonaws.com sqs:SendMessage"},
		"nowhere": {rule(`"arn:aws:sqs:eu-west-1:111122223333:elsewhere"`, allow), "elsewhere: it is not in the template"},
	} {
		got := strings.Join(parse(t, test.resources).Check(), "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

var must = errtest.None
