package system_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/protocols"
)

// route is a route key, and "<function> <scope>, <scope>".
type route struct{ key, value string }

func handlerRoutes() (out []route) {
	// the authorizer checks no agent's token, so the function does, as the documents say
	agents := regexp.MustCompile(`^(GET /v1/agent|[A-Z]+ /v1/data-rights-request)`)
	links := regexp.MustCompile(`^[A-Z]+ /v1/contact-request(/|$)`) // nor a contact's link
	for _, r := range slices.Concat(handler.Routes(), protocols.Routes()) {
		scopes := r.Scopes
		if agents.MatchString(r.Pattern) {
			scopes = []string{byAgent}
		}
		if links.MatchString(r.Pattern) {
			scopes = []string{byLink}
		}
		out = append(out, route{r.Pattern, strings.TrimSpace(r.Function + " " + strings.Join(scopes, ", "))})
	}
	return out
}

// documentedRoutes reads the same from the OpenAPI document.
func documentedRoutes(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"openapi.yaml", "protocols.yaml"} {
		addDocumented(t, name, out)
	}
	return out
}

// byAgent is the scope that stands for an agent's own token, which no authorizer knows.
const byAgent = "agent"

// byLink is the scope that stands for the link of somebody without an account.
const byLink = "link"

func addDocumented(t *testing.T, name string, out map[string]string) {
	t.Helper()
	b, err := contracts.FS.ReadFile(name)
	must(t, err)
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	must(t, yaml.Unmarshal(b, &doc))
	for path, item := range doc.Paths {
		for method, v := range item {
			operation, ok := v.(map[string]any)
			if !ok || operation["operationId"] == nil {
				continue
			}
			var scopes []string
			if security, ok := operation["security"].([]any); ok {
				for _, s := range security {
					for scheme, some := range s.(map[string]any) {
						for _, one := range some.([]any) {
							scopes = append(scopes, one.(string))
						}
						if scheme == byAgent || scheme == byLink {
							scopes = append(scopes, scheme)
						}
					}
				}
			}
			function, _ := operation["x-function"].(string)
			out[strings.ToUpper(method)+" "+path] = strings.TrimSpace(function + " " + strings.Join(scopes, ", "))
		}
	}
}
