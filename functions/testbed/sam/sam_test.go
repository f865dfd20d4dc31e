package sam_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/browser"
	"consent-receipts/functions/testbed/sam"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// cold are started for one event alone: by a deployment, by a request, by a queue. `make sam`
// starts all functions so.
var cold = []string{functions.Provision, "optin", "intake"}

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
	for _, stop := range stack.Tour(&story, cold...) {
		if !t.Run(stop.Name, func(t *testing.T) {
			if err := stop.Show(t.Context()); err != nil {
				t.Error(err)
			}
		}) {
			said, _ := os.ReadFile(filepath.Join(dir, sam.LambdaLog))
			t.Logf("%s", said[max(0, len(said)-4000):])
		}
	}
	t.Run("the desk in a browser", func(t *testing.T) { browseDesk(t, stack) })
	t.Logf("\n%s", &story)
	said, err := os.ReadFile(filepath.Join(dir, sam.LambdaLog))
	if err != nil || bytes.Contains(said, []byte(system.SamplePerson)) {
		t.Errorf("the functions' log names a person, or there is none: %v", err)
	}
	if warning := []byte("Cannot detect function id"); bytes.Contains(said, warning) {
		t.Errorf("SAM says %q", warning)
	}
}

// window is how the pages are looked at here: the system's tests judge the same pages for
// accessibility and width, which needs scripts.
var window = browser.Window{Width: 1280, NoScript: true}

// browse plays the story in Chromium, to which http://consent.localhost is as good
// as https, and verifies what was downloaded.
func browse(t *testing.T, stack *sam.Stack) {
	kept := browser.Story{Window: window, Base: stack.Site.Base, Person: system.SamplePerson}.Play(t)
	verifier := receipt.NewVerifier(stack.Roots...)
	for _, raw := range []string{kept.Receipt, kept.Part} {
		if _, err := verifier.Verify(raw); err != nil {
			t.Error(err)
		}
	}
}

// browseDesk plays a day at the desk, about somebody who said yes and asked for erasure.
func browseDesk(t *testing.T, stack *sam.Stack) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ask := func(who, path, body string, into any) {
		t.Helper()
		token, err := stack.Site.Token(who)
		must(err)
		method := http.MethodPost
		if body == "" {
			method = http.MethodGet
		}
		req, err := http.NewRequest(method, stack.Site.Base+path, strings.NewReader(body))
		must(err)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		res, err := stack.Site.Client.Do(req)
		must(err)
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		must(err)
		if res.StatusCode/100 != 2 {
			t.Fatalf("%s: %d %s", path, res.StatusCode, b)
		}
		must(json.Unmarshal(b, into))
	}
	var offer struct{ Offer string }
	var given struct{ Seq int }
	var found struct{ Person string }
	ask(system.OtherPerson, "/v1/offers", "", &offer)
	ask(system.OtherPerson, "/v1/opt-in", `{"offer":"`+offer.Offer+`","choices":[{"purpose":"account-alerts","answer":"yes"},{"purpose":"card-offers","answer":"no"}]}`, &given)
	ask(system.OtherPerson, "/v1/data-requests", `{"type":"erasure"}`, &given)
	ask(system.SampleOperator, "/v1/operator/people", `{"customer":"`+system.OtherPerson+`"}`, &found)
	late := docket.Item{
		ID: "00000000-0000-4000-8000-000000000000", Type: "access", Rule: "gdpr", State: "overdue", Received: time.Now().AddDate(0, 0, -35),
		Due: time.Now().AddDate(0, 0, -5).Format(time.DateOnly), At: time.Now(),
	}
	must(stack.Ledger().Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(strings.Repeat("0", 43)), Seq: 1, Receipt: "x", Key: [32]byte{1}, Command: [32]byte{1}, Listing: late.Listing(),
	}))
	browser.Desk{
		Window: window, Base: stack.Site.Base, Operator: system.SampleOperator, Auditor: system.SampleAuditor,
		Person: system.OtherPerson, Pseudonym: found.Person, Last: given.Seq,
	}.Play(t)
}
