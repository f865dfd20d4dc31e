package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/infra/graph"
)

// wants compares a value of a template, as JSON or as text.
func wants(t *testing.T, what string, got any, want string) {
	t.Helper()
	if compact(got) != want && readable(got) != want {
		t.Errorf("%s: %s, want %s", what, compact(got), want)
	}
}

// TestDomain: with a domain name the API answers under it alone, and everything that names the
// API says it.
func TestDomain(t *testing.T) {
	tpl, plain := inProduction(t), synthesized(t)
	domain := tpl.one(t, "AWS::ApiGatewayV2::DomainName", "Domain").Properties
	wants(t, "name", domain["DomainName"], `"consent.bank.example"`)
	wants(t, "certificate", domain["DomainNameConfigurations"], `[{"CertificateArn":"`+certificate+`","EndpointType":"REGIONAL","SecurityPolicy":"TLS_1_2"}]`)
	mapping := tpl.one(t, "AWS::ApiGatewayV2::ApiMapping", "DomainMapping").Properties
	wants(t, "mapping", mapping, "ApiId Api and DomainName Domain and Stage Stage")
	wants(t, "the API's own name answers", tpl.one(t, "AWS::ApiGatewayV2::Api", "Api").Properties["DisableExecuteApiEndpoint"], "true")
	wants(t, "by default it does", plain.one(t, "AWS::ApiGatewayV2::Api", "Api").Properties["DisableExecuteApiEndpoint"], "null")
	for name, callback := range map[string]string{"PeoplePortal": "/callback", "StaffDesk": "/desk/callback"} {
		client := tpl.one(t, "AWS::Cognito::UserPoolClient", name).Properties
		wants(t, name+" comes back", client["CallbackURLs"], `["https://consent.bank.example`+callback+`"]`)
		if out := readable(client["LogoutURLs"]); !strings.HasPrefix(out, "https://consent.bank.example/") {
			t.Errorf("%s goes out to %s", name, out)
		}
	}
	wants(t, "the portal calls", at(tpl.one(t, "AWS::Lambda::Function", "Functionportal").Properties, "Environment", "Variables", "BASE_URL"), `"https://consent.bank.example"`)
	wants(t, "output", tpl.Outputs["ApiUrl"].Value, `"https://consent.bank.example"`)
	wants(t, "what the name leads to", tpl.Outputs["DomainTarget"].Value, "Domain.RegionalDomainName")
	if len(plain.of("AWS::ApiGatewayV2::DomainName")) != 0 || plain.Outputs["DomainTarget"].Value != nil {
		t.Error("a domain that nobody named")
	}
}

// TestThrottle: the limits of the whole API are the operator's, or the defaults; those by which
// anybody has mails sent are narrow.
func TestThrottle(t *testing.T) {
	for tpl, want := range map[*template]string{inProduction(t): "50 100", synthesized(t): "500 1000"} {
		stage := tpl.one(t, "AWS::ApiGatewayV2::Stage", "Stage").Properties
		for _, route := range []string{"POST /v1/contact-requests", "POST /v1/contact-request"} {
			wants(t, route, at(stage, "RouteSettings", route), `{"DetailedMetricsEnabled":true,"ThrottlingBurstLimit":10,"ThrottlingRateLimit":1}`)
		}
		s := at(stage, "DefaultRouteSettings")
		if got := compact(at(s, "ThrottlingRateLimit")) + " " + compact(at(s, "ThrottlingBurstLimit")); got != want {
			t.Errorf("%s a second and at once, want %s", got, want)
		}
	}
}

// TestBudget: the receivers of the alarms are told when a month costs more than the budget, or
// will; by default there is none, and then Budgets may publish nothing.
func TestBudget(t *testing.T) {
	tpl := inProduction(t)
	budget := tpl.one(t, "AWS::Budgets::Budget", "Budget").Properties
	wants(t, "limit", at(budget, "Budget", "BudgetLimit"), `{"Amount":250,"Unit":"USD"}`)
	wants(t, "of a month", at(budget, "Budget", "TimeUnit"), `"MONTHLY"`)
	for i, kind := range []string{"ACTUAL", "FORECASTED"} {
		told := at(budget, "NotificationsWithSubscribers", i)
		wants(t, kind, at(told, "Notification"), `{"ComparisonOperator":"GREATER_THAN","NotificationType":"`+kind+`","Threshold":100,"ThresholdType":"PERCENTAGE"}`)
		wants(t, "who is told", at(told, "Subscribers", 0), "Address Alarms and SubscriptionType SNS")
	}
	edges := map[string]int{}
	for _, e := range checked(t, tpl).Edges() {
		edges[e.Kind]++
	}
	if edges["budget to topic"] != 2 || edges["budget to its topic's key"] != 2 {
		t.Errorf("edges of the budget: %v", edges)
	}
	for _, g := range grants(synthesized(t)) {
		if strings.HasPrefix(g.who, "budgets.") {
			t.Errorf("without a budget: %s", g)
		}
	}
}

// TestBackup: with days, each day's copy of the table goes into a vault whose lock nobody can take
// off, and which outlives the stack. At the first deployment it is not locked.
func TestBackup(t *testing.T) {
	tpl := inProduction(t)
	vault := tpl.one(t, "AWS::Backup::BackupVault", "Vault")
	wants(t, "lock", vault.Properties["LockConfiguration"], `{"ChangeableForDays":3,"MaxRetentionDays":35,"MinRetentionDays":35}`)
	wants(t, "key", vault.Properties["EncryptionKeyArn"], "DataKey.Arn")
	wants(t, "retained", []string{vault.DeletionPolicy, vault.UpdateReplacePolicy}, `["RetainExceptOnCreate","Retain"]`)
	rule := at(tpl.one(t, "AWS::Backup::BackupPlan", "BackupPlan").Properties, "BackupPlan", "BackupPlanRule", 0)
	wants(t, "kept", at(rule, "Lifecycle"), `{"DeleteAfterDays":35}`)
	wants(t, "into", at(rule, "TargetBackupVault"), "Vault")
	wants(t, "of", at(tpl.one(t, "AWS::Backup::BackupSelection", "BackupSelection").Properties, "BackupSelection", "Resources"), "Ledger.Arn")
	edges := map[string]int{}
	for _, e := range checked(t, tpl).Edges() {
		edges[e.Kind]++
	}
	for _, kind := range []string{"backup to role", "backup to table", "backup to vault", "backup to vault's key"} {
		if edges[kind] != 1 {
			t.Errorf("%d edges %s", edges[kind], kind)
		}
	}
	if len(synthesized(t).of("AWS::Backup::BackupVault")) != 0 {
		t.Error("a vault that nobody asked for")
	}
	first := synthesize(t, t.TempDir(), map[string]any{"firstDeployment": "true", "backupDays": "7"})
	wants(t, "lock of the first deployment", first.one(t, "AWS::Backup::BackupVault", "Vault").Properties["LockConfiguration"], "null")
}

// TestMail: user pools and the functions door and callbacks send from the operator's address, if there is one.
func TestMail(t *testing.T) {
	g := graphOf(t, inProduction(t))
	for _, f := range functions.Names() {
		for from, want := range map[string]bool{"no-reply@bank.example": f == "door" || f == "callbacks", "other@bank.example": false} {
			err := g.Allowed(graph.Request{Principal: roleOf(f), Action: "ses:SendEmail", Resource: mailIdentity, Context: map[string][]string{"ses:FromAddress": {from}}})
			if (err == nil) != want {
				t.Errorf("%s sends as %s: %v", f, from, err)
			}
		}
	}
	for _, pool := range []string{"People", "Staff"} {
		wants(t, pool, inProduction(t).one(t, "AWS::Cognito::UserPool", pool).Properties["EmailConfiguration"],
			`{"EmailSendingAccount":"DEVELOPER","From":"First Example Bank \u003cno-reply@bank.example\u003e","SourceArn":"`+mailIdentity+`"}`)
		wants(t, pool+" by default", synthesized(t).one(t, "AWS::Cognito::UserPool", pool).Properties["EmailConfiguration"], "null")
	}
}

// TestTokens: access tokens of pages last five minutes, their refresh tokens an hour, and both
// clients may do nothing else with Cognito's own API.
func TestTokens(t *testing.T) {
	for _, name := range []string{"PeoplePortal", "StaffDesk"} {
		client := synthesized(t).one(t, "AWS::Cognito::UserPoolClient", name).Properties
		wants(t, name+" access token", client["AccessTokenValidity"], "5")
		wants(t, name+" ID token", client["IdTokenValidity"], "5")
		wants(t, name+" refresh token", client["RefreshTokenValidity"], "60")
		wants(t, name+" units", client["TokenValidityUnits"], `{"AccessToken":"minutes","IdToken":"minutes","RefreshToken":"minutes"}`)
		wants(t, name+" revocation", client["EnableTokenRevocation"], "true")
		wants(t, name+" flows", client["ExplicitAuthFlows"], `["ALLOW_REFRESH_TOKEN_AUTH"]`)
		wants(t, name+" signs in", client["SupportedIdentityProviders"], `["COGNITO"]`)
	}
}

// identityOf makes the user pools alone.
func identityOf(t *testing.T, context map[string]any) *template {
	t.Helper()
	return build(t, t.TempDir(), context, func(app awscdk.App, c *config) {
		stack := awscdk.NewStack(app, jsii.String(stackName), nil)
		(&parts{Stack: stack, scope: stack, config: c, baseURL: "https://consent.bank.example"}).addIdentity()
	})
}

// TestPlan: threat protection, and with it the dearer plan, is for who asks for it.
func TestPlan(t *testing.T) {
	for tpl, want := range map[*template]string{synthesized(t): "ESSENTIALS null", identityOf(t, map[string]any{"userPoolPlan": "plus"}): "PLUS ENFORCED"} {
		for id, pool := range tpl.of("AWS::Cognito::UserPool") {
			mode := at(pool.Properties, "UserPoolAddOns", "AdvancedSecurityMode")
			if mode == "OFF" {
				mode = nil
			}
			if got := readable(pool.Properties["UserPoolTier"]) + " " + readable(mode); got != want {
				t.Errorf("%s: %s, want %s", id, got, want)
			}
		}
	}
}

// TestFederation: users of a pool with a provider sign in there and nowhere else, and the
// template has no secret.
func TestFederation(t *testing.T) {
	tpl := inProduction(t)
	saml := tpl.one(t, "AWS::Cognito::UserPoolIdentityProvider", "Providerpeople").Properties
	wants(t, "people", []any{saml["ProviderType"], saml["ProviderName"], saml["ProviderDetails"]}, `["SAML","bank",{"MetadataURL":"https://login.bank.example/saml"}]`)
	wants(t, "people's pool", saml["UserPoolId"], "People")
	oidc := tpl.one(t, "AWS::Cognito::UserPoolIdentityProvider", "Providerstaff").Properties
	wants(t, "staff", []any{oidc["ProviderType"], oidc["ProviderName"], oidc["ProviderDetails"]}, `["OIDC","staff",{"attributes_request_method":"GET","authorize_scopes":"openid email profile",`+
		`"client_id":"desk","client_secret":"{{resolve:secretsmanager:`+clientSecret+`:SecretString}}","oidc_issuer":"https://staff.bank.example"}]`)
	wants(t, "the staff's attributes", oidc["AttributeMapping"], `{"email":"email","name":"name"}`)
	for client, provider := range map[string]string{"PeoplePortal": "Providerpeople", "StaffDesk": "Providerstaff"} {
		wants(t, client+" signs in", tpl.one(t, "AWS::Cognito::UserPoolClient", client).Properties["SupportedIdentityProviders"], provider)
	}
}

// TestInvocations: API Gateway invokes a function for the routes of this API that name it, and
// for no other.
func TestInvocations(t *testing.T) {
	g := graphOf(t, synthesized(t))
	routes, err := functions.Routes()
	must(t, err)
	for _, f := range functions.Names() {
		for _, r := range routes {
			for stage, id := range map[string]string{"$default": "Api", "": "Other"} {
				source := "arn:aws:execute-api:eu-west-1:" + graph.Account + ":" + id + "/" + stage + "/" + strings.Replace(r.Key, " ", "", 1)
				err := g.Allowed(graph.Request{Principal: "apigateway.amazonaws.com", Action: "lambda:InvokeFunction", Resource: arnOf(t, g, "Function"+f), Context: map[string][]string{"aws:SourceArn": {source}}})
				if own := r.Function == f && id == "Api"; own != (err == nil) && !overlaps(routes, f, r.Key) {
					t.Errorf("%s by %s: %v", f, source, err)
				}
			}
		}
	}
}

// overlaps reports whether a route of the function matches the key of another one's, since its
// parameter stands for anything.
func overlaps(routes []functions.Route, function, key string) bool {
	return slices.ContainsFunc(routes, func(r functions.Route) bool {
		before, _, found := strings.Cut(r.Key, "{")
		return r.Function == function && found && strings.HasPrefix(key, before)
	})
}

// TestResources: a stack with everything in it stays far below the 500 resources that
// CloudFormation allows.
func TestResources(t *testing.T) {
	if n := len(inProduction(t).Resources); n > 450 {
		t.Errorf("%d resources: %v", n, slices.Sorted(maps.Keys(inProduction(t).Resources)))
	}
}
