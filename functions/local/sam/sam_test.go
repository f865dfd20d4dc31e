package sam_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/functions/local/browser"
	"consent-receipts/functions/local/sam"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/receipt"
)

// TestSAM runs the functions' real binaries in SAM's containers and takes the tour.
// Without what it needs it is skipped; with CI=true that is a failure.
func TestSAM(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: minutes of containers")
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	dir := t.TempDir()
	stack, err := sam.Open(t.Context(), sam.Config{Root: root, Dir: dir, Print: &log})
	if errors.Is(err, sam.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skipf("skipped: %v; make sam installs it", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stack.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("base image: %s\n%s", stack.Image, &log)
	t.Run("the portal in a browser", func(t *testing.T) { browse(t, stack) })
	var story bytes.Buffer
	for _, stop := range stack.Tour(&story) {
		if !t.Run(stop.Name, func(t *testing.T) {
			if err := stop.Show(t.Context()); err != nil {
				t.Error(err)
			}
		}) {
			said, _ := os.ReadFile(filepath.Join(dir, sam.LambdaLog))
			t.Logf("%s", said[max(0, len(said)-4000):])
		}
	}
	t.Logf("\n%s", &story)
	said, err := os.ReadFile(filepath.Join(dir, sam.LambdaLog))
	if err != nil || bytes.Contains(said, []byte(system.SamplePerson)) {
		t.Errorf("the functions' log names a person, or there is none: %v", err)
	}
}

// browse plays the story in Chromium, to which http://consent.localhost is as good
// as https, and verifies what was downloaded.
func browse(t *testing.T, stack *sam.Stack) {
	kept := browser.Story{Window: browser.Window{Width: 1280}, Base: stack.Site.Base, Person: system.SamplePerson}.Play(t)
	verifier, err := receipt.NewVerifier(stack.Roots...)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range []string{kept.Receipt, kept.Part} {
		if _, err := verifier.Verify(raw); err != nil {
			t.Error(err)
		}
	}
}
