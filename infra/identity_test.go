package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestControllers: each controller has a client with a secret in people's user pool, whose
// tokens open the routes of OpenDSR and nothing else; testdata/controllers.golden has it.
func TestControllers(t *testing.T) {
	tpl := withPeers(t)
	var lines []string
	for _, name := range []string{"PeopleControlleracme", "PeopleControllerotherbank", "PeoplePortal", "StaffDesk"} {
		p := tpl.one(t, "AWS::Cognito::UserPoolClient", name).Properties
		for _, member := range []string{"UserPoolId", "GenerateSecret", "AllowedOAuthFlows", "AllowedOAuthScopes", "ExplicitAuthFlows"} {
			lines = append(lines, name+" "+member+": "+readable(p[member]))
		}
	}
	for _, name := range []string{"Authorizer", "StaffAuthorizer"} {
		p := tpl.one(t, "AWS::ApiGatewayV2::Authorizer", name).Properties
		lines = append(lines, name+": "+readable(p["JwtConfiguration"]))
	}
	lines = append(lines, "output: "+readable(tpl.Outputs["OpenDSRControllers"].Value), "")
	got, golden := strings.Join(lines, "\n"), filepath.Join("testdata", "controllers.golden")
	if *update {
		must(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if got != string(want) {
		t.Errorf("controllers' clients changed; review them, then run go test ./infra -update\ngot:\n%s", got)
	}
	if _, ok := synthesized(t).Outputs["OpenDSRControllers"]; ok || len(synthesized(t).of("AWS::Cognito::UserPoolClient")) != 2 {
		t.Error("a client for a controller that nobody named")
	}
}
