package api_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	contracts "consent-receipts/events"
	"consent-receipts/shared/api"
)

// parameter is one of the API's document, or refers to one.
type parameter struct {
	Ref  string `yaml:"$ref"`
	Name string `yaml:"name"`
	In   string `yaml:"in"`
}

// TestQueries: every parameter of a query is a parameter of its routes.
func TestQueries(t *testing.T) {
	raw, err := contracts.FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]struct {
			Get struct{ Parameters []parameter }
		}
		Components struct{ Parameters map[string]parameter }
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for path, query := range map[string]any{
		"/v1/offers": api.OffersQuery{}, "/v1/receipts/{seq}": api.CopyQuery{}, "/v1/receipts/bundle": api.BundleQuery{},
		"/v1/receipts": api.ListQuery{}, "/v1/operator/people/{person}/receipts": api.ListQuery{},
		api.RequestsPath: api.RequestsQuery{}, api.ReportPath: api.ReportQuery{}, api.DayPath: api.DayQuery{},
	} {
		for i, fields := 0, reflect.TypeOf(query); i < fields.NumField(); i++ {
			name := fields.Field(i).Tag.Get("query")
			if !slices.ContainsFunc(doc.Paths[path].Get.Parameters, func(p parameter) bool {
				if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
					p = doc.Components.Parameters[name]
				}
				return p.Name == name && p.In == "query"
			}) {
				t.Errorf("GET %s has no parameter %q", path, name)
			}
		}
	}
}
