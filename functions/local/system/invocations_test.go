package system_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// TestInvocations invokes every function with each of its samples, in the order
// of the story.
func TestInvocations(t *testing.T) {
	h := open(t)
	dir := filepath.Join("..", "..", "..", "events", "invocations")
	invoke := func(name, offer string) events.APIGatewayV2HTTPResponse {
		b, err := os.ReadFile(filepath.Join(dir, name+".json"))
		must(t, err)
		var e events.APIGatewayV2HTTPRequest
		must(t, json.Unmarshal(b, &e))
		e.Body = strings.Replace(e.Body, "REPLACE-WITH-THE-OFFER", offer, 1)
		function, _, _ := strings.Cut(name, "/")
		a, err := h.sys.API.Function(function)(context.Background(), e)
		must(t, err)
		return a
	}
	var offer struct{ Offer string }
	invoked := map[string]bool{}
	for _, step := range []struct {
		name   string
		status int
	}{
		{"receipts/get-catalogue", 200}, {"receipts/get-jwks", 200},
		{"optin/get-offers", 200}, {"optin/post-opt-in", 201},
		{"receipts/get-receipt", 200}, {"receipts/get-standing", 200},
		{"optout/post-signals", 204}, {"optout/post-opt-out-purpose", 201}, {"optout/post-opt-out-all", 201},
		{"datarequest/post-data-requests", 201}, {"datarequest/get-data-requests", 200},
		{"receipts/get-receipts", 200}, {"receipts/get-bundle", 200},
	} {
		invoked[step.name+".json"] = true
		a := invoke(step.name, offer.Offer)
		if a.StatusCode != step.status {
			t.Errorf("%s: %d %s", step.name, a.StatusCode, a.Body)
		}
		if step.name == "optin/get-offers" {
			must(t, json.Unmarshal([]byte(a.Body), &offer))
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
	must(t, err)
	for _, f := range files {
		if name, _ := filepath.Rel(dir, f); !invoked[filepath.ToSlash(name)] {
			t.Errorf("%s is never invoked", name)
		}
	}
}

// TestDocumented: the routes are those of the OpenAPI document, each under the
// function and the scope that it names.
func TestDocumented(t *testing.T) {
	documented := documentedRoutes(t)
	for _, r := range handlerRoutes() {
		if documented[r.key] != r.value {
			t.Errorf("%s: served as %q, documented as %q", r.key, r.value, documented[r.key])
		}
		delete(documented, r.key)
	}
	for key := range documented {
		t.Errorf("%s is documented and not served", key)
	}
}
