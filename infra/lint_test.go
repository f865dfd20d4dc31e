package main

import (
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var each = flag.Bool("contexts", false, "lint the template with each context alone too")

// choices has a value for each choice of an operator: contexts that need each other are one.
var choices = []map[string]any{
	{"architecture": "amd64"},
	{"producers": `{"crm":{"channel":"branch","principal":"arn:aws:iam::111122223333:role/crm"},"ivr":{"channel":"phone"}}`},
	{"issuer": "https://login.example", "audience": "consent-receipts", "clientId": "portal"},
	{"staffIssuer": "https://staff.example", "staffAudience": "desk-api", "staffClientId": "desk"},
	{"userPoolPlan": "plus"},
	{"mailFrom": "First Example Bank <no-reply@bank.example>", "mailIdentity": mailIdentity},
	{"federation": `{"people":{"name":"bank","metadata":"https://login.bank.example/saml"},"staff":{"name":"staff","issuer":"https://staff.bank.example","clientId":"desk","clientSecret":"` + clientSecret + `"}}`},
	{"attachmentDays": "90", "attachmentScan": "scan=clean"},
	{"reportBucket": "bank-reports", "reportTopic": reportTopic},
	{"domainName": "consent.bank.example", "certificate": certificate},
	{"rateLimit": "50", "burstLimit": "100"},
	{"budget": "250"},
	{"backupDays": "35"},
	{"openDSRKey": signingKey},
	{"matchFunction": matchFunction},
	{"openDSRControllers": `["acme","other-bank"]`},
	{"previousRoots": `["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]`},
	{"corsOrigins": `["https://app.bank.example"]`},
	{"alarmEmail": "oncall@bank.example"},
	{"tracing": "true"},
	{"logLevel": "WARN"},
	{"archiveDays": "30"},
	{"certifyConcurrency": "2"},
	{"firstDeployment": "true"},
	{"replaces": `["ConsentReceipts-LedgerABC"]`},
}

// without puts choices together, but for those that have one of these contexts.
func without(contexts ...string) map[string]any {
	all := map[string]any{}
	for _, choice := range choices {
		if !slices.ContainsFunc(contexts, func(c string) bool { return choice[c] != nil }) {
			maps.Copy(all, choice)
		}
	}
	return all
}

// TestLint: cfn-lint finds nothing in the template without any context, and with as many as go
// together: with the stack's own user pools, and with own issuers, as at a first deployment. In
// these too, whatever calls something else is allowed to. W3005 is about a dependency on each
// function's role that CDK writes beside the reference to it, and is harmless.
func TestLint(t *testing.T) {
	lint := tool(t, filepath.Join("..", ".venv", "bin", "cfn-lint"))
	made := []*template{synthesized(t)}
	for _, context := range []map[string]any{without("issuer", "staffIssuer", "firstDeployment"), without("federation", "openDSRControllers")} {
		tpl := synthesize(t, t.TempDir(), context)
		checked(t, tpl)
		made = append(made, tpl)
	}
	for _, choice := range choices {
		if *each {
			made = append(made, synthesize(t, t.TempDir(), choice))
		}
	}
	args := []string{"--ignore-checks", "W3005", "--"}
	for _, tpl := range made {
		args = append(args, tpl.file)
	}
	if out, err := exec.Command(lint, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestChoices: each context that is read is among the choices above, and is in the docs; and
// the other way round.
func TestChoices(t *testing.T) {
	names := func(file, pattern string) (found []string) {
		b, err := os.ReadFile(file)
		must(t, err)
		for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(b, -1) {
			found = append(found, string(m[1]))
		}
		slices.Sort(found)
		return found
	}
	read := names("config.go", `(?:text|parse)\(node, "(\w+)"`)
	chosen := slices.Collect(maps.Keys(without()))
	chosen = append(chosen, "dist", "local") // dist is the folder, and local is never deployed
	slices.Sort(chosen)
	if !slices.Equal(read, chosen) {
		t.Errorf("read %q\nchosen %q", read, chosen)
	}
	b, err := os.ReadFile(filepath.Join("..", "docs", "stack.md"))
	must(t, err)
	_, table, _ := strings.Cut(string(b), "\n## Context\n")
	for _, name := range read {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + name + "`").MatchString(table) {
			t.Errorf("the docs have no context %s", name)
		}
	}
}
