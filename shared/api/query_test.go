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

// schema is one of the API's document.
type schema struct {
	Properties map[string]schema
	Items      *schema
}

// TestQueries: every parameter of a query is a parameter of its routes, and every column of a
// listing a member of the items in its answer.
func TestQueries(t *testing.T) {
	raw, err := contracts.FS.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]struct {
			Get struct {
				Parameters []parameter
				Responses  map[string]struct {
					Content map[string]struct{ Schema schema }
				}
			}
		}
		Components struct{ Parameters map[string]parameter }
	}
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	queries := map[string]any{
		"/v1/offers": api.OffersQuery{}, "/v1/receipts/{seq}": api.CopyQuery{}, "/v1/receipts/bundle": api.BundleQuery{},
		"/v1/receipts": api.ListQuery{}, "/v1/operator/people/{person}/receipts": api.ListQuery{},
		api.ReportPath: api.ReportQuery{}, api.DayPath: api.DayQuery{},
	}
	for _, l := range api.RequestListings {
		queries[l.Path] = l.Query
		items := doc.Paths[l.Path].Get.Responses["200"].Content["application/json"].Schema.Properties[l.Name].Items
		if items == nil {
			t.Errorf("the answer of GET %s has no list %q", l.Path, l.Name)
			continue
		}
		for _, column := range l.Columns {
			if _, ok := items.Properties[column]; !ok {
				t.Errorf("the items of GET %s have no member %q", l.Path, column)
			}
		}
	}
	for path, query := range queries {
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
