package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/infra/functions"
	"consent-receipts/infra/graph"
	"consent-receipts/shared/aws/dynamoledger"
)

// TestPromises: each property that a promise of the docs rests on.
func TestPromises(t *testing.T) {
	tpl := synthesized(t)
	check := func(what string, got any, want string) {
		t.Helper()
		if compact(got) != want {
			t.Errorf("%s: %s, want %s", what, compact(got), want)
		}
	}
	table := tpl.one(t, "AWS::DynamoDB::Table", "Ledger")
	check("recovery to any moment", at(table.Properties, "PointInTimeRecoverySpecification"), `{"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":35}`)
	check("deletion protection", table.Properties["DeletionProtectionEnabled"], "true")
	check("table's key", at(table.Properties, "SSESpecification", "SSEType"), `"KMS"`)
	check("no expiry of items", table.Properties["TimeToLiveSpecification"], "null")
	check("nobody replaces", at(table.Properties, "ResourcePolicy", "PolicyDocument", "Statement", 0, "Action"), compact(*replacing))

	for id, spec := range map[string]string{"RootKey": "ECC_NIST_P256", "PseudonymKey": "HMAC_256", "SessionKey": "HMAC_256", "IdentityKey": "SYMMETRIC_DEFAULT", "DataKey": "SYMMETRIC_DEFAULT"} {
		key := tpl.one(t, "AWS::KMS::Key", id)
		check(id+" spec", key.Properties["KeySpec"], compact(spec))
		check(id+" can be brought back for 30 days", key.Properties["PendingWindowInDays"], "30")
	}
	check("the data key rotates", tpl.one(t, "AWS::KMS::Key", "DataKey").Properties["EnableKeyRotation"], "true")

	for id, f := range tpl.of("AWS::Lambda::Function") {
		check(id+" architecture", f.Properties["Architectures"], `["arm64"]`)
		check(id+" runtime", f.Properties["Runtime"], `"provided.al2023"`)
		check(id+" log format", at(f.Properties, "LoggingConfig", "LogFormat"), `"JSON"`)
		if at(f.Properties, "KmsKeyArn") == nil || at(f.Properties, "LoggingConfig", "LogGroup") == nil {
			t.Errorf("%s: its environment or its logs are not under our key", id)
		}
	}
	for id, group := range tpl.of("AWS::Logs::LogGroup") {
		check(id+" retention", group.Properties["RetentionInDays"], "90")
		if group.Properties["KmsKeyId"] == nil {
			t.Errorf("%s is not encrypted with our key", id)
		}
	}
	for id, queue := range tpl.of("AWS::SQS::Queue") {
		if queue.Properties["KmsMasterKeyId"] == nil {
			t.Errorf("%s is not encrypted with our key", id)
		}
	}
	crm := tpl.one(t, "AWS::SQS::Queue", "Queuecrm")
	check("deliveries before the dead-letter queue", at(crm.Properties, "RedrivePolicy", "maxReceiveCount"), "5")
	check("queue's name", crm.Properties["QueueName"], `"ConsentReceipts-intake-crm"`)
	rule := tpl.one(t, "AWS::Events::Rule", "Rulecrm")
	check("a rule takes its producer's events", rule.Properties["EventPattern"], `{"source":["crm"]}`)
	check("and hands on the envelope alone", at(rule.Properties, "Targets", 0, "InputPath"), `"$.detail"`)
	check("intake answers by message", tpl.one(t, "AWS::Lambda::EventSourceMapping", "Intakecrm").Properties["FunctionResponseTypes"], `["ReportBatchItemFailures"]`)
	stream := tpl.one(t, "AWS::Lambda::EventSourceMapping", "Streampublish").Properties
	check("a batch is halved", stream["BisectBatchOnFunctionError"], "true")
	check("publish answers by record", stream["FunctionResponseTypes"], `["ReportBatchItemFailures"]`)
	filter, _ := at(stream, "FilterCriteria", "Filters", 0, "Pattern").(string)
	check("insertions and changes of entries", json.RawMessage(filter),
		`{"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"subject#"},{"prefix":"contact#"}]},"sk":{"S":[{"prefix":"receipt#"}]}}},"eventName":["INSERT","MODIFY"]}`)
	if at(stream, "DestinationConfig", "OnFailure", "Destination") == nil {
		t.Error("what cannot be published goes nowhere")
	}

	pool := tpl.one(t, "AWS::Cognito::UserPool", "People")
	check("a second factor", pool.Properties["MfaConfiguration"], `"ON"`)
	client := tpl.one(t, "AWS::Cognito::UserPoolClient", "PeoplePortal")
	check("code only", client.Properties["AllowedOAuthFlows"], `["code"]`)
	check("no secret", client.Properties["GenerateSecret"], "false")

	format, _ := at(tpl.one(t, "AWS::ApiGatewayV2::Stage", "Stage").Properties, "AccessLogSettings", "Format").(string)
	for _, personal := range []string{"sourceIp", "path", "claims", "userAgent", "querystring", "identity"} {
		if strings.Contains(format, personal) {
			t.Errorf("the access log has %s", personal)
		}
	}
	for id, alarm := range tpl.of("AWS::CloudWatch::Alarm") {
		if len(list(alarm.Properties["AlarmActions"])) == 0 {
			t.Errorf("%s tells nobody", id)
		}
	}
	for _, name := range []string{"ApiUrl", "Issuer", "ClientId", "StaffIssuer", "StaffClientId", "RootFingerprint", "TableName", "IntakeBus", "ReceiptsBus"} {
		if tpl.Outputs[name].Value == nil {
			t.Errorf("no output %s", name)
		}
	}
}

// TestTable: the table that is deployed is the one that the tests run on.
func TestTable(t *testing.T) {
	got := synthesized(t).one(t, "AWS::DynamoDB::Table", "Ledger").Properties
	b, err := json.Marshal(dynamoledger.TableInput("any"))
	must(t, err)
	var want map[string]any
	must(t, json.Unmarshal(b, &want))
	for path, name := range map[string]string{
		"AttributeDefinitions": "AttributeName AttributeType", "KeySchema": "AttributeName KeyType",
		"LocalSecondaryIndexes": "IndexName", "GlobalSecondaryIndexes": "IndexName",
	} {
		if a, b := told(got[path], name), told(want[path], name); a != b || a == "" {
			t.Errorf("%s: deployed %s, tested %s", path, a, b)
		}
	}
	for _, index := range []string{"LocalSecondaryIndexes", "GlobalSecondaryIndexes"} {
		for i := range list(want[index]) {
			if a, b := told(at(got[index], i, "KeySchema"), "AttributeName KeyType"), told(at(want[index], i, "KeySchema"), "AttributeName KeyType"); a != b {
				t.Errorf("%s: deployed %s, tested %s", index, a, b)
			}
			for _, part := range []string{"ProjectionType", "NonKeyAttributes"} {
				if a, b := fmt.Sprint(at(got[index], i, "Projection", part)), fmt.Sprint(at(want[index], i, "Projection", part)); a != b {
					t.Errorf("%s: deployed %v, tested %v", index, a, b)
				}
			}
		}
	}
	if a, b := got["BillingMode"], want["BillingMode"]; a != b {
		t.Errorf("billing: deployed %v, tested %v", a, b)
	}
	if a, b := at(got, "StreamSpecification", "StreamViewType"), at(want, "StreamSpecification", "StreamViewType"); a != b {
		t.Errorf("stream: deployed %v, tested %v", a, b)
	}
}

// told lists some members of each element, in a fixed order.
func told(elements any, names string) string {
	var lines []string
	for _, e := range list(elements) {
		var line []string
		for _, name := range strings.Fields(names) {
			line = append(line, at(e, name).(string))
		}
		lines = append(lines, strings.Join(line, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// TestRoutes: every route of the OpenAPI document, each under its scope; nothing but
// the portal beside them.
func TestRoutes(t *testing.T) {
	deployed := map[string]string{}
	for _, r := range synthesized(t).of("AWS::ApiGatewayV2::Route") {
		scope := "none"
		if r.Properties["AuthorizationType"] == "JWT" {
			scope = compact(r.Properties["AuthorizationScopes"])
			if r.Properties["AuthorizerId"] == nil {
				t.Errorf("%s has no authorizer", r.Properties["RouteKey"])
			}
		}
		deployed[r.Properties["RouteKey"].(string)] = scope
	}
	routes, err := functions.Routes()
	must(t, err)
	want := map[string]string{"$default": "none"}
	for _, r := range routes {
		want[r.Key] = "none"
		if r.Scopes != nil {
			want[r.Key] = compact(r.Scopes)
		}
		open := regexp.MustCompile(`^GET /v1/(notices|logos|catalogue|discovery|consent-offer)|^GET /v2/(discovery|certificate)| /v1/(agent|data-rights-request|contact-requests?)\b`)
		if versioned := regexp.MustCompile(`^[A-Z]+ /v[0-9]/`); versioned.MatchString(r.Key) && r.Scopes == nil && !open.MatchString(r.Key) {
			t.Errorf("%s asks for no token", r.Key)
		}
	}
	if !reflect.DeepEqual(deployed, want) {
		t.Errorf("deployed %v\nwant %v", deployed, want)
	}
}

// TestContext: valid settings are accepted, and invalid ones are refused.
func TestContext(t *testing.T) {
	_ = synthesized(t) // skips without Node.js
	dist := filepath.Join(defaults.dir, "dist")
	for name, context := range map[string]map[string]any{
		"architecture": {"architecture": "x86"}, "issuer": {"issuer": "http://login.example", "audience": "a", "clientId": "b"},
		"audience": {"issuer": "https://login.example"}, "no issuer": {"clientId": "portal"}, "staff": {"staffIssuer": "https://login.example", "staffAudience": "a"},
		"producers":         {"producers": `{"Bad Name":{"channel":"branch"}}`},
		"a function's name": {"producers": `{"sweep":{"channel":"branch"}}`}, "level": {"logLevel": "LOUD"}, "days": {"archiveDays": -1}, "environments": {"certifyConcurrency": "some"},
		"channel": {"producers": `{"crm":{}}`}, "JSON": {"producers": "{"}, "root": {"previousRoots": `["abc"]`}, "packages": {"dist": defaults.dir},
		"key": {"openDSRKey": "alias/opendsr"}, "function": {"matchFunction": "match"},
		"wildcard": {"corsOrigins": `["https://*.bank.example"]`}, "path": {"corsOrigins": `["https://app.bank.example/"]`}, "all origins": {"corsOrigins": `["*"]`},
		"no certificate": {"domainName": "consent.bank.example"}, "no domain": {"certificate": certificate}, "a host": {"domainName": "https://bank.example", "certificate": certificate},
		"rate": {"rateLimit": "0"}, "burst": {"burstLimit": "-1"}, "no number": {"rateLimit": "many"}, "budget": {"budget": "-1"}, "backup": {"backupDays": "1.5"}, "plan": {"userPoolPlan": "lite"},
		"mail": {"mailFrom": "no-reply@bank.example"}, "sender": {"mailFrom": "nobody", "mailIdentity": mailIdentity},
		"pool":                {"federation": `{"robots":{"name":"bank","metadata":"https://login.bank.example/saml"}}`},
		"federated elsewhere": {"federation": `{"people":{"name":"bank","metadata":"https://login.bank.example/saml"}}`, "issuer": "https://login.example", "audience": "a", "clientId": "b"},
		"both kinds":          {"federation": `{"staff":{"name":"bank","metadata":"https://login.bank.example/saml","issuer":"https://login.bank.example"}}`},
		"metadata":            {"federation": `{"staff":{"name":"bank","metadata":"http://login.bank.example/saml"}}`},
		"the secret":          {"federation": `{"staff":{"name":"bank","issuer":"https://login.bank.example","clientId":"desk","clientSecret":"hunter2"}}`},
		"controller":          {"openDSRControllers": `["Acme Corp"]`}, "twice": {"openDSRControllers": `["acme","acme"]`},
		"controller elsewhere": {"openDSRControllers": `["acme"]`, "issuer": "https://login.example", "audience": "a", "clientId": "b"},
	} {
		all := map[string]any{"dist": dist}
		for k, v := range context {
			all[k] = v
		}
		if _, err := readConfig(newApp(all, nil).Node()); err == nil {
			t.Errorf("%s: accepted %v", name, context)
		}
	}
}

// TestProtocols: the permissions of a protocol are granted only if it is configured.
func TestProtocols(t *testing.T) {
	tpl := withPeers(t)
	var granted []string
	for _, g := range grants(tpl) {
		if g.resource == signingKey || g.resource == matchFunction {
			granted = append(granted, g.who+" "+g.action+" "+g.condition)
		}
	}
	slices.Sort(granted)
	want := []string{
		"function callbacks kms:Sign StringEquals kms:SigningAlgorithm RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PSS_SHA_256",
		"function protocols kms:Sign StringEquals kms:SigningAlgorithm RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PSS_SHA_256",
		"function protocols lambda:InvokeFunction ",
	}
	if !slices.Equal(granted, want) {
		t.Errorf("granted %q", granted)
	}
	checked(t, tpl)
	env := compact(tpl.one(t, "AWS::Lambda::Function", "Functionprotocols").Properties["Environment"])
	if !strings.Contains(env, `"OPENDSR_KEY_ID":"`+signingKey) || !strings.Contains(env, `"MATCH_FUNCTION":"`+matchFunction) {
		t.Errorf("it is told %s", env)
	}
}

// TestCORS: pages of the configured origins may call the API, without credentials; by default
// none may.
func TestCORS(t *testing.T) {
	if cors := synthesized(t).one(t, "AWS::ApiGatewayV2::Api", "Api").Properties["CorsConfiguration"]; cors != nil {
		t.Errorf("by default: %v", cors)
	}
	tpl := withPeers(t)
	got := compact(tpl.one(t, "AWS::ApiGatewayV2::Api", "Api").Properties["CorsConfiguration"])
	want := `{"AllowCredentials":false,"AllowHeaders":["authorization","content-type","idempotency-key"],"AllowMethods":["GET","POST"],` +
		`"AllowOrigins":["https://app.bank.example","https://bank.example:8443"],"ExposeHeaders":["idempotency-replayed","retry-after"],"MaxAge":600}`
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// TestEnvironment: with every possible setting, a function has the variables of its record,
// and no others.
func TestEnvironment(t *testing.T) {
	tpl := synthesize(t, t.TempDir(), map[string]any{"local": "true"})
	for _, f := range functions.All() {
		want := f.Variables()
		for _, service := range []string{"DYNAMODB", "KMS", "LAMBDA", "EVENTBRIDGE", "SQS", "S3", "SNS", "SES"} {
			want = append(want, "AWS_ENDPOINT_URL_"+service)
		}
		told, _ := at(tpl.one(t, "AWS::Lambda::Function", "Function"+f.Name).Properties, "Environment", "Variables").(map[string]any)
		if got := slices.Sorted(maps.Keys(told)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s is told %v, its record names %v", f.Name, got, want)
		}
	}
}

// TestOwnIssuer: with an issuer of the operator's there is no Cognito, amd64 is
// amd64, and a producer with a principal is held to its own name.
func TestOwnIssuer(t *testing.T) {
	tpl := synthesize(t, t.TempDir(), map[string]any{
		"architecture": "amd64", "issuer": "https://login.example", "audience": "consent-receipts", "clientId": "portal",
		"staffIssuer": "https://staff.example", "staffAudience": "desk-api", "staffClientId": "desk",
		"producers": `{"crm":{"channel":"branch","principal":"arn:aws:iam::111122223333:role/crm"},"ivr":{"channel":"phone"}}`,
		"tracing":   "true", "logLevel": "WARN", "archiveDays": 30, "certifyConcurrency": "2",
	})
	testOperations(t, tpl)
	if len(tpl.of("AWS::Cognito::UserPool")) != 0 {
		t.Error("a user pool nobody asked for")
	}
	for id := range tpl.of("AWS::Lambda::Function") {
		if strings.HasPrefix(id, "Functionstaff") {
			t.Error("a function for no user pool")
		}
	}
	staff := tpl.one(t, "AWS::ApiGatewayV2::Authorizer", "StaffAuthorizer").Properties["JwtConfiguration"]
	if got := compact(staff); got != `{"Audience":["desk-api"],"Issuer":"https://staff.example"}` {
		t.Errorf("the staff's authorizer of %s", got)
	}
	jwt := tpl.one(t, "AWS::ApiGatewayV2::Authorizer", "Authorizer").Properties["JwtConfiguration"]
	if got := compact(jwt); got != `{"Audience":["consent-receipts"],"Issuer":"https://login.example"}` {
		t.Errorf("authorizer of %s", got)
	}
	if len(tpl.of("AWS::Events::Rule")) != 2+2 {
		t.Error("not a rule per producer, beside those of sweep and callbacks")
	}
	policy := compact(tpl.one(t, "AWS::Events::EventBusPolicy", "IntakeBus").Properties["Statement"])
	if !strings.Contains(policy, `"events:source":"crm"`) || !strings.Contains(policy, "111122223333") {
		t.Errorf("the bus lets in %s", policy)
	}
	g := checked(t, tpl)
	for source, want := range map[string]bool{"crm": true, "ivr": false} {
		err := g.Allowed(graph.Request{Principal: "arn:aws:iam::111122223333:role/crm", Action: "events:PutEvents", Resource: arnOf(t, g, "IntakeBus"),
			Context: map[string][]string{"events:source": {source}}})
		if (err == nil) != want {
			t.Errorf("crm speaks as %s: %v", source, err)
		}
	}
	for id, f := range tpl.of("AWS::Lambda::Function") {
		if got := compact(f.Properties["Architectures"]); got != `["x86_64"]` {
			t.Errorf("%s: %s", id, got)
		}
	}
}

// testOperations: functions are traced and log as the operator wants, but what the root key
// signed is always logged; certify has environments of its own; and the bus of receipts has an
// archive. Without these settings there is nothing of the kind.
func testOperations(t *testing.T, tpl *template) {
	t.Helper()
	for _, f := range functions.All() {
		if f.OwnPool {
			continue
		}
		of, plain := tpl.one(t, "AWS::Lambda::Function", "Function"+f.Name).Properties, synthesized(t).one(t, "AWS::Lambda::Function", "Function"+f.Name).Properties
		level, reserved := any("WARN"), any(nil)
		if slices.Contains(f.Needs, functions.RootKey) {
			level = nil
		}
		if f.Name == "certify" {
			reserved = 2.0
		}
		if at(of, "TracingConfig", "Mode") != "Active" || at(of, "LoggingConfig", "ApplicationLogLevel") != level || of["ReservedConcurrentExecutions"] != reserved {
			t.Errorf("%s: %s", f.Name, compact([]any{of["TracingConfig"], of["LoggingConfig"], of["ReservedConcurrentExecutions"]}))
		}
		if plain["TracingConfig"] != nil || at(plain, "LoggingConfig", "ApplicationLogLevel") != nil || plain["ReservedConcurrentExecutions"] != nil {
			t.Errorf("%s, without settings: %s", f.Name, compact(plain))
		}
	}
	archive := tpl.one(t, "AWS::Events::Archive", "Archive").Properties
	if archive["RetentionDays"] != 30.0 || readable(archive["SourceArn"]) != "ReceiptsBus.Arn" || readable(archive["KmsKeyIdentifier"]) != "DataKey.Arn" {
		t.Errorf("the archive is %s", compact(archive))
	}
	if len(synthesized(t).of("AWS::Events::Archive")) != 0 {
		t.Error("an archive that nobody asked for")
	}
	traced := 0
	for _, g := range grants(tpl) {
		if g.action == "xray:PutTraceSegments" && strings.HasPrefix(g.who, "function ") {
			traced++
		}
	}
	if traced != len(tpl.of("AWS::Lambda::Function")) {
		t.Errorf("%d functions may send traces", traced)
	}
}

// TestStaff: no token of the people's issuer opens the desk, and a function decides on the
// scopes of the staff's user pool.
func TestStaff(t *testing.T) {
	tpl := synthesized(t)
	pool := tpl.one(t, "AWS::Cognito::UserPool", "Staff").Properties
	if got := compact(at(pool, "LambdaConfig", "PreTokenGenerationConfig")); !strings.Contains(got, "Functionstaff") || !strings.Contains(got, `"V2_0"`) {
		t.Errorf("tokens are made as %s says", got)
	}
	if pool["MfaConfiguration"] != "ON" || at(pool, "AdminCreateUserConfig", "AllowAdminCreateUserOnly") != true {
		t.Errorf("whoever likes is the staff: %s", compact(pool))
	}
	var names []string
	for _, g := range tpl.of("AWS::Cognito::UserPoolGroup") {
		names = append(names, compact(g.Properties["GroupName"]))
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{`"auditors"`, `"operators"`}) {
		t.Errorf("groups %v", names)
	}
	for server, want := range map[string]string{"People": "self decisions opendsr", "Staff": "operator auditor"} {
		var got []string
		for _, s := range list(tpl.one(t, "AWS::Cognito::UserPoolResourceServer", server).Properties["Scopes"]) {
			got = append(got, at(s, "ScopeName").(string))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s may be given %v", server, got)
		}
	}
	for id, r := range tpl.of("AWS::ApiGatewayV2::Route") {
		scopes, by := compact(r.Properties["AuthorizationScopes"]), compact(r.Properties["AuthorizerId"])
		staffs := strings.Contains(scopes, "/operator") || strings.Contains(scopes, "/auditor")
		if by != "null" && staffs != strings.Contains(by, "StaffAuthorizer") {
			t.Errorf("%s with %s is authorized by %s", id, scopes, by)
		}
	}
}

// TestSameTwice: the same sources give the same template and the same packages.
func TestSameTwice(t *testing.T) {
	first := synthesized(t)
	second := synthesize(t, t.TempDir(), nil)
	for _, name := range []string{filepath.Base(first.file), strings.Replace(filepath.Base(first.file), "template", "assets", 1)} {
		a, err := os.ReadFile(filepath.Join(filepath.Dir(first.file), name))
		must(t, err)
		b, err := os.ReadFile(filepath.Join(filepath.Dir(second.file), name))
		must(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestNag: cdk-nag's AWS Solutions pack finds nothing that nag/suppressions.mjs does
// not explain.
func TestNag(t *testing.T) {
	tool(t, filepath.Join("..", "node_modules", "cdk-nag", "package.json"))
	out, err := exec.Command("node", filepath.Join("nag", "check.mjs"), synthesized(t).file, withPeers(t).file, inProduction(t).file).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// tool skips the test where a tool is missing that make test installs.
func tool(t *testing.T, file string) string {
	t.Helper()
	if _, err := os.Stat(file); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing, and CI=true allows no skip", file)
		}
		t.Skipf("skipped: %s is missing; make test installs it", file)
	}
	return file
}
