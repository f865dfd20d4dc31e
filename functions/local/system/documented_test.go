package system_test

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/handler"
)

// route is a route key, and "<function> <scope>, <scope>".
type route struct{ key, value string }

func handlerRoutes() (out []route) {
	for _, r := range handler.Routes() {
		out = append(out, route{r.Pattern, strings.TrimSpace(r.Function + " " + strings.Join(r.Scopes, ", "))})
	}
	return out
}

// documentedRoutes reads the same of the OpenAPI document.
func documentedRoutes(t *testing.T) map[string]string {
	t.Helper()
	b, err := contracts.FS.ReadFile("openapi.yaml")
	must(t, err)
	var doc struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	must(t, yaml.Unmarshal(b, &doc))
	out := map[string]string{}
	for path, item := range doc.Paths {
		for method, v := range item {
			operation, ok := v.(map[string]any)
			if !ok || operation["operationId"] == nil {
				continue
			}
			var scopes []string
			if security, ok := operation["security"].([]any); ok {
				for _, s := range security {
					for _, some := range s.(map[string]any) {
						for _, one := range some.([]any) {
							scopes = append(scopes, one.(string))
						}
					}
				}
			}
			function, _ := operation["x-function"].(string)
			out[strings.ToUpper(method)+" "+path] = strings.TrimSpace(function + " " + strings.Join(scopes, ", "))
		}
	}
	return out
}
