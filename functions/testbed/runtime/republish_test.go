package runtime_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"consent-receipts/functions/local/demo"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/receipt"
)

// TestRepublish plays the story into a table and publishes parts of it again.
func TestRepublish(t *testing.T) {
	stack := runtimetest.New(t)
	der, err := base64.StdEncoding.DecodeString(stack.Roots)
	must(t, err)
	root, err := receipt.ParseRoot(der)
	must(t, err)
	rootFile := filepath.Join(t.TempDir(), "root.pem")
	must(t, os.WriteFile(rootFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	token, err := stack.Site.Token(system.SamplePerson)
	must(t, err)
	var said bytes.Buffer
	story := demo.Story{Base: stack.Site.Base, API: stack.Site.Client, Token: token, Root: receipt.Roots{root}, Out: filepath.Join(t.TempDir(), "out"), Print: &said}
	must(t, story.Play(t.Context()))

	bus := newBus(t, "receipts")
	var subject string
	published := func() string { // seq of each event since the last call
		var seqs []string
		for _, detail := range bus.details {
			var event struct {
				Subject string
				Data    struct{ Seq int }
			}
			must(t, json.Unmarshal(detail, &event))
			subject, seqs = event.Subject, append(seqs, strconv.Itoa(event.Data.Seq))
		}
		bus.details = nil
		return strings.Join(seqs, " ")
	}
	program := filepath.Join(t.TempDir(), "desk")
	out, err := exec.Command("go", "build", "-o", program, "consent-receipts/shared/cmd/desk").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	republish := func(args ...string) error {
		command := exec.CommandContext(t.Context(), program, append([]string{"republish"}, args...)...)
		command.Env = []string{
			"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL_EVENTBRIDGE=" + bus.URL,
		}
		command.Stderr = &said
		return command.Run()
	}
	base := []string{"--ledger", "dynamodb://" + stack.Table + "?endpoint=" + url.QueryEscape(stack.Engine.Endpoint), "--bus", "receipts", "--root", rootFile}
	must(t, republish(base...))
	if whole := published(); whole != "1 2 3 4" {
		t.Fatalf("the whole table: %s\n%s", whole, &said)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"--subject", subject, "--from", "2", "--to", "3"}, "2 3"},
		{[]string{"--subject", subject}, "1 2 3 4"},
		{[]string{"--after", subject + "/2"}, "3 4"},
		{[]string{"--since", "2100-01-01T00:00:00Z"}, ""},
		{[]string{"--until", "2100-01-01T00:00:00Z", "--to", "1"}, "1"},
	} {
		must(t, republish(append(base, step.args...)...))
		if got := published(); got != step.want {
			t.Errorf("%s: published %q, want %q", step.args, got, step.want)
		}
	}
	for _, args := range [][]string{{}, append(base, "--after", "x"), append(base, "--since", "yesterday"), append(base, "extra"), {"--ledger", "x", "--bus", "b", "--root", rootFile}} {
		if err := republish(args...); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}
