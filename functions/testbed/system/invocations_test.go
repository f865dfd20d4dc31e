package system_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/testbed/samples"
)

// TestInvocations invokes every function behind the HTTP API with each of its
// samples, in the order of the story.
func TestInvocations(t *testing.T) {
	h := open(t)
	player := samples.Player{Files: os.DirFS(filepath.Join("..", "..", "..", "events", "invocations"))}
	invoke := func(ctx context.Context, function string, event []byte) ([]byte, error) {
		var e events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		a, err := h.sys.API.Handlers(function).Func()(ctx, e)
		if err != nil {
			return nil, err
		}
		return json.Marshal(a)
	}
	for _, s := range samples.Of("optin", "optout", "datarequest", "operator", "receipts") {
		if err := player.Play(t.Context(), s, invoke); err != nil {
			t.Error(err)
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
