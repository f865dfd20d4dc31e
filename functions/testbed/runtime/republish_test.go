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
	"consent-receipts/shared/aws/mototest"
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
	person, err := stack.Site.API(system.SamplePerson)
	must(t, err)
	var said bytes.Buffer
	story := demo.Story{API: person, Root: receipt.Roots{root}, Out: filepath.Join(t.TempDir(), "out"), Print: &said}
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
			"AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL_EVENTBRIDGE=" + bus.URL, "AWS_ENDPOINT_URL_SQS=" + stack.KMS,
		}
		command.Stderr = &said
		return command.Run()
	}
	segments := mototest.NewQueue(t, stack.KMS, "ConsentReceipts-republish")
	stack.Start(t, "republish", map[string]string{"DEAD_LETTERS": segments.ARN + "-dlq", "EVENT_BUS": "receipts", "AWS_ENDPOINT_URL_EVENTBRIDGE": bus.URL})
	everybody := func(args ...string) string {
		must(t, republish(append([]string{"--queue", segments.ARN, "--segments", "3"}, args...)...))
		if n := work(t, stack, "republish", segments); n != 3 {
			t.Errorf("%d tasks", n)
		}
		return published()
	}
	if whole := everybody(); whole != "1 2 3 4" {
		t.Fatalf("the whole table: %s\n%s\n%s", whole, &said, stack.Log)
	}
	if none := everybody("--since", "2100-01-01T00:00:00Z"); none != "" {
		t.Errorf("of another time: %s", none)
	}
	base := []string{
		"--ledger", "dynamodb://" + stack.Table + "?endpoint=" + url.QueryEscape(stack.Engine.Endpoint), "--bus", "receipts", "--root", rootFile, "--subject", subject,
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"--from", "2", "--to", "3"}, "2 3"},
		{nil, "1 2 3 4"},
		{[]string{"--since", "2100-01-01T00:00:00Z"}, ""},
		{[]string{"--until", "2100-01-01T00:00:00Z", "--to", "1"}, "1"},
	} {
		must(t, republish(append(base, step.args...)...))
		if got := published(); got != step.want {
			t.Errorf("%s: published %q, want %q", step.args, got, step.want)
		}
	}
	for _, args := range [][]string{
		{}, append(base, "--since", "yesterday"), append(base, "extra"), {"--ledger", "x", "--bus", "b", "--root", rootFile, "--subject", subject}, {"--queue", "q"}, append(base, "--queue", segments.ARN),
	} {
		if err := republish(args...); err == nil {
			t.Errorf("%s: accepted", args)
		}
	}
}
