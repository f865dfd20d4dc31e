package runtime_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/functions/local/demo"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

func TestMain(m *testing.M) {
	code := m.Run()
	runtimetest.Remove()
	os.Exit(code)
}

// TestStory plays the story over the real binaries, behind a local gateway.
func TestStory(t *testing.T) {
	stack := runtimetest.New(t)
	person, err := stack.Site.API(system.SamplePerson)
	must(t, err)
	var roots receipt.Roots
	for text := range strings.SplitSeq(stack.Roots, ",") {
		der, err := base64.StdEncoding.DecodeString(text)
		must(t, err)
		root, err := receipt.ParseRoot(der)
		must(t, err)
		roots = append(roots, root)
	}
	var said strings.Builder
	story := demo.Story{
		API: person, Root: roots, Out: filepath.Join(t.TempDir(), "out"), Print: &said,
	}
	if err := story.Play(t.Context()); err != nil {
		t.Errorf("%v\n%s\n%s", err, &said, stack.Log)
	}
}

// TestFunctions drives the real binary of every function through the Lambda
// Runtime API, with each of its samples.
func TestFunctions(t *testing.T) {
	stack := runtimetest.New(t)
	player := samples.Player{
		Files:     os.DirFS(filepath.Join("..", "..", "..", "events", "invocations")),
		Catalogue: stack.Catalogue(),
		Entry: func(ctx context.Context) (keys, image string, err error) {
			return sandbox.Entry(ctx, stack.Engine.Endpoint, stack.Table, ledger.KindPerson)
		},
	}
	invoke := func(_ context.Context, function string, event []byte) ([]byte, error) {
		answer := stack.Invoke(t, function, event)
		if answer.Failed {
			return nil, fmt.Errorf("%s\n%s", answer.Payload, stack.Log)
		}
		return answer.Payload, nil
	}
	all, err := samples.All(player.Files)
	must(t, err)
	for _, s := range all {
		if err := player.Play(t.Context(), s, invoke); err != nil {
			t.Errorf("%v\n%s", err, stack.Log)
		}
	}
	if strings.Contains(stack.Log.String(), "customer-0001") {
		t.Error("a log names a person")
	}
	t.Run("what is refused is a function error", func(t *testing.T) {
		if answer := stack.Invoke(t, "certify", []byte(`{}`)); !answer.Failed {
			t.Errorf("certify answered %s", answer.Payload)
		}
	})
}

var must = errtest.None
